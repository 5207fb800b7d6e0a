"""Plan reminders from the visits as they stand, and enter calls and texts on the worklist."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from booking.access.policy import Actor
from booking.appointments.actions import links_for
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment, Status
from booking.audit import actions as audit
from booking.audit import queries as audit_queries
from booking.audit.rules.visits import AppointmentCancelled, AppointmentMoved, ContactDone
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.intake.queries.standing import forms_sent
from booking.mail import outbox
from booking.mail.models import MailState
from booking.patients import queries as patients
from booking.patients.rules import HardDates
from booking.reminders import emails, queries, rules
from booking.reminders.models import ContactTask, Told

PLAN_LOCK = text("SELECT pg_advisory_xact_lock(10, 1)")
CHANGES = (AppointmentMoved.tag, AppointmentCancelled.tag)


def policy() -> rules.Policy:
    """Return the clinic's settings for reminders. Raises NotFound before there is a clinic."""
    ours = clinic.organisation()
    return rules.Policy.of(
        hours=ours.reminder_hours,
        morning=ours.reminder_morning,
        quiet_from=ours.quiet_from,
        quiet_until=ours.quiet_until,
        check=ours.check_at,
        check_days=ours.check_days,
    )


def anything_to_do(*, now: datetime) -> bool:
    """Tell, by reading only, whether `plan` would do anything."""
    return bool(
        queries.reminders_gone_stale()
        or next(_to_send(now), None)
        or next(_to_enter(now), None)
        or next(_held_to_enter(now), None)
        or next(_changes_to_enter(now), None)
    )


def plan(*, now: datetime, base_url: str) -> None:
    """Queue what is due, stop what no longer fits, and enter calls. Several workers queue here.

    Each reminder of each time of a visit leaves once at most, whatever restarts and whichever way
    the clock jumps: its key is of the visit, its time and which reminder it is. Nothing is queued
    for somebody around whom it is quiet: her record stays locked from the look at it to the
    commit, so that whoever makes it quiet finds what was queued before, and stops it.
    """
    if session().connection().dialect.name == "postgresql":
        session().execute(PLAN_LOCK)
    outbox.stop_reminders(queries.reminders_gone_stale(), now=now)
    due_now = list(_to_send(now))
    open_to = queries.held_open({visit.patient_id for visit, _due, _key in due_now})
    for visit, due, key in due_now:
        if visit.patient_id not in open_to:
            continue
        links = links_for(visit.id, base_url=base_url, now=now)
        make = emails.check if due.which is rules.Which.CHECK else emails.reminder
        outbox.enqueue(make(visit, clinic.organisation(), due, key=key, links=links), now=now)
    for entry in [*_to_enter(now), *_held_to_enter(now), *_changes_to_enter(now)]:
        session().add(entry)
    session().flush()


@dataclass(frozen=True, kw_only=True)
class _Coming:
    """A visit to remind of, with what decides which message is due when."""

    visit: Appointment
    policy: rules.Policy
    avoid: HardDates
    to_look_through: bool  # its form is not sent, or old

    def due(self, now: datetime) -> list[rules.Due]:
        visit, zone = self.visit, ZoneInfo(self.visit.location.zone)
        told: _When = {"told_at": visit.changed_at, "now": now, "avoid": self.avoid}
        found = [rules.due(visit.starts_at, zone, self.policy, **told)]
        if self.to_look_through:
            found.append(rules.check_due(visit.starts_at, zone, self.policy, **told))
        return [due for due in found if due is not None]

    def held(self, now: datetime) -> bool:
        visit, zone = self.visit, ZoneInfo(self.visit.location.zone)
        told: _When = {"told_at": visit.changed_at, "now": now, "avoid": self.avoid}
        found = rules.held(visit.starts_at, zone, self.policy, **told)
        return bool(found if self.to_look_through else found - {rules.Which.CHECK})


class _When(TypedDict):
    told_at: datetime
    now: datetime
    avoid: HardDates


