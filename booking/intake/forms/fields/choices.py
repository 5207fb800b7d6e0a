"""Questions with options: one, one in a drop-down, or all that apply."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Form, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import CheckboxInput, ListWidget

from booking.intake.forms.fields.base import Question
from booking.intake.forms.fields.typed import NeedsChange
from booking.intake.rules.answers import Answer
from booking.intake.rules.questionnaire import Item


class Ticks(SelectMultipleField):
    """Tick all that apply."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


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
