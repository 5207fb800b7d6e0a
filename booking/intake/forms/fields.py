"""Fields of a question page, and how what was typed becomes an `Answer`.

One class per kind of question. Each makes the WTForms fields of its question, fills them from an
earlier answer, and reads them back; a message says what to do and nothing typed is lost.
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    Field,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import CheckboxInput, ListWidget

from booking.intake.rules.answers import NOT_SURE, TALK, Answer, PartialDate, State
from booking.intake.rules.conditions import All, Check, Operator
from booking.intake.rules.questionnaire import Item, Kind

TALK_LABEL = lazy_gettext("I'd rather talk about this in person")
NOT_SURE_LABEL = lazy_gettext("Not sure")
# Controls other than tab and line ends, and the marks that turn the direction of text around:
# nobody types them, and they make a text look like another one.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
EARLIEST_BIRTH_YEARS = 120
DATE_PARTS = ("day", "month", "year")


class NeedsChange(Exception):
    """What was typed cannot be an answer yet; the text says what to do."""


class Ticks(SelectMultipleField):
    """Tick all that apply."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


@dataclass(frozen=True)
class Question(ABC):
    """One question on a page: its item, and what to type it into."""

    item: Item

    @property
    def name(self) -> str:
        """The name of its (first) field, which carries its message."""
        return self.item.link_id

    @property
    def label(self) -> str:
        """The question, without the "(optional)" that is shown apart."""
        return str(_(self.item.text)).replace(" (optional)", "")

    @property
    def asks(self) -> str:
        """Its first sentence, by which a message names it."""
        return re.split(r"(?<=[?.])\s", self.label, maxsplit=1)[0]

    @property
    def follows(self) -> str:
        """The option whose choice asks this, where it is one option of the question around it."""
        when = self.item.when
        parts = when.parts if isinstance(when, All) else ()
        first = parts[0] if len(parts) == 1 else None
        is_one = isinstance(first, Check) and first.operator is Operator.EQUALS
        return str(first.value) if isinstance(first, Check) and is_one else ""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """The WTForms fields by name."""

    @abstractmethod
    def initial(self, answer: Answer) -> dict[str, Any]:
        """Data for the fields that shows an earlier answer."""

    @abstractmethod
    def read(self, form: Form, *, today: date) -> Answer | None:
        """What was typed, None for nothing. Raises NeedsChange."""


class Choice(Question):
    """Radio buttons, or one statement to tick."""

    def fields(self) -> dict[str, Any]:
        if self.item.tick:
            return {self.name: BooleanField(self.label)}
        choices = options_of(self.item)
        return {self.name: RadioField(self.label, choices=choices, validate_choice=False)}

    def initial(self, answer: Answer) -> dict[str, Any]:
        code = next(iter(answer.tokens), "")
        return {self.name: code == "yes" if self.item.tick else code}

    def read(self, form: Form, *, today: date) -> Answer | None:
        data = form[self.name].data
        codes = (["yes"] if data else []) if self.item.tick else [data] if data else []
        return chosen(self.item, codes)


class Pick(Choice):
    """One of several in a drop-down, where a row has many questions."""

    def fields(self) -> dict[str, Any]:
        choices = [SelectChoice(value="", label=""), *options_of(self.item)]
        return {self.name: SelectField(self.label, choices=choices, validate_choice=False)}


