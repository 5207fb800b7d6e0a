"""Forms as patients leave them, for tests of the review. Call inside `with transaction():`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.intake.actions.flags import raise_for
from booking.intake.models import AnswersVersion, IntakeForm
from booking.intake.rules.answers import Answer, PartialDate
from booking.intake.rules.draft import Draft
from booking.intake.rules.questionnaire import Questionnaire, shipped
from tests.factories import NOW, Clinic, make_appointment


def said(*codes: str) -> Answer:
    return Answer(codes=codes)


# Everything needed is answered, with the answer that raises nothing.
QUIET: dict[str, Answer] = {
    "u_now": said("none"),
    "reason": said("other"),
    "name_known": Answer(text="Amara"),
    "dob": Answer(date=PartialDate(1990, 3, 27)),
    "filled_by": said("me"),
    "contact_ok": said("text", "email"),
    "allergy_any": said("no_known"),
    "preg_status": said("no"),
    "med_any": said("nothing"),
    **dict.fromkeys(
        [
            *("blood_thin", "bleed_dis", "implant_elec", "heart_valve", "fits", "faint_hist"),
            *("immune", "diabetes", "lymph", "skin", "lung", "told_not"),
        ],
        said("no"),
    ),
    "read_info": said("yes"),
    "privacy_seen": said("yes"),
    "correct": said("yes"),
}


def make_form(
    visit: Appointment, *, now: datetime = NOW, asked: Questionnaire | None = None
) -> IntakeForm:
    form = IntakeForm(
        owner_id=visit.patient.public_id,
        patient_id=visit.patient_id,
        appointment_id=visit.id,
        questionnaire_version=(asked or shipped()).version,
        created_at=now,
    )
    session().add(form)
    session().flush()
    return form


def save(form: IntakeForm, answers: Mapping[str, Answer], *, now: datetime = NOW) -> None:
    """Store a version of all answers and run the rules, as saving a page does."""
    before = session().query(AnswersVersion).filter_by(form_id=form.id).count()
    version = AnswersVersion(
        form_id=form.id,
        owner_id=form.owner_id,
        number=before + 1,
        questionnaire_version=form.questionnaire_version,
        saved_at=now,
        saved_by="patient",
    )
    status = "completed" if form.sent_at else "in-progress"
    version.response = Draft(answers).written(shipped(), status=status, authored=now)
    session().add(version)
    form.first_answer_at = form.first_answer_at or now
    raise_for(form, answers, now=now)


def make_sent(
    clinic: Clinic,
    changes: Mapping[str, Answer | None],
    *,
    now: datetime = NOW,
    asked: Questionnaire | None = None,
    **visit: Any,
) -> IntakeForm:
    """A visit with its form sent: the quiet answers with these changes (None leaves one out)."""
    form = make_form(make_appointment(clinic, **visit), asked=asked)
    form.sent_at = now
    answers = {**QUIET, **changes}
    save(form, {key: answer for key, answer in answers.items() if answer is not None}, now=now)
    return form


def listed(*names: str) -> dict[str, Answer]:
    rows = tuple({"med_name": Answer(text=name)} for name in names)
    return {"med_any": said("list"), "med_list": Answer(rows=rows)}
