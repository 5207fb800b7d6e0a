"""The quiet switch: say that something has changed, take it back, or let messages come again.

Each runs inside the caller's transaction. Locks are taken in one order everywhere: the person,
then times, then the audit's head.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments import actions as appointments
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules.patients import CareChanged
from booking.care import queries
from booking.care.models import Change, ChangedVisit, ChangedWait
from booking.care.rules import STOPPED_MAIL, may_take_back
from booking.core.db import session
from booking.core.errors import N_, TooLate
from booking.intake.actions import writing as intake
from booking.mail import outbox
from booking.occupancy import actions as occupancy
from booking.occupancy.rules import Claim
from booking.patients import actions as patients
from booking.waiting import actions as waiting
from booking.waiting.models import WaitingEntry


@dataclass(frozen=True, kw_only=True)
class CameBack:
    """What taking it back brought: visits at their old time, and those whose time is gone."""

    kept: tuple[Appointment, ...]
    gone: tuple[Appointment, ...]


def say(
    actor: Actor,
    visit: Appointment,
    *,
    let_go: Collection[UUID],
    gently: bool,
    now: datetime,
    wait_until: datetime,
    base_url: str,
) -> Change:
    """Something has changed for the patient of `visit`: stop what goes with what was.

    `let_go` names the visits (public ids) she does not keep; those that are not hers to decide on
    are left alone. Raises `outbox.InHand` while a message to her is being handed over, but not
    from `wait_until` on.
    """
    person = visit.patient.resource_id
    records = queries.records_of(person)
    occupancy.lock([person])
    change = Change(
        person_id=person,
        at=now,
        by_user_id=actor.user_id,
        gently_before=any(record.gently for record in records),
        quiet_before=max((r.quiet_since for r in records if r.quiet_since), default=None),
    )
    session().add(change)
    # First of all, and under the records' locks: whoever is about to queue a message to her looks
    # at her record, too, so that it is queued before this, and stopped below, or not at all.
    patients.be_quiet(person, since=now)
    patients.be_gentle(person, gently=gently)
    session().flush()
    for entry in queries.waits_of(person):
        waiting.leave(actor, entry, now=now)
        session().add(ChangedWait(change_id=change.id, entry_id=entry.id))
    for one in queries.visits_to_come(actor, visit, now=now):
        if one.public_id in let_go:
            had = appointments.let_go(actor, one, now=now, base_url=base_url)
            session().add(
                ChangedVisit(change_id=change.id, appointment_id=one.id, claims=_written(had))
            )
    change.messages = outbox.stop_kinds(
        [r.public_id for r in records], STOPPED_MAIL, now=now, wait_until=wait_until
    )
    session().flush()
    session().refresh(change)
    _record(actor, visit, change, "said", now=now)
    return change


def take_back(actor: Actor, visit: Appointment, *, now: datetime, base_url: str) -> CameBack:
    """Bring back exactly what was stopped, as far as its time is still free.

    Raises TooLate a day after it was said, and when there is nothing to take back.
    """
    person = visit.patient.resource_id
    occupancy.lock([person])
    change = _around(visit)
    if change is None or not may_take_back(change.at, now=now):
        raise TooLate(N_("This can no longer be taken back here. Please call us."))
    patients.be_as_before(
        person, quiet=change.quiet_before, gently=change.gently_before, said_at=change.at
    )
    for wait in change.waits:
        waiting.come_back(actor, session().get_one(WaitingEntry, wait.entry_id), now=now)
    for each in change.visits:
        each.came_back = appointments.take_back(
            actor, each.appointment, _read(each.claims), now=now, base_url=base_url
        )
    change.undone_at = now
    session().flush()
    records = [record.id for record in queries.records_of(person)]
    intake.write_again(records, stopped_at=change.at, base_url=base_url, now=now)
    _record(actor, visit, change, "taken-back", now=now)
    return CameBack(
        kept=tuple(each.appointment for each in change.visits if each.came_back),
        gone=tuple(each.appointment for each in change.visits if not each.came_back),
    )


def end(actor: Actor, visit: Appointment, *, gently: bool, now: datetime) -> None:
    """Let messages and questions come again for the patient of `visit`, whenever it was said.

    What was let go, left or stopped stays so. Where it is not quiet there is nothing to end.
    """
    person = visit.patient.resource_id
    occupancy.lock([person])
    change = _around(visit)
    if change is None:
        return
    patients.be_quiet(person, since=None)
    patients.be_gentle(person, gently=gently)
    for each in queries.standing(person):
        each.ended_at = now
    session().flush()
    event = CareChanged(
        patient_id=visit.patient_id,
        change_id=change.id,
        what="ended",
        visits=0,
        waiting=0,
        messages=0,
    )
    audit.record(event, by=actor, at=now)


def _around(visit: Appointment) -> Change | None:
    """What stands, as far as this visit's record knows: whoever booked under her name since
    then, and she herself, see nothing of it through that visit."""
    session().refresh(visit.patient, ["quiet_since"])
    if visit.patient.quiet_since is None:
        return None
    return queries.latest_change(visit.patient.resource_id)


def _record(actor: Actor, visit: Appointment, change: Change, what: str, *, now: datetime) -> None:
    event = CareChanged(
        patient_id=visit.patient_id,
        change_id=change.id,
        what=what,
        visits=len(change.visits),
        waiting=len(change.waits),
        messages=change.messages,
    )
    audit.record(event, by=actor, at=now)


def _written(claims: tuple[Claim, ...]) -> list[list[object]]:
    return [
        [claim.resource_id, claim.starts_at.isoformat(), claim.ends_at.isoformat()]
        for claim in claims
    ]


def _read(claims: list[list[object]]) -> list[Claim]:
    return [
        Claim(
            int(str(resource)),
            datetime.fromisoformat(str(start)),
            datetime.fromisoformat(str(end)),
        )
        for resource, start, end in claims
    ]
