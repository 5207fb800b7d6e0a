"""What those who review forms read: the queue, one form, who opened it, badges for the board."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased, joinedload, raiseload

from booking.access.policy import Actor
from booking.accounts.models import User
from booking.appointments.models import LIVE, Appointment, Clearance, Status
from booking.audit.models import AuditRow
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import NotFound
from booking.intake.models import (
    Decision,
    Flag,
    FormState,
    IntakeForm,
    Question,
    Severity,
)
from booking.intake.queries.answers import answered, sent_answers
from booking.intake.queries.standing import (
    decisions_on,
    live_flags,
    open_question_counts,
    open_questions,
    standings,
)
from booking.intake.rules.answers import Answers
from booking.intake.rules.questionnaire import Questionnaire, live
from booking.intake.rules.review import Standing, Tab, order, ring_wanted, shown_in

NOT_BEGUN_AHEAD = timedelta(days=14)
QUEUE_BEHIND = timedelta(hours=12)
WAITING = (Status.BOOKED, Status.ARRIVED, Status.IN_ROOM)


@dataclass(frozen=True)
class Entry:
    """One coming visit in the queue with where its form stands; `form` is None if not begun."""

    visit: Appointment
    form: IntakeForm | None
    flags: Sequence[Standing]
    questions_open: int
    claimed_by: str

    @property
    def state(self) -> FormState:
        """Where the form stands; one nobody began is a draft."""
        return self.form.state if self.form is not None else FormState.DRAFT

    @property
    def ring(self) -> bool:
        """Whether reception has to ring her."""
        return ring_wanted(self.flags)

    @property
    def tab(self) -> Tab:
        """The list it stands in."""
        return shown_in(self.state, self.flags)

    @property
    def undecided(self) -> int:
        """How many flags wait for a practitioner's decision."""
        return sum(flag.needs_decision for flag in self.flags)


@dataclass(frozen=True)
class Opening:
    """Somebody on the staff opened answers, as `view`: "reception" or "practitioner"."""

    user_id: int
    name: str
    at: datetime
    view: str


@dataclass(frozen=True)
class Review:
    """One visit with everything her form says. Not for reception: see `actions.review`.

    `earlier` is the form before an earlier visit that it builds on, `before` its answers.
    """

    visit: Appointment
    form: IntakeForm | None
    earlier: IntakeForm | None
    questionnaire: Questionnaire
    version: int
    answers: Answers
    before: Answers
    flags: Sequence[Flag]
    decided: dict[int, Decision]
    questions: Sequence[Question]
    openings: Sequence[Opening] = field(default_factory=tuple)


def queue(*, now: datetime) -> list[Entry]:
    """The visits reception has to do with: those to ring about first, then by time.

    Someone who needs a call stays in it whatever becomes of her visit.
    """
    wanted = visits().outerjoin(IntakeForm).where(or_(_coming(now), _needs_call()))
    return _sorted(entries_of(session().scalars(wanted).all()))


def queue_of(actor: Actor, *, now: datetime) -> list[Entry]:
    """The coming visits of the practitioner who acts, in the same order."""
    wanted = (
        visits()
        .outerjoin(IntakeForm)
        .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .where(Practitioner.user_id == actor.user_id, _coming(now))
    )
    return _sorted(entries_of(session().scalars(wanted).all()))


def _coming(now: datetime) -> ColumnElement[bool]:
    """Visits not over whose form she has begun, and soon those she has not begun either."""
    return and_(
        Appointment.status.in_(WAITING),
        Appointment.clearance != Clearance.NOT_NEEDED,
        Appointment.ends_at > now - QUEUE_BEHIND,
        or_(IntakeForm.id.is_not(None), and_(_asks_for_one(), _soon(now))),
    )


def _asks_for_one() -> ColumnElement[bool]:
    return Appointment.clearance != Clearance.NOT_NEEDED


def _soon(now: datetime) -> ColumnElement[bool]:
    return Appointment.starts_at < now + NOT_BEGUN_AHEAD


