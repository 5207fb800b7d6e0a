"""What reception gets of a form: cut to the clinic's reception view before any page sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.appointments.models import Appointment
from booking.clinic import queries as clinic_queries
from booking.intake.models import Consent, Flag, IntakeForm, TypedForm
from booking.intake.queries import review as queries
from booking.intake.queries.consents import consents_at_desk
from booking.intake.queries.review import Opening, Review
from booking.intake.queries.standing import standing
from booking.intake.rules import desk, medicines
from booking.intake.rules.answers import Answers
from booking.intake.rules.facts import age_on
from booking.intake.rules.questionnaire import Item, Questionnaire
from booking.intake.rules.review import Card, Standing, cards
from booking.intake.rules.visibility import Level, for_reception


@dataclass(frozen=True)
class Call:
    """Somebody at the desk rang her."""

    name: str
    at: datetime


@dataclass(frozen=True)
class DeskReview:
    """One form as reception may see it. Nothing else of the form is in here."""

    visit: Appointment
    form: IntakeForm | None
    questionnaire: Questionnaire
    level: Level
    answers: Answers
    sections: Sequence[desk.Section]
    cards: Sequence[Card]
    flags: Sequence[Standing]
    askable: Sequence[Item]
    answered: frozenset[str]
    asked: Sequence[str]
    openings: Sequence[Opening]
    claimed_by: str
    rang: Call | None
    typed: TypedForm | None
    too_young: bool
    consents: Sequence[Consent]


def at_desk(review: Review) -> DeskReview:
    """Cut a review to what the clinic's reception view shows."""
    level = Level(clinic_queries.organisation().reception_view)
    seen = for_reception(
        review.answers, review.questionnaire, level=level, medicines=medicines.shipped()
    )
    flags = [standing(flag, review.decided) for flag in review.flags]
    form = review.form
    return DeskReview(
        visit=review.visit,
        form=form,
        questionnaire=review.questionnaire,
        level=level,
        answers=seen,
        sections=desk.sections(review.questionnaire, review.answers, seen, level=level),
        cards=cards(flags, seen, review.answers),
        flags=flags,
        askable=desk.can_be_asked(review.questionnaire, review.answers, level=level),
        answered=frozenset(review.answers),
        asked=[question.link_id for question in review.questions],
        openings=review.openings,
        claimed_by=_name(form.claimed_by) if form is not None else "",
        rang=_last_call(review.flags),
        typed=review.typed,
        too_young=_too_young(review),
        consents=consents_at_desk(review.visit.patient_id, level=level),
    )


def _too_young(review: Review) -> bool:
    """Whether she will be younger than the clinic books online, on the day of her visit."""
    born = review.answers.get("dob")
    if born is None or born.date is None:
        return False
    zone = ZoneInfo(review.visit.location.zone)
    visit_on = review.visit.starts_at.astimezone(zone).date()
    return age_on(born.date, visit_on) < clinic_queries.organisation().minimum_age


def _last_call(flags: Sequence[Flag]) -> Call | None:
    calls = [(flag.handled_at, flag.handled_by) for flag in flags]
    made = [(at, by) for at, by in calls if at is not None and by is not None]
    if not made:
        return None
    at, by = max(made)
    return Call(_name(by), at)


def _name(user_id: int | None) -> str:
    return queries.names_of([user_id]).get(user_id or 0, "")
