"""The form of one question page, made from the questionnaire."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from booking.intake.forms.fields import NeedsChange, Question, question_for
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.progress import missing
from booking.intake.rules.questionnaire import Item, live

CODE_LENGTH = 8


class PageForm(FlaskForm):  # type: ignore[misc,unused-ignore]
    """Fields of the questions on one page. Made by `page_form`, never by hand."""

    page: Item
    questions: tuple[Question, ...]
    before: Answers
    today: date
    partial = False  # saving to leave: what is needed may still be missing

    def validate(self, extra_validators: Any = None) -> bool:
        """Read every answer; a message stands at the field to look at."""
        fine = bool(super().validate(extra_validators))
        self.given: dict[str, Answer] = {}
        told: set[str] = set()
        for question in self.questions:
            try:
                answer = question.read(self, today=self.today)
            except NeedsChange as change:
                _tell(self[change.at or question.name], str(change))
                told.add(question.name)
                fine = False
                continue
            if answer is not None:
                self.given[question.item.link_id] = answer
        return self._nothing_needed_is_missing(told) and fine

    def _nothing_needed_is_missing(self, told: Collection[str]) -> bool:
        """Whether each needed question has an answer or already a message of its own."""
        if self.partial:
            return True
        counted = live(self.page.items, self.given, before=self.before)
        wanting = {item.link_id for item in missing(self.page, counted)}
        absent = [
            self[question.name]
            for question in self.questions
            if question.item.link_id in wanting
            and question.name not in told
            and not self[question.name].errors
        ]
        for question in self.questions:
            if self[question.name] in absent:
                _tell(self[question.name], _ask(question))
        return not absent


def page_form(
    page: Item, questions: Sequence[Item], earlier: Answers, *, before: Answers, today: date
) -> PageForm:
    """The form of a page: `questions` to ask, filled with what may be shown of `earlier`.

    `before` are the counting answers of other pages, which decide what is asked here; `today` is
    the clinic's day, against which dates are judged.
    """
    asked = tuple(question_for(item) for item in questions)
    fields: dict[str, Any] = {"page": page, "questions": asked, "before": before, "today": today}
    initial: dict[str, Any] = {}
    for question in asked:
        fields |= question.fields()
        if (answer := earlier.get(question.item.link_id)) is not None:
            initial |= question.initial(answer)
    kind: type[PageForm] = type("QuestionPageForm", (PageForm,), fields)
    return kind(data=initial)


class CodeForm(FlaskForm):  # type: ignore[misc,unused-ignore]
    """The code from the "save and leave" page, in whatever case and spacing it was copied."""

    code = StringField(lazy_gettext("Your code"))

    @property
    def bare(self) -> str:
        """The code without what people put between."""
        return "".join(c for c in str(self.code.data or "").upper() if c.isalnum())[:64]


def _tell(field: Any, message: str) -> None:
    field.errors = [*field.errors, message]


def _ask(question: Question) -> str:
    """What to do about a needed question without an answer; it names the question."""
    if question.item.tick:
        return str(_("Please tick “%(statement)s”", statement=question.asks))
    return str(_("Please answer “%(question)s”", question=question.asks))
