"""What is different since the form before an earlier visit, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.core.words import day_words, local_day
from booking.intake.queries.review import Review
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.changes import MEDICINES, Turn, changed_answers, changed_medicines
from booking.intake.rules.questionnaire import Item, walk
from booking.intake.views.words import _, lines, short


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
    """Every answer that differs with what hangs on it; nothing where no form came before."""
    if review.earlier is None:
        return []
    sections = review.questionnaire.sections
    found = changed_answers(review.before, review.answers, sections)
    differing = {each.question for each in found}
    own = [item for item in _outermost(sections) if differing & _ids(item)]
    return [
        Changed(short(item), _told(item, review.before), _told(item, review.answers))
        for item in own
    ]


def _outermost(sections: Sequence[Item]) -> list[Item]:
    """The questions that hang on no other one."""
    return [item for section in sections for page in section.items for item in page.items]


def _ids(item: Item) -> set[str]:
    return {each.link_id for each in walk([item])}


def _told(item: Item, answers: Answers) -> str:
    return "; ".join(lines(item, answers))


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
        (turns[each.turn], _told(group, {MEDICINES: Answer(rows=(each.row,))}))
        for each in changed_medicines(review.before, review.answers)
    ]


def known_items(review: Review) -> dict[str, Item]:
    """Every item of the questions the form was answered with, by its id."""
    return {item.link_id: item for item in walk(review.questionnaire.items)}
