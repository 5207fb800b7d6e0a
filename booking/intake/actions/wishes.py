"""What she asked of whoever meets her goes from her answers to her own record.

So do a key of her birth date and, of whoever is young, the year of coming of age.
"""

from datetime import date, datetime

from booking.core.words import local_day
from booking.intake.models import IntakeForm
from booking.intake.queries import questionnaires
from booking.intake.rules.answers import Answers
from booking.intake.rules.wishes import wishes_in
from booking.patients import actions as patients

ADULT = 18


def hand_over(form: IntakeForm, counted: Answers, *, now: datetime) -> None:
    """Write the wishes in answers just sent or corrected into the record: the last word counts.

    Only into the record the form belongs to; another one of the same person stays as it is.
    """
    visit = form.appointment
    today = local_day(now, visit.location.zone)
    wishes = wishes_in(counted, questionnaires.of(form), today=today)
    patients.keep_wishes(visit.patient, wishes)
    patients.keep_birth_date(visit.patient, _born(counted))
    patients.keep_coming_of_age(visit.patient, _of_age_in(counted), this_year=today.year)


def _born(counted: Answers) -> date | None:
    """Her birth date, where it is known to the day: what the desk finds her record by."""
    given = counted.get("dob")
    known = given.date if given is not None else None
    return known.first if known is not None and known.day is not None else None


def _of_age_in(counted: Answers) -> int | None:
    given = counted.get("dob")
    known = given.date if given is not None else None
    return known.year + ADULT if known is not None else None
