"""A practitioner's own invitations, as rows for the outbox. Discreet in every field."""

from typing import Any

from booking.appointments.emails import where
from booking.appointments.models import Appointment
from booking.calendars.models import VisitCopy
from booking.calendars.queries.entries import place_words, summary_of
from booking.calendars.rules import Reveal, shown_name
from booking.clinic.emails import frame
from booking.clinic.models import Organisation, Way
from booking.mail.outbox import Draft


def own_invite(
    copy: VisitCopy, clinic: Organisation, *, reveal: Reveal, address: str, base_url: str
) -> Draft:
    """Tell a practitioner how one of her visits stands, for her own calendar.

    It has a uid of its own: the patient's entry and hers never touch. Sealed for the patient,
    because it may hold her name.
    """
    visit, link = copy.appointment, f"{base_url}/visits/{copy.appointment.public_id}"
    kind = "calendars/visit_off" if copy.cancelled else "calendars/visit"
    return Draft(
        kind=kind,
        snapshot={
            "to_name": copy.practitioner.name,
            "to_address": address,
            "invite": _invite(copy, link, reveal),
            "when": {"starts_at": copy.starts_at.isoformat(), "zone": visit.location.zone},
            "place": _where(visit),
            "who": shown_name(visit.patient.name, reveal),
            "links": {"visit": link},
            **frame(clinic),
        },
        dedupe_key=f"{kind}:{copy.uid}:{copy.sequence}",
        owner_id=visit.patient.public_id,
        not_after=copy.ends_at,
    )


def _where(visit: Appointment) -> dict[str, str]:
    """Where the visit is. She knows her own way into a video; patients are told where theirs is."""
    return where(visit) | ({"address": ""} if visit.way is Way.VIDEO else {})


def _invite(copy: VisitCopy, link: str, reveal: Reveal) -> dict[str, Any]:
    visit = copy.appointment
    return {
        "uid": copy.uid,
        "sequence": copy.sequence,
        "method": "CANCEL" if copy.cancelled else "REQUEST",
        "stamp": copy.stamp.isoformat(),
        "created": copy.created_at.isoformat(),
        "last_modified": copy.stamp.isoformat(),
        "starts_at": copy.starts_at.isoformat(),
        "ends_at": copy.ends_at.isoformat(),
        "zone": visit.location.zone,
        "summary": summary_of(visit, reveal),
        "location": place_words(visit),
        "description": "" if copy.cancelled else link,
    }
