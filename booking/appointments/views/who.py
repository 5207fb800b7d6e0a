"""Who books here, and what this browser keeps for that."""

from typing import Any
from uuid import UUID

from flask import request, url_for

from booking.access.gate import current_actor
from booking.appointments import actions
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.appointments.views import site
from booking.appointments.views.asked import Asked, person_of
from booking.appointments.views.asked import asked_of as asked_of_address
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.errors import BadInput, NotFound


def asked_for(service_id: UUID, endpoint: str = "appointments.choose_time") -> Asked:
    """Read what the address asks for; `again` names a visit of hers that she wants another of.

    `endpoint` is the page of times that is meant. Raises NotFound for an unknown service.
    """
    service = clinic.service_for_booking(service_id)
    actor, known = current_actor(), {}
    whose: dict[str, Any] = {"person_id": actor.person_id}
    again = site.as_uuid(request.args.get("again"))
    if again is not None:
        try:
            whose = person_of(queries.appointment_for(actor, again), actor)
            known = {"again": str(again)}
        except NotFound:
            again = None
    mine = kept()
    return asked_of_address(
        service,
        path=url_for(endpoint, service=service_id),
        hold_id=mine.id if mine else None,
        kept=known,
        **whose,
    )


def known_as(asked: Asked) -> actions.Typed | None:
    """Return the record to book with when she is known, so that she is not asked again."""
    actor = current_actor()
    if "again" in asked.kept:
        visit = queries.appointment_for(actor, UUID(asked.kept["again"]))
        return {"record": str(visit.patient.public_id)}
    mine = kept()
    if actor.person_id is None or (mine is not None and mine.typed):
        return None
    record = queries.latest_record(actor.person_id)
    return {"record": str(record.public_id)} if record else None


def kept() -> Hold | None:
    """Return the time this browser keeps for booking, ended or not."""
    mine = site.kept()
    return mine if mine is not None and mine.moving_id is None else None


def live() -> Hold | None:
    """Return the time this browser keeps for booking while it is kept."""
    mine = kept()
    return mine if mine is not None and mine.expires_at > clock.now() else None


def complete(mine: Hold) -> bool:
    """Tell whether what was typed so far is enough to book with."""
    typed = mine.typed or {}
    if "record" in typed:
        return queries.record_for(current_actor(), UUID(typed["record"])) is not None
    try:
        actions.Details.of(typed, region=clinic.organisation().region)
    except BadInput:
        return False
    return True


def after_keeping() -> str:
    """Return where to go on once a time is kept: who she is, unless that is known."""
    mine = site.kept()
    known = mine is not None and complete(mine)
    return url_for("appointments.check" if known else "appointments.about_you")
