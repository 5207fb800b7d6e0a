"""A form on its way: the answers, who gave which page, and what one browser may see of it.

A mailbox may be shared, so holding the mailed link is not enough to read what was said before.
Each saved page remembers the circle of browsers that gave it; a browser sees the pages of its
own circles, and someone signed in sees all. What is hidden does not show through the branching
either: pages are worked out from the visible answers alone.
"""

from collections.abc import Mapping, Sequence
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
from booking.intake.rules.questionnaire import Item, Questionnaire, live, questions

PAGE = "urn:stillpoint:page"


@dataclass(frozen=True)
class Draft:
    """All answers, and by page id the circle that gave the page last."""

    answers: Answers = field(default_factory=dict)
    given_by: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, response: Mapping[str, Any]) -> "Draft":
        """Read what `written` wrote."""
        entries = [entry for entry in response.get("extension", ()) if entry["url"] == PAGE]
        return cls(from_response(response), dict(_page(entry) for entry in entries))

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
            {
                "url": PAGE,
                "extension": [
                    {"url": "id", "valueString": page},
                    {"url": "by", "valueInteger": circle},
                ],
            }
            for page, circle in self.given_by.items()
        ]
        return response

    def with_page(self, page: Item, given: Answers, *, by: int) -> "Draft":
        """The draft after one page was saved: that page's answers are replaced as a whole."""
        own = {item.link_id for item in questions(page)}
        kept = {key: answer for key, answer in self.answers.items() if key not in own}
        return Draft({**kept, **given}, {**self.given_by, page.link_id: by})


def _page(entry: Mapping[str, Any]) -> tuple[str, int]:
    parts = {part["url"]: part for part in entry["extension"]}
    return parts["id"]["valueString"], parts["by"]["valueInteger"]


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
            self.questionnaire, section, self.draft.answers, seen=self.draft.given_by
        )
        return state in (SectionState.DONE, SectionState.LEFT_FOR_VISIT)

    @property
    def hides_something(self) -> bool:
        """Whether there are answers this browser may not see."""
        return not all(self.sees(page) for page in self._all_pages())

    def pages(self) -> tuple[Page, ...]:
        """The pages this browser goes through, numbered from 1."""
        shown = [
            page
            for page in pages(self.questionnaire, self.answers)
            if not self.is_closed(page.section)
        ]
        return tuple(
            Page(number, page.section, page.item) for number, page in enumerate(shown, start=1)
        )

    def state(self, section: Item) -> SectionState:
        """How far a section is, as far as this browser may know."""
        if self.is_closed(section):
            return SectionState.DONE
        return section_state(self.questionnaire, section, self.answers, seen=self.seen)

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

    def _all_pages(self) -> Sequence[Item]:
        return [
            page
            for section in self.questionnaire.sections
            for page in section.items
            if page.link_id != SENDING_PAGE
        ]
