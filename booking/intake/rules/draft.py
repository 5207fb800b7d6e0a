"""A form on its way: the answers, who gave which page, and what one browser may see of it.

A mailbox may be shared, so holding the mailed link is not enough to read what was said before.
Each saved page remembers the circle of browsers that gave it; a browser sees the pages of its
own circles, and someone signed in sees all. What is hidden does not show through the branching
either: pages are worked out from the visible answers alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from booking.intake.rules.answers import Answer, Answers, Json, from_response, to_response
from booking.intake.rules.progress import (
    SENDING_PAGE,
    Page,
    SectionState,
    asked,
    missing,
    pages,
    section_state,
)
from booking.intake.rules.questionnaire import Item, Questionnaire, live, questions, walk

PAGE = "urn:stillpoint:page"


@dataclass(frozen=True)
class Draft:
    """All answers, and by page id the circle that gave the page last.

    `carried` are the pages answered before an earlier visit and not put again since.
    """

    answers: Answers = field(default_factory=dict)
    given_by: Mapping[str, int] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()

    @classmethod
    def read(cls, response: Mapping[str, Any]) -> "Draft":
        """Read what `written` wrote."""
        entries = [entry for entry in response.get("extension", ()) if entry["url"] == PAGE]
        pages = [_page(entry) for entry in entries]
        return cls(
            answers=from_response(response),
            given_by={page: circle for page, circle, _carried in pages},
            carried=frozenset(page for page, _circle, carried in pages if carried),
        )

    def written(self, questionnaire: Questionnaire, *, status: str, authored: datetime) -> Json:
        """Write a FHIR QuestionnaireResponse; who gave which page is an extension of it."""
        response = to_response(
            self.answers,
            questionnaire=questionnaire.canonical,
            status=status,
            authored=authored,
            layout=questionnaire.sections,
        )
        response["extension"] = [
            _written_page(page, circle, carried=page in self.carried)
            for page, circle in self.given_by.items()
        ]
        return response

    def with_page(self, page: Item, given: Answers, *, by: int) -> "Draft":
        """The draft after one page was saved: that page's answers are replaced as a whole."""
        own = {item.link_id for item in questions(page)}
        kept = {key: answer for key, answer in self.answers.items() if key not in own}
        return Draft(
            {**kept, **given},
            {**self.given_by, page.link_id: by},
            self.carried - {page.link_id},
        )

    def carried_over(self, questionnaire: Questionnaire) -> "Draft":
        """What stands of these answers before a later visit.

        Left out is what is put before each visit and what fades; the statements on the sending
        page go stale one by one. A page with an answer still needed, as when a new version asks
        for more, is put again.
        """
        only_later = {item.link_id for item in walk(questionnaire.sections) if item.later}
        stale = {
            item.link_id
            for page in _pages_of(questionnaire)
            for item in questions(page)
            if page.each_visit or page.fades or (page.link_id == SENDING_PAGE and item.each_visit)
        }
        fresh = {key: value for key, value in self.answers.items() if key not in stale}
        answers = {key: _unchecked(value, only_later) for key, value in fresh.items()}
        counted = live(questionnaire.sections, answers)
        known = {page.link_id: page for page in _pages_of(questionnaire)}
        kept = {
            page: circle
            for page, circle in self.given_by.items()
            if page in known
            and not known[page].each_visit
            and (known[page].fades or not missing(known[page], counted))
        }
        return Draft(answers, kept, frozenset(kept) - {SENDING_PAGE})


def _unchecked(answer: Answer, only_later: Collection[str]) -> Answer:
    """An answer whose rows no longer say how it was before the visit that has been since."""
    if not answer.rows:
        return answer
    kept = (
        {key: each for key, each in row.items() if key not in only_later} for row in answer.rows
    )
    return Answer(rows=tuple(row for row in kept if row))


def _pages_of(questionnaire: Questionnaire) -> list[Item]:
    return [page for section in questionnaire.sections for page in section.items]


def _page(entry: Mapping[str, Any]) -> tuple[str, int, bool]:
    parts = {part["url"]: part for part in entry["extension"]}
    return parts["id"]["valueString"], parts["by"]["valueInteger"], "carried" in parts


