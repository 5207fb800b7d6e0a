"""Take a join back: what came from the other record is its own again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from booking.access.policy import Actor
from booking.accounts.models import Passkey
from booking.appointments import actions as visiting
from booking.appointments.models import Appointment, VisitLink
from booking.audit import actions as audit
from booking.audit.rules.patients import RecordsParted
from booking.calendars.models import CalendarFeed
from booking.care.models import Change
from booking.core.db import session
from booking.core.errors import N_, AlreadyTaken, NotFound, WrongState
from booking.occupancy import actions as occupancy
from booking.patients import queries
from booking.patients.models import Patient
from booking.records.actions.moving import (
    OF_RECORDS,
    claims_of,
    move_visits,
    moving_address,
    put,
    tell_there,
)
from booking.waiting.actions import readdressing as waiting

LATER_FIRST = N_("This record was joined to another since. Part those two first.")
AT_ONE_TIME = N_(
    "The other record has a visit at the same time now. Move or cancel one of the two first."
)


def part(actor: Actor, gone_id: UUID, *, now: datetime, base_url: str) -> Patient:
    """Take a join back: what came from the record `gone_id` is its own again; return it.

    Its visits to come are told of at its own address, where that is another. What was added since
    stays with the kept record. Raises NotFound where it was not joined, and WrongState where the
    kept record was joined on, or the two now have a visit at one time.
    """
    gone = queries.patient(gone_id)
    found = queries.join_of(gone.id)
    if found is None or not found.moved:  # nothing is left to part of what was erased
        raise NotFound
    kept, moved = found.kept, found.moved
    if queries.join_of(kept.id) is not None:
        raise WrongState(LATER_FIRST)
    found.parted_at = now
    session().flush()  # from here on a visit may be the other's again
    before = moved["before"]
    gone.resource_id = before["person"]
    told_again = _take_back(moved, gone, kept, now=now)
    _as_before(kept, gone, moved)
    session().flush()
    tell_there(told_again, now=now, base_url=base_url)
    if gone.email_canonical != kept.email_canonical:
        waiting.tell_of_record(gone.id, now=now, base_url=base_url)
    audit.record(RecordsParted(patient_id=kept.id, other_id=gone.id), by=actor, at=now)
    return gone


def _take_back(
    moved: dict[str, Any], gone: Patient, kept: Patient, *, now: datetime
) -> list[Appointment]:
    """Move back what still is with the kept record; return the visits that are to be told of."""
    of, to = kept.resource_id, gone.resource_id
    visits = _still(Appointment, moved["appointment"], patient_id=kept.id)
    try:
        occupancy.reassign(visits, of=of, to=to, now=now)
    except AlreadyTaken as why:
        raise WrongState(AT_ONE_TIME) from why
    told_again = moving_address(visits, of=kept, to=gone, now=now)
    visiting.close_ways_in(told_again, but=None, now=now)
    move_visits(visits, to=gone)
    for table in OF_RECORDS:
        ids = _still(table, moved[table.__tablename__], patient_id=kept.id)
        put(table, ids, patient_id=gone.id)
    for person in (Change, CalendarFeed):
        put(person, _still(person, moved[person.__tablename__], person_id=of), person_id=to)
    put(Passkey, moved["passkey"], removed_at=None)
    claims_of(moved["care_visit"], of=of, to=to)
    session().execute(
        update(VisitLink).where(VisitLink.id.in_(moved["visit_link"])).values(revoked_at=None)
    )
    return told_again


def _still(table: Any, ids: list[int], **where: int) -> list[int]:
    wanted = select(table.id).where(table.id.in_(ids)).filter_by(**where)
    return list(session().scalars(wanted))


def _as_before(kept: Patient, gone: Patient, moved: dict[str, Any]) -> None:
    """Take out of the kept record what it only had from the other, unless it changed since."""
    before, after = moved["before"], moved["after"]
    for name in before["copied"]:
        if getattr(kept, name) == getattr(gone, name):
            setattr(kept, name, None)
    now_stands = {"quiet": kept.quiet_since and kept.quiet_since.isoformat(), "gently": kept.gently}
    if now_stands == after:
        kept.quiet_since, kept.gently = _at(before["quiet"]), before["gently"]
        gone.quiet_since, gone.gently = _at(before["gone_quiet"]), before["gone_gently"]


def _at(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
