"""Why a time is not offered, for the staff."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from booking.access.policy import Actor
from booking.availability.queries import terms
from booking.availability.queries.hours import practitioner_for
from booking.availability.queries.open_time import closing
from booking.availability.queries.schedules import schedule
from booking.availability.rules import AskedBy, Schedule, epoch_minute
from booking.availability.rules.explaining import Explanation, Why
from booking.availability.rules.explaining import explain as explained
from booking.availability.rules.hours import Version
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service, ServicePractitioner
from booking.clinic.rules.credentials import in_force
from booking.core.db import session

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_AROUND = 2 * 24 * 60


def explain(
    service: Service,
    practitioner: Practitioner,
    location: Location,
    starts_at: datetime,
    *,
    known: bool,
    now: datetime,
) -> Explanation:
    """Say what a patient at home meets at this time, and whether the desk may book it all the same.

    `known` tells whether she has been to this practitioner.
    """
    if not _gives(practitioner.id, service.id):
        return Explanation(why=Why.NOT_GIVEN, values={})

    def loaded(asked_by: AskedBy) -> Schedule:
        return schedule(
            service.id,
            start=starts_at,
            end=starts_at + _MINUTE,
            now=now,
            known_to=[practitioner.id] if known else (),
            asked_by=asked_by,
            practitioner_ids=[practitioner.id],
            location_ids=[location.id],
        )

    at_home = loaded(AskedBy.PATIENT)
    if not at_home.candidates:
        until = clinic.may_be_booked_until(practitioner.id)
        lapsed = not in_force(until, location.zone, now=now)
        return Explanation(why=Why.LAPSED if lapsed else Why.NEVER_THERE, values={})
    rows = terms.hours_and_terms(
        service.id,
        start=starts_at - _DAY,
        end=starts_at + _DAY,
        version=Version.PUBLISHED,
        practitioner_ids=[practitioner.id],
        location_ids=[location.id],
    )
    start = epoch_minute(starts_at)
    said = explained(
        service.id,
        at_home.candidates[0],
        start,
        open_time=at_home.open_time,
        busy=at_home.busy,
        asking=at_home.asking,
        closing=closing(rows, (start - _AROUND, start + _AROUND)),
    )
    if said.why is Why.OFFERED:
        return said
    return replace(said, desk_may=loaded(AskedBy.STAFF).first() is not None)


def explained_to(actor: Actor) -> list[Practitioner]:
    """Return whose times the actor may ask about: everybody's, or only her own."""
    if actor.is_reception or actor.is_owner:
        return list(clinic.practitioners())
    return [practitioner_for(actor)]


def _gives(practitioner_id: int, service_id: int) -> bool:
    wanted = select(ServicePractitioner.service_id).where(
        ServicePractitioner.practitioner_id == practitioner_id,
        ServicePractitioner.service_id == service_id,
    )
    return session().scalar(wanted) is not None
