"""The newest answers for a visit: its own form's, or what stands of those sent before another."""

from dataclasses import dataclass

from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.intake.models import AnswersVersion, FormState, IntakeForm, LaterForm
from booking.intake.queries import questionnaires
from booking.intake.rules.answers import Answers
from booking.intake.rules.draft import Draft
from booking.intake.rules.questionnaire import Questionnaire


@dataclass(frozen=True)
class Answered:
    """What is known for a visit. `number` is that of the version, 0 while nothing was saved.

    `questionnaire` is as it is asked of anybody (`questionnaires.put_to`); `earlier` is the form
    that this one builds on.
    """

    form: IntakeForm | None
    earlier: IntakeForm | None
    questionnaire: Questionnaire
    draft: Draft
    number: int


def answered(visit: Appointment) -> Answered:
    """What is known for this visit so far."""
    form = form_of(visit.id)
    earlier = earlier_than(form) if form is not None else last_sent_beside(visit)
    found = newest(form) if form is not None else None
    draft = Draft.read(found.response) if found is not None else None
    asked = questionnaires.asked_with(
        form, later=earlier is not None, answered=draft.answers if draft is not None else ()
    )
    if found is None or draft is None:
        return Answered(form, earlier, asked, carried(earlier, asked), 0)
    return Answered(form, earlier, asked, draft, found.number)


def carried(earlier: IntakeForm | None, asked: Questionnaire) -> Draft:
    """What stands of the answers before an earlier visit; nothing where there was none."""
    found = newest(earlier) if earlier is not None else None
    return Draft.read(found.response).carried_over(asked) if found is not None else Draft()


def form_of(appointment_id: int) -> IntakeForm | None:
    """The form of a visit, if it was ever opened for answers."""
    return session().scalar(select(IntakeForm).where(IntakeForm.appointment_id == appointment_id))


def newest(form: IntakeForm) -> AnswersVersion | None:
    """The newest version of the answers of a form."""
    return session().scalar(
        select(AnswersVersion)
        .where(AnswersVersion.form_id == form.id)
        .order_by(AnswersVersion.number.desc())
        .limit(1)
    )


def answers_before(form: IntakeForm) -> Answers:
    """The answers of a form as they stood before they were last saved."""
    found = session().scalar(
        select(AnswersVersion)
        .where(AnswersVersion.form_id == form.id)
        .order_by(AnswersVersion.number.desc())
        .offset(1)
        .limit(1)
    )
    return Draft.read(found.response).answers if found is not None else {}


def sent_answers(form: IntakeForm | None) -> Answers:
    """The newest answers of a form, none where there is no form."""
    found = newest(form) if form is not None else None
    return Draft.read(found.response).answers if found is not None else {}


def earlier_than(form: IntakeForm) -> IntakeForm | None:
    """The form that this one builds on."""
    return session().scalar(
        select(IntakeForm)
        .join(LaterForm, LaterForm.earlier_id == IntakeForm.id)
        .where(LaterForm.form_id == form.id)
    )


def last_sent_beside(visit: Appointment) -> IntakeForm | None:
    """The form she sent last, before whichever other visit: what was said once is not asked again.

    Records are never joined by an address alone, so only those of this very record count.
    """
    return session().scalar(
        select(IntakeForm)
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(
            IntakeForm.patient_id == visit.patient_id,
            IntakeForm.state != FormState.DRAFT,
            IntakeForm.sent_at.is_not(None),
            Appointment.id != visit.id,
        )
        .order_by(IntakeForm.sent_at.desc(), IntakeForm.id.desc())
        .limit(1)
    )