def _written_page(page: str, circle: int, *, carried: bool) -> Json:
    parts: list[Json] = [
        {"url": "id", "valueString": page},
        {"url": "by", "valueInteger": circle},
    ]
    if carried:
        parts.append({"url": "carried", "valueBoolean": True})
    return {"url": PAGE, "extension": parts}


@dataclass(frozen=True)
class Sight:
    """What one browser sees of a draft. `circles` None sees everything."""

    questionnaire: Questionnaire
    draft: Draft
    circles: frozenset[int] | None

    def sees(self, page: Item) -> bool:
        """Whether the answers of this page may be shown (True also if nobody gave any)."""
        giver = self.draft.given_by.get(page.link_id)
        return giver is None or self.circles is None or giver in self.circles

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers that may be shown."""
        hidden = {
            item.link_id
            for page in self._all_pages()
            if not self.sees(page)
            for item in questions(page)
        }
        return {key: value for key, value in self.draft.answers.items() if key not in hidden}

    @property
    def seen(self) -> frozenset[str]:
        """Ids of the pages saved by someone whose answers may be shown."""
        return frozenset(
            page.link_id
            for page in self._all_pages()
            if page.link_id in self.draft.given_by and self.sees(page)
        )

    def is_closed(self, section: Item) -> bool:
        """Whether the section is answered by someone else: it stays shut and says "Answered"."""
        if all(self.sees(page) for page in section.items):
            return False
        state = section_state(
            self.questionnaire,
            section,
            self.draft.answers,
            seen=self.draft.given_by,
            carried=self.draft.carried,
        )
        return state in (SectionState.DONE, SectionState.LEFT_FOR_VISIT)

    @property
    def hides_something(self) -> bool:
        """Whether there are answers this browser may not see."""
        return not all(self.sees(page) for page in self._all_pages())

    def pages(self) -> tuple[Page, ...]:
        """The pages this browser goes through, numbered from 1."""
        return self._open_pages(self.draft.carried)

    def pages_to_change(self) -> tuple[Page, ...]:
        """The same, and those answered before an earlier visit that it may see."""
        hidden = (page for page in self.draft.carried if not self.sees(self._page(page)))
        return self._open_pages(list(hidden))

    def _open_pages(self, carried: Collection[str]) -> tuple[Page, ...]:
        shown = [
            page
            for page in pages(self.questionnaire, self.answers, carried=carried)
            if not self.is_closed(page.section)
        ]
        return tuple(
            Page(number, page.section, page.item) for number, page in enumerate(shown, start=1)
        )

    def state(self, section: Item) -> SectionState:
        """How far a section is, as far as this browser may know."""
        if self.is_closed(section):
            return SectionState.DONE
        return section_state(
            self.questionnaire,
            section,
            self.answers,
            seen=self.seen,
            carried=self.draft.carried,
        )

    def next_open(self) -> Page | None:
        """The first page still to save or to complete; None when everything is answered."""
        counted = live(self.questionnaire.sections, self.answers)
        for page in self.pages():
            if page.item.link_id not in self.seen or missing(page.item, counted):
                return page
        return None

    def asked(self, page: Page) -> list[Item]:
        """The questions of a page that are asked, given the visible answers that count."""
        return asked(page.item, live(self.questionnaire.sections, self.answers))

    def lacks(self, page: Page) -> bool:
        """Whether a needed answer of the page is missing."""
        return bool(missing(page.item, live(self.questionnaire.sections, self.answers)))

    def after(self, page_id: str) -> Page | None:
        """The page that follows `page_id`, None after the last."""
        found = self.pages()
        places = [page.item.link_id for page in found]
        if page_id not in places or places.index(page_id) + 1 == len(found):
            return None
        return found[places.index(page_id) + 1]

    def before(self, page_id: str) -> Page | None:
        """The page that precedes `page_id`, None before the first."""
        found = self.pages()
        places = [page.item.link_id for page in found]
        if page_id not in places or places.index(page_id) == 0:
            return None
        return found[places.index(page_id) - 1]

    def _page(self, link_id: str) -> Item:
        return self.questionnaire.find(link_id)

    def _all_pages(self) -> Sequence[Item]:
        return [
            page
            for section in self.questionnaire.sections
            for page in section.items
            if page.link_id != SENDING_PAGE
        ]