class Several(Question):
    """Tick all that apply, with options that stand alone."""

    def fields(self) -> dict[str, Any]:
        choices = options_of(self.item)
        return {self.name: Ticks(self.label, choices=choices, validate_choice=False)}

    def initial(self, answer: Answer) -> dict[str, Any]:
        return {self.name: sorted(answer.tokens)}

    def read(self, form: Form, *, today: date) -> Answer | None:
        return chosen(self.item, list(dict.fromkeys(form[self.name].data or [])))


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
        text = re.sub(r"[\s.,]", "", clean(form[self.name]))
        number = whole(text)
        if text and (number is None or number > self.item.max_value):
            raise NeedsChange(
                _(
                    "Please write a number from 0 to %(most)s, or choose “Not sure”.",
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
        numbers = whole(year), month_number(month), whole(day)
        wrong = [
            typed
            for typed, number in zip((year, month, day), numbers, strict=True)
            if typed and number is None
        ]
        if wrong:
            raise NeedsChange(_("Please use numbers, for example 27 3 1991."))
        if not year or len(year) != 4:
            raise NeedsChange(_("Please write the year with four digits, for example 1991."))
        if not self.item.approximate and not (day and month):
            raise NeedsChange(_("Please write the day, the month and the year."))
        try:
            return PartialDate(*numbers)  # type: ignore[arg-type]
        except ValueError:
            raise NeedsChange(
                _("That day is not in the calendar. Please look at day, month and year again.")
            ) from None

    def _check_possible(self, when: PartialDate, today: date) -> None:
        if when.first > today:
            raise NeedsChange(_("That day is still to come. Please look at the year again."))
        if today.year - when.year > EARLIEST_BIRTH_YEARS:
            raise NeedsChange(_("That is very long ago. Please look at the year again."))


KINDS: Mapping[Kind, type[Question]] = {
    Kind.LINE: Words,
    Kind.TEXT: Words,
    Kind.NUMBER: Number,
    Kind.DATE: Day,
}


def question_for(item: Item) -> Question:
    """The way to type an answer to this item."""
    if item.kind is not Kind.CHOICE:
        return KINDS[item.kind](item)
    if item.repeats:
        return Several(item)
    return Pick(item) if item.drop_down else Choice(item)


def options_of(item: Item) -> list[SelectChoice]:
    """The options to choose from, in the reader's language."""
    return [SelectChoice(value=option.code, label=_(option.text)) for option in item.options]


def chosen(item: Item, codes: Sequence[str]) -> Answer | None:
    """An answer of options. Raises NeedsChange where one that stands alone does not.

    Codes the question does not have are no answer: they cannot be sent from our pages.
    """
    options = [option for code in codes if (option := item.option(code)) is not None]
    if not options:
        return None
    lonely = next((option for option in options if option.exclusive), None)
    if lonely is not None and len(options) > 1:
        raise NeedsChange(
            _(
                "You chose “%(alone)s” and something else. Please leave only what fits.",
                alone=_(lonely.text),
            )
        )
    if options[0].state is not None:
        return Answer(options[0].state)
    return Answer(codes=tuple(option.code for option in options))


def states(item: Item) -> dict[str, Any]:
    """Ticks for "not sure" and "rather talk" beside a text, number or date."""
    found: dict[str, Any] = {}
    if item.not_sure:
        found[f"{item.link_id}-{State.NOT_SURE}"] = BooleanField(NOT_SURE_LABEL)
    if item.in_person:
        found[f"{item.link_id}-{State.TALK}"] = BooleanField(TALK_LABEL)
    return found


def initial_states(item: Item, answer: Answer) -> dict[str, bool]:
    """Data for those ticks."""
    names = (f"{item.link_id}-{state}" for state in (State.NOT_SURE, State.TALK))
    return {name: name.endswith(f"-{answer.state}") for name in names}


def ticked_state(item: Item, form: Form) -> Answer | None:
    """NOT_SURE or TALK if its tick is set; rather talk where both are."""
    if item.in_person and form[f"{item.link_id}-{State.TALK}"].data:
        return TALK
    if item.not_sure and form[f"{item.link_id}-{State.NOT_SURE}"].data:
        return NOT_SURE
    return None


def one_of(answer: Answer | None, state: Answer | None) -> Answer | None:
    """The one that is there. Raises NeedsChange when both are: which is meant is hers to say."""
    if answer is not None and state is not None:
        raise NeedsChange(_("Please either write something here, or tick the box. Not both."))
    return answer or state


def clean(field: Field) -> str:
    """The text typed, trimmed. Raises NeedsChange for hidden characters, and takes them out.

    Line ends become single ones and composed characters one; the field then shows that text.
    """
    typed = str(field.data or "")
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    field.data = HIDDEN.sub("", text)
    if field.data != text:
        raise NeedsChange(
            _(
                "There were hidden characters in this text. We have taken them out. Please look at "
                "it and save again."
            )
        )
    return text.strip()


def whole(text: str) -> int | None:
    """A number of at most nine digits, in any script's digits; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def month_number(text: str) -> int | None:
    """A month as number or as its name, short or long, in the page's language or in English."""
    if (number := whole(text)) is not None:
        return number
    wanted = text.casefold().rstrip(".")
    for number, names in _month_names().items():
        if len(wanted) >= 3 and any(name.startswith(wanted) for name in names):
            return number
    return None


def _month_names() -> dict[int, list[str]]:
    english = (
        "january february march april may june july august september october november december"
    )
    names = {number: [name] for number, name in enumerate(english.split(), start=1)}
    if (locale := get_locale()) is not None:
        for number, name in locale.months["format"]["wide"].items():
            names[number].append(name.casefold())
    return names