def _coming(now: datetime) -> list[_Coming]:
    ours = policy()
    visits = queries.visits_to_remind(now=now, furthest=ours.furthest)
    avoid = patients.hard_dates({visit.patient.resource_id for visit in visits})
    sent = forms_sent({visit.id for visit in visits})
    return [
        _Coming(
            visit=visit,
            policy=_hers(ours, visit),
            avoid=avoid[visit.patient.resource_id],
            to_look_through=visit.id in sent
            and rules.is_old(sent[visit.id], visit.starts_at, ours),
        )
        for visit in visits
    ]


def _hers(ours: rules.Policy, visit: Appointment) -> rules.Policy:
    """The clinic's settings, with quiet hours by the patient's own clock where she told it."""
    zone = visit.patient.zone
    return replace(ours, hers=ZoneInfo(zone)) if zone else ours


def _due(now: datetime) -> list[tuple[Appointment, rules.Due]]:
    return [(each.visit, due) for each in _coming(now) for due in each.due(now)]


def _to_send(now: datetime) -> Iterator[tuple[Appointment, rules.Due, str]]:
    """What is due by mail and was never queued, or was stopped before it left."""
    due = [(visit, each) for visit, each in _due(now) if wanted_by(visit.patient)]
    known = queries.reminders_of({visit.id for visit, _each in due})
    for visit, each in due:
        base = _key(visit, each)
        before = [state for key, state in known.items() if key.startswith(f"{base}:")]
        if all(state is MailState.STOPPED for state in before):
            yield visit, each, f"{base}:{len(before)}"


def _key(visit: Appointment, due: rules.Due) -> str:
    kind = queries.CHECK if due.which is rules.Which.CHECK else queries.KIND
    return f"{kind}:{due.which}:{visit.id}:{visit.starts_at:%Y%m%dT%H%M%S}"


def _to_enter(now: datetime) -> Iterator[ContactTask]:
    """One call or text for each time of a visit whose patient e-mail must not reach."""
    visits = [
        visit
        for visit, each in _due(now)
        if each.which is not rules.Which.CHECK and not wanted_by(visit.patient)
    ]
    known = queries.task_keys({visit.id for visit in visits})
    for visit in visits:
        key = f"reminder:{visit.id}:{visit.starts_at:%Y%m%dT%H%M%S}"
        if key not in known:
            yield _task(visit, Told.REMINDER, key, now)


def _held_to_enter(now: datetime) -> Iterator[ContactTask]:
    """One entry for each time of a visit of which a reminder is held back: reception decides."""
    visits = [each.visit for each in _coming(now) if each.held(now)]
    known = queries.task_keys({visit.id for visit in visits})
    for visit in visits:
        key = f"held:{visit.id}:{visit.starts_at:%Y%m%dT%H%M%S}"
        if key not in known:
            yield _task(visit, Told.HELD, key, now)


def _changes_to_enter(now: datetime) -> Iterator[ContactTask]:
    """A call for each change that the clinic made and no message told of."""
    for visit in _made_by_staff(queries.changed_without_mail(now=now)):
        told = Told.CANCELLED if visit.status is Status.CANCELLED else Told.MOVED
        yield _task(visit, told, f"{told}:{visit.id}:{visit.sequence}", now)


def _made_by_staff(visits: Iterable[Appointment]) -> Iterator[Appointment]:
    """Those whose last change was made at the clinic: who changes it herself knows."""
    for visit in visits:
        behind = patients.ids_behind(visit.patient_id)
        rows = audit_queries.about_appointment(visit.id, patient_ids=behind, tags=CHANGES)
        if rows and rows[-1].actor.startswith("user:"):
            yield visit


def _task(visit: Appointment, told: Told, key: str, now: datetime) -> ContactTask:
    return ContactTask(
        key=key,
        appointment_id=visit.id,
        sequence=visit.sequence,
        told=told,
        created_at=now,
        not_after=visit.starts_at,
    )


def finish_task(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Note that a call or text was made; twice is once. Raises NotFound."""
    entry = queries.task(public_id)
    if entry.done_at is not None:
        return
    entry.done_at, entry.done_by = now, actor.user_id
    done = ContactDone(
        patient_id=entry.appointment.patient_id,
        appointment_id=entry.appointment_id,
        what=entry.told.value,
    )
    audit.record(done, by=actor, at=now)
