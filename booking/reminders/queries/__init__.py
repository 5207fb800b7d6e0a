"""Named reads for reminders and for reception's worklist."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from booking.appointments.models import Appointment, Status
from booking.core.db import NOW, session
from booking.core.errors import NotFound
from booking.intake.models import IntakeForm
from booking.mail.models import Mail, MailState
from booking.patients.models import Channel, Patient
from booking.reminders.models import ContactTask, Told

KIND = "reminders/reminder"
CHECK = "reminders/check"
KINDS = (KIND, CHECK)
REMINDING = (Told.REMINDER, Told.HELD)
CHANGES_LOOKED_BACK = timedelta(days=7)
WHOLE_VISIT = (
    joinedload(Appointment.patient),
    joinedload(Appointment.practitioner),
    joinedload(Appointment.location),
)


def visits_to_remind(*, now: datetime, furthest: timedelta) -> Sequence[Appointment]:
    """Return booked visits that begin after `now` and within `furthest` of it, soonest first.

    Those of people around whom it is quiet are left out.
    """
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(
            Patient.quiet_since.is_(None),
            Appointment.status == Status.BOOKED,
            Appointment.starts_at > now,
            Appointment.starts_at <= now + furthest,
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return session().scalars(wanted).all()


def held_open(patient_ids: Collection[int]) -> set[int]:
    """Lock these records until the transaction ends; return those around whom it is not quiet.

    A record that somebody is changing at this moment is left out: the next look finds it as it
    then stands, and nobody waits for anybody.
    """
    wanted = (
        select(Patient.id)
        .where(Patient.id.in_(patient_ids), Patient.quiet_since.is_(None))
        .with_for_update(read=True, skip_locked=True)
    )
    return set(session().scalars(wanted))


def reminders_of(appointment_ids: Collection[int]) -> Mapping[str, MailState]:
    """Return the reminders ever queued for these visits, by dedupe key."""
    wanted = select(Mail.dedupe_key, Mail.state).where(
        Mail.appointment_id.in_(appointment_ids), Mail.kind.in_(KINDS)
    )
    return {row.dedupe_key: row.state for row in session().execute(wanted)}


def reminders_gone_stale() -> Sequence[int]:
    """Return the visits with a queued reminder that no longer fits how they stand."""
    wanted = (
        select(Appointment.id)
        .join(Mail, Mail.appointment_id == Appointment.id)
        .join(Appointment.patient)
        .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .where(
            Mail.kind.in_(KINDS),
            Mail.state == MailState.QUEUED,
            or_(
                Appointment.status != Status.BOOKED,
                Appointment.sequence != Mail.sequence,
                Patient.quiet_since.is_not(None),
                and_(Mail.kind == CHECK, IntakeForm.sent_at >= Mail.created_at),
                _not_by_mail(),
            ),
        )
    )
    return session().scalars(wanted).all()


def _not_by_mail() -> ColumnElement[bool]:
    return ~(" " + Patient.channels + " ").contains(f" {Channel.EMAIL.value} ")


def changed_without_mail(*, now: datetime) -> Sequence[Appointment]:
    """Return visits to come, changed lately, of patients whom e-mail must not reach.

    Those with an entry on the worklist for that change are left out.
    """
    entered = exists(
        select(ContactTask.id).where(
            ContactTask.appointment_id == Appointment.id,
            ContactTask.sequence == Appointment.sequence,
        )
    )
    wanted = (
        select(Appointment)
        .join(Appointment.patient)
        .where(
            Appointment.status.in_((Status.BOOKED, Status.CANCELLED)),
            Appointment.sequence > 0,
            Appointment.starts_at > now,
            Appointment.changed_at > now - CHANGES_LOOKED_BACK,
            _not_by_mail(),
            ~entered,
        )
        .options(joinedload(Appointment.patient))
    )
    return session().scalars(wanted).all()


def task_keys(appointment_ids: Collection[int]) -> set[str]:
    """Return the keys of all entries about these visits."""
    wanted = select(ContactTask.key).where(ContactTask.appointment_id.in_(appointment_ids))
    return set(session().scalars(wanted))


_OPEN = (
    or_(Patient.quiet_since.is_(None), ContactTask.told.not_in(REMINDING)),
    ContactTask.done_at.is_(None),
    ContactTask.not_after > NOW,
    ContactTask.sequence == Appointment.sequence,
    Appointment.status.in_((Status.BOOKED, Status.CANCELLED)),
)
_OPEN_TASKS = (
    select(ContactTask)
    .join(ContactTask.appointment)
    .join(Appointment.patient)
    .where(*_OPEN)
    .options(joinedload(ContactTask.appointment).options(*WHOLE_VISIT))
    .order_by(Appointment.starts_at, ContactTask.id)
)
NUMBER_OF_TASKS = select(func.count(ContactTask.id)).where(
    # Few are open: their visits are looked up one by one, however many patients there are.
    exists().where(
        Appointment.id == ContactTask.appointment_id,
        Patient.id == Appointment.patient_id,
        *_OPEN,
    )
)
"""The question how many of `open_tasks` there are; told `NOW`."""


def open_tasks(*, now: datetime) -> Sequence[ContactTask]:
    """Return the calls and texts to be made, soonest visit first.

    What is about an older version of its visit, or about one that has begun, is not among them;
    nor are reminders of people around whom it is quiet.
    """
    return session().scalars(_OPEN_TASKS, {"now": now}).all()


def task(public_id: UUID) -> ContactTask:
    """Return one entry. Raises NotFound."""
    found = session().scalar(select(ContactTask).where(ContactTask.public_id == public_id))
    if found is None:
        raise NotFound
    return found
