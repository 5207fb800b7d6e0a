"""What she asked of whoever meets her goes from her answers to her own record.

So do a key of her birth date and, of whoever is young, the year of coming of age.
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import select

from booking.core.db import session
from booking.core.errors import SealBroken
from booking.core.words import local_day
from booking.intake.models import IntakeForm
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import sent_answers
from booking.intake.rules.answers import Answers
from booking.intake.rules.wishes import wishes_in
from booking.patients import actions as patients
from booking.patients.models import Patient

ADULT = 18


def hand_over(form: IntakeForm, counted: Answers, *, now: datetime) -> None:
    """Write the wishes in answers just sent or corrected into the record: the last word counts.

    Only into the record the form belongs to; another one of the same person stays as it is.
    """
    visit = form.appointment
    today = local_day(now, visit.location.zone)
    wishes = wishes_in(counted, questionnaires.of(form), today=today)
    patients.keep_wishes(visit.patient, wishes)
    _keep_birth(visit.patient, counted, this_year=today.year)


def keep_births(form_ids: Collection[int]) -> int:
    """Write into the records of these sent forms what a form sent today writes of a birth date.

    Return how many can be found by theirs since. Whoever is found by now is left alone, and so is
    what does not open any more.
    """
    wanted = select(IntakeForm).where(IntakeForm.id.in_(form_ids), IntakeForm.sent_at.is_not(None))
    found = 0
    for form in session().scalars(wanted.order_by(IntakeForm.patient_id)).all():
        patient = form.appointment.patient
        session().refresh(patient, with_for_update=True)
        if patient.born_key is not None:
            continue
        with suppress(SealBroken):
            year = local_day(form.sent_at or form.created_at, form.appointment.location.zone).year
            _keep_birth(patient, sent_answers(form), this_year=year)
            found += patient.born_key is not None
    return found


def _keep_birth(patient: Patient, counted: Answers, *, this_year: int) -> None:
    patients.keep_birth_date(patient, _born(counted))
    patients.keep_coming_of_age(patient, _of_age_in(counted), this_year=this_year)


def _born(counted: Answers) -> date | None:
    """Her birth date, where it is known to the day: what the desk finds her record by."""
    given = counted.get("dob")
    known = given.date if given is not None else None
    return known.first if known is not None and known.day is not None else None


def _of_age_in(counted: Answers) -> int | None:
    given = counted.get("dob")
    known = given.date if given is not None else None
    return known.year + ADULT if known is not None else None