def _needs_call() -> ColumnElement[bool]:
    return IntakeForm.id.in_(
        select(Flag.form_id).where(
            Flag.severity == Severity.URGENT,
            Flag.handled_at.is_(None),
            Flag.cleared_at.is_(None),
        )
    )


def visit_for_reception(public_id: UUID) -> Appointment:
    """Any visit of the clinic. Raises NotFound."""
    found = session().scalar(visits().where(Appointment.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def visit_for_practitioner(actor: Actor, public_id: UUID) -> Appointment:
    """A visit of a patient who has a visit with the practitioner who acts. Raises NotFound."""
    own = aliased(Appointment)
    hers = (
        select(own.patient_id)
        .join(Practitioner, Practitioner.id == own.practitioner_id)
        .where(Practitioner.user_id == actor.user_id, own.status.in_(LIVE))
    )
    wanted = visits().where(Appointment.public_id == public_id, Appointment.patient_id.in_(hers))
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


def treats(actor: Actor, visit: Appointment) -> bool:
    """Whether the one who acts is the practitioner of this visit."""
    return actor.user_id is not None and visit.practitioner.user_id == actor.user_id


def review_of(visit: Appointment) -> Review:
    """Everything her form says, with the answers of questions that no longer apply left out."""
    found = answered(visit)
    form = found.form
    flags = live_flags([form.id]).get(form.id, []) if form is not None else []
    return Review(
        visit=visit,
        form=form,
        earlier=found.earlier,
        questionnaire=found.questionnaire,
        version=found.number,
        answers=live(found.questionnaire.sections, found.draft.answers),
        before=sent_answers(found.earlier),
        flags=flags,
        decided=decisions_on(flags),
        questions=open_questions(form.id) if form is not None else (),
        openings=openings_of(form) if form is not None else (),
    )


def openings_of(form: IntakeForm) -> list[Opening]:
    """When staff opened these answers, oldest first."""
    rows = session().scalars(
        select(AuditRow)
        .where(AuditRow.patient_id == form.patient_id, AuditRow.tag == "intake:opened")
        .order_by(AuditRow.id)
    )
    seen = [
        (int(row.actor.removeprefix("user:")), row.at, str(row.details.get("view", "")))
        for row in rows
        if row.actor.startswith("user:") and row.details.get("form_id") == form.id
    ]
    names = names_of(user_id for user_id, _, _ in seen)
    return [Opening(user_id, names.get(user_id, ""), at, view) for user_id, at, view in seen]


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """Names of staff by user id."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    rows = session().execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def visits() -> Select[Appointment]:
    """Visits with everything a line about them shows."""
    loaded = (Appointment.patient, Appointment.practitioner, Appointment.location)
    return select(Appointment).options(
        *(joinedload(each) for each in (*loaded, Appointment.service, Appointment.room)),
        raiseload("*"),
    )


def _sorted(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: order(ring=e.ring, starts_at=e.visit.starts_at))


def entries_of(visits: Sequence[Appointment]) -> list[Entry]:
    """Where the forms of these visits stand, in a handful of queries whatever their number."""
    by_visit = {visit.id: visit for visit in visits}
    wanted = select(IntakeForm).where(IntakeForm.appointment_id.in_(by_visit))
    forms = {form.appointment_id: form for form in session().scalars(wanted)}
    ids = [form.id for form in forms.values()]
    flags, questions = standings(ids), open_question_counts(ids)
    names = names_of(form.claimed_by for form in forms.values())
    return [_entry(visit, forms.get(visit.id), flags, questions, names) for visit in visits]


def _entry(
    visit: Appointment,
    form: IntakeForm | None,
    flags: dict[int, list[Standing]],
    questions: dict[int, int],
    names: dict[int, str],
) -> Entry:
    if form is None:
        return Entry(visit, None, (), 0, "")
    return Entry(
        visit=visit,
        form=form,
        flags=flags.get(form.id, ()),
        questions_open=questions.get(form.id, 0),
        claimed_by=names.get(form.claimed_by or 0, ""),
    )
