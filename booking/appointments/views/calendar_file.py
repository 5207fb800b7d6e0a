"""A visit as a calendar file, for whoever wants no invitation by mail."""

from datetime import datetime
from uuid import UUID

from flask import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import emails
from booking.appointments.queries import patient as queries
from booking.appointments.rules import LIVE
from booking.appointments.views.site import bp
from booking.clinic import queries as clinic
from booking.mail.invite import calendar_bytes
from booking.mail.rules import Invite, Mailbox


@bp.get("/visit/<uuid:visit>/invite.ics")
@needs(Permission.MY_VISIT)
def calendar_file(visit: UUID) -> Response:
    """Give the visit as a calendar file, discreet like the one in messages."""
    mine = queries.appointment_for(current_actor(), visit)
    if mine.status not in LIVE:
        return Response(status=404)
    told = emails.invite_of(mine, clinic.organisation())
    moments = ("stamp", "created", "last_modified", "starts_at", "ends_at")
    invite = Invite(
        **{
            **told,
            **{name: datetime.fromisoformat(told[name]) for name in moments},
            "organizer": Mailbox(**told["organizer"]),
            "attendee": Mailbox(**told["attendee"]),
        }
    )
    return Response(
        calendar_bytes(invite),
        content_type="text/calendar; charset=utf-8; method=REQUEST",
        headers={"Content-Disposition": 'attachment; filename="invite.ics"'},
    )
