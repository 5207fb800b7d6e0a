"""What is different since the form before an earlier visit, in words."""

from dataclasses import dataclass

from booking.core.words import day_words, local_day
from booking.intake.queries.review import Review
from booking.intake.rules.answers import Answer
from booking.intake.rules.changes import MEDICINES, Turn, changed_answers, changed_medicines
from booking.intake.rules.questionnaire import Item, walk
from booking.intake.views.said import row_words, said
from booking.intake.views.words import _, short


@dataclass(frozen=True)
class Changed:
    """One answer that differs from the one before an earlier visit, in words ("" for none)."""

    question: str
    before: str
    after: str


def before(review: Review) -> str:
    """When the answers this form builds on were sent."""
    earlier = review.earlier
    if earlier is None or earlier.sent_at is None:
        return ""
    return day_words(local_day(earlier.sent_at, review.visit.location.zone))


def changes(review: Review) -> list[Changed]:
    """Every answer that differs, nothing where no form came before."""
    if review.earlier is None:
        return []
    known = known_items(review)

    def words(question: str, answer: Answer | None) -> str:
        if answer is None:
            return ""
        if answer.rows:
            rows = (row_words(known[question], each) for each in answer.rows)
            return "; ".join(", ".join(filter(None, each)) for each in rows)
        return said(known[question], answer)

    found = changed_answers(review.before, review.answers, review.questionnaire.sections)
    return [
        Changed(
            short(known[each.question]),
            words(each.question, each.before),
            words(each.question, each.after),
        )
        for each in found
    ]


def medicine_changes(review: Review) -> list[tuple[str, str]]:
    """What became of each medicine that differs: in a word, and the medicine."""
    if review.earlier is None:
        return []
    turns = {
        Turn.STARTED: _("Started"),
        Turn.STOPPED: _("Stopped"),
        Turn.CHANGED: _("Changed"),
        Turn.NO_LONGER_LISTED: _("No longer listed"),
    }
    group = known_items(review).get(MEDICINES)
    if group is None:
        return []
    return [
        (turns[each.turn], ", ".join(filter(None, row_words(group, each.row))))
        for each in changed_medicines(review.before, review.answers)
    ]


def known_items(review: Review) -> dict[str, Item]:
    """Every item of the questions the form was answered with, by its id."""
    return {item.link_id: item for item in walk(review.questionnaire.items)}
