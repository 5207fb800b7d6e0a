"""What those who review a form read: its visit, everything it says, who opened it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, raiseload

from booking.access.policy import Actor
from booking.accounts.models import User
from booking.appointments.models import Appointment
from booking.audit.models import AuditRow
from booking.core.db import session
from booking.core.errors import NotFound
from booking.intake.models import (
    Decision,
    Flag,
    IntakeForm,
    Question,
    TypedForm,
)
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import answered, sent_answers
from booking.intake.queries.reading import readable_patients
from booking.intake.queries.standing import (
    decisions_on,
    live_flags,
    open_questions,
)
from booking.intake.rules.answers import Answers
from booking.intake.rules.questionnaire import Questionnaire, live


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
    typed: TypedForm | None = None
    openings: Sequence[Opening] = field(default_factory=tuple)


def visit_for_reception(public_id: UUID) -> Appointment:
    """Any visit of the clinic. Raises NotFound."""
    found = session().scalar(visits().where(Appointment.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def visit_for_practitioner(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """A visit of a patient whose forms the one who acts may read. Raises NotFound."""
    hers = Appointment.patient_id.in_(readable_patients(actor.user_id, now=now))
    found = session().scalar(visits().where(Appointment.public_id == public_id, hers))
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
    put = questionnaires.put_to(visit.patient, found.questionnaire)
    flags = live_flags([form.id]).get(form.id, []) if form is not None else []
    return Review(
        visit=visit,
        form=form,
        earlier=found.earlier,
        questionnaire=put,
        version=found.number,
        answers=live(put.sections, found.draft.answers),
        before=sent_answers(found.earlier),
        flags=flags,
        decided=decisions_on(flags),
        questions=open_questions(form.id) if form is not None else (),
        typed=session().get(TypedForm, form.id) if form is not None else None,
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
