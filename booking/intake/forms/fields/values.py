"""Questions to write an answer to: words, a number, a date that may be known in part."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import Form, StringField, TextAreaField

from booking.intake.forms.fields.base import (
    Question,
    initial_states,
    one_of,
    states,
    ticked_state,
)
from booking.intake.forms.fields.typed import NeedsChange, clean, month_number, whole
from booking.intake.rules.answers import Answer, PartialDate
from booking.intake.rules.questionnaire import Kind

EARLIEST_BIRTH_YEARS = 120
DATE_PARTS = ("day", "month", "year")


class Words(Question):
    """A line or a longer text."""

    def fields(self) -> dict[str, Any]:
        kind = TextAreaField if self.item.kind is Kind.TEXT else StringField
        return {self.name: kind(self.label), **states(self.item)}

    def initial(self, answer: Answer) -> dict[str, Any]:
        return {self.name: answer.text, **initial_states(self.item, answer)}

    def read(self, form: Form, *, today: date) -> Answer | None:
        field = form[self.name]
        text = clean(field)
        if len(text) > self.item.max_length:
            raise NeedsChange(
                _(
                    "Please shorten this to %(most)s characters. It has %(now)s.",
                    most=self.item.max_length,
                    now=len(text),
                )
            )
        return one_of(Answer(text=text) if text else None, ticked_state(self.item, form))


class Number(Question):
    """A whole number, or not sure."""

    def fields(self) -> dict[str, Any]:
        return {self.name: StringField(self.label), **states(self.item)}

    def initial(self, answer: Answer) -> dict[str, Any]:
        number = "" if answer.number is None else str(answer.number)
        return {self.name: number, **initial_states(self.item, answer)}

    def read(self, form: Form, *, today: date) -> Answer | None:
        text = clean(form[self.name]).rstrip(".")  # "4.5" or "6 4" must not become 45 or 64
        number = whole(text)
        if text and (number is None or number > self.item.max_value):
            raise NeedsChange(
                _(
                    "Please write a whole number from 0 to %(most)s, or choose “Not sure”.",
                    most=self.item.max_value,
                )
            )
        answer = Answer(number=number) if number is not None else None
        return one_of(answer, ticked_state(self.item, form))


class Day(Question):
    """A date in three fields; where the question allows it, a year or a month will do."""

    @property
    def parts(self) -> list[str]:
        """Names of the three fields."""
        return [f"{self.item.link_id}-{part}" for part in DATE_PARTS]

    @property
    def name(self) -> str:
        return self.parts[0]

    def fields(self) -> dict[str, Any]:
        labels = (_("Day"), _("Month"), _("Year"))
        typed = {name: StringField(label) for name, label in zip(self.parts, labels, strict=True)}
        return {**typed, **states(self.item)}

    def initial(self, answer: Answer) -> dict[str, Any]:
        when = answer.date
        values = (when.day, when.month, when.year) if when is not None else (None, None, None)
        shown = ["" if value is None else str(value) for value in values]
        return dict(zip(self.parts, shown, strict=True)) | initial_states(self.item, answer)

    def read(self, form: Form, *, today: date) -> Answer | None:
        day, month, year = (clean(form[part]).strip(".,/ ") for part in self.parts)
        when = self._date(day, month, year) if day or month or year else None
        if when is not None:
            self._check_possible(when, today)
        return one_of(Answer(date=when) if when else None, ticked_state(self.item, form))

    def _date(self, day: str, month: str, year: str) -> PartialDate:
        typed = dict(zip(self.parts, (day, month, year), strict=True))
        numbers = dict(zip(self.parts, (whole(day), month_number(month), whole(year)), strict=True))
        for part in self.parts:
            if typed[part] and numbers[part] is None:
                raise NeedsChange(_("Please use numbers, for example 27 3 1991."), at=part)
        if not year or len(year) != 4:
            four = _("Please write the year with four digits, for example 1991.")
            raise NeedsChange(four, at=self.parts[-1])
        if not self.item.approximate and not (day and month):
            empty = next(part for part in self.parts if not typed[part])
            raise NeedsChange(_("Please write the day, the month and the year."), at=empty)
        try:
            return PartialDate(*reversed(numbers.values()))  # type: ignore[arg-type]
        except ValueError:
            raise NeedsChange(
                _("That day is not in the calendar. Please look at day, month and year again.")
            ) from None

    def _check_possible(self, when: PartialDate, today: date) -> None:
        if self.item.any_day:
            return
        if when.first > today:
            ahead = _("That day is still to come. Please look at the year again.")
            raise NeedsChange(ahead, at=self.parts[-1])
        if today.year - when.year > EARLIEST_BIRTH_YEARS:
            long_ago = _("That is very long ago. Please look at the year again.")
            raise NeedsChange(long_ago, at=self.parts[-1])
