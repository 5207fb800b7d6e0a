"""The form of the page that goes through the medicines one by one."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField

from booking.core.choices import choice
from booking.intake.rules.answers import Answers, State
from booking.intake.rules.recheck import CHANGED, NOW, STILL, STOPPED

CHOICES = (
    (STILL, lazy_gettext("Still taking it")),
    (STOPPED, lazy_gettext("Stopped")),
    (CHANGED, lazy_gettext("Changed")),
    (str(State.NOT_SURE), lazy_gettext("Not sure")),
)


class RecheckForm(FlaskForm):  # type: ignore[misc,unused-ignore]
    """One choice for each medicine. Made by `recheck_form`, never by hand."""

    names: tuple[str, ...]
    partial = False  # saving to leave: some may still be open

    @property
    def lines(self) -> list[Any]:
        """The fields, in the order of the medicines."""
        return [self[_field(number)] for number in range(len(self.names))]

    @property
    def given(self) -> list[str]:
        """What was chosen for each, "" for nothing."""
        known = {key for key, _text in CHOICES}
        return [each.data if each.data in known else "" for each in self.lines]

    def validate(self, extra_validators: Any = None) -> bool:
        """Each needs a choice; "not sure" is one."""
        fine = bool(super().validate(extra_validators))
        if self.partial:
            return fine
        for line, state in zip(self.lines, self.given, strict=True):
            if not state:
                line.errors = [_("Please choose for “%(name)s”", name=line.label.text)]
        return fine and all(self.given)


def recheck_form(rows: Sequence[Answers], names: Sequence[str]) -> RecheckForm:
    """The form for these rows; each field is labelled with the name given for it."""
    fields: dict[str, Any] = {"names": tuple(names)}
    data: dict[str, str] = {}
    options = [choice(key, text) for key, text in CHOICES]
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        fields[_field(number)] = RadioField(name, choices=options, validate_choice=False)
        if (said := row.get(NOW)) is not None:
            data[_field(number)] = next(iter(said.tokens))
    kind: type[RecheckForm] = type("MedicinesNowForm", (RecheckForm,), fields)
    return kind(data=data)


def _field(number: int) -> str:
    return f"now-{number + 1}"
