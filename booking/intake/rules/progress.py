"""Which pages there are, what is answered, and what is still to do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.intake.rules.answers import Answers, State
from booking.intake.rules.conditions import holds
from booking.intake.rules.conditions import questions as depends_on
from booking.intake.rules.questionnaire import Item, Kind, Questionnaire, live, questions

SENDING_PAGE = "end_send"


class SectionState(StrEnum):
    """How far a section is, in the words the task list shows."""

    NOT_STARTED = "not-started"
    STARTED = "started"
    DONE = "done"
    LEFT_FOR_VISIT = "left-for-visit"


@dataclass(frozen=True)
class Page:
    """One page as it is numbered for this patient, from 1."""

    number: int
    section: Item
    item: Item


def pages(
    questionnaire: Questionnaire, answers: Answers, *, carried: Collection[str] = ()
) -> tuple[Page, ...]:
    """The pages these answers open, in order. The sending page is not one of them.

    `carried` are pages answered before an earlier visit: they are not put again.
    """
    counted = live(questionnaire.sections, answers)
    found = [
        (section, page)
        for section in questionnaire.sections
        for page in section.items
        if page.link_id not in {SENDING_PAGE, *carried}
        and page.kind is Kind.GROUP
        and holds(page.when, counted)
    ]
    return tuple(Page(number, *pair) for number, pair in enumerate(found, start=1))


def asked(page: Item, counted: Answers) -> list[Item]:
    """The questions of a page that are asked, given the answers that count."""
    return [item for item in questions(page) if _shown(page, item, counted)]


def _shown(page: Item, wanted: Item, counted: Answers) -> bool:
    """Whether the question and everything it is nested in is enabled."""
    return all(holds(item.when, counted) for item in _path(page, wanted))


def _path(item: Item, wanted: Item) -> list[Item]:
    if item is wanted:
        return [item]
    for child in item.items:
        if below := _path(child, wanted):
            return [item, *below]
    return []


def offered(page: Item, counted: Answers) -> list[Item]:
    """The questions a page shows: those asked, and those that only its own answers decide on."""
    own = {item.link_id for item in questions(page)}
    return [
        item
        for item in questions(page)
        if all(
            depends_on(step.when) & own or holds(step.when, counted) for step in _path(page, item)
        )
    ]


def missing(page: Item, counted: Answers) -> list[Item]:
    """Questions of a page that need an answer and have none; talking in person counts."""
    return [item for item in asked(page, counted) if item.required and item.link_id not in counted]


def still_missing(questionnaire: Questionnaire, answers: Answers) -> list[tuple[Page, Item]]:
    """Every question on a numbered page that must be answered before sending."""
    counted = live(questionnaire.sections, answers)
    return [
        (page, item)
        for page in pages(questionnaire, answers)
        for item in missing(page.item, counted)
    ]


def section_state(
    questionnaire: Questionnaire,
    section: Item,
    answers: Answers,
    *,
    seen: Collection[str],
    carried: Collection[str] = (),
) -> SectionState:
    """How far a section is. `seen` holds the ids of the pages saved at least once."""
    counted = live(questionnaire.sections, answers)
    put = pages(questionnaire, answers, carried=carried)
    own = [page.item for page in put if page.section is section]
    saved = [page for page in own if page.link_id in seen]
    if not saved:
        return SectionState.NOT_STARTED
    if len(saved) < len(own) or any(missing(page, counted) for page in own):
        return SectionState.STARTED
    if _leaves_something(own, counted):
        return SectionState.LEFT_FOR_VISIT
    return SectionState.DONE


def _leaves_something(own: Sequence[Item], counted: Answers) -> bool:
    given = (counted.get(item.link_id) for page in own for item in asked(page, counted))
    return any(answer is not None and answer.state is State.TALK for answer in given)
