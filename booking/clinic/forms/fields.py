"""What the owner's forms share: values are read by the readers of a clinic's file."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from booking.clinic.rules.values import Reader
from booking.core.choices import choice
from booking.core.discreet import telling

YES, NO = "yes", "no"


def trimmed(text: str | None) -> str:
    """Return what was typed without blanks at its ends."""
    return (text or "").strip()


def reads(reader: Reader, message: Any) -> Callable[[FlaskForm, Field], None]:
    """Return a validator that takes what `reader` takes and says `message` of anything else."""

    def check(_form: FlaskForm, field: Field) -> None:
        try:
            reader(field.data)
        except ValueError:
            raise StopValidation(str(message)) from None

    return check


def whole(reader: Reader) -> Reader:
    """Return `reader` for a whole number that was typed."""

    def read(value: Any) -> Any:
        if not (value or "").isdecimal() or len(value) > 6:
            raise ValueError
        return reader(int(value))

    return read


def whole_or_nothing(reader: Reader) -> Reader:
    """Return `reader` for a whole number that may be left out, which is None."""
    read = whole(reader)
    return lambda value: read(value) if value else None


def discreet(_form: FlaskForm, field: Field) -> None:
    """Refuse, by name, words that would tell others what somebody comes for."""
    if found := telling(field.data or ""):
        raise ValidationError(
            _(
                "Others may read this. Please say it without “%(words)s”.",
                words="”, “".join(found),
            )
        )


def text_field(label: Any, *checks: Any) -> StringField:
    """Return a field of one line."""
    return StringField(label, filters=[trimmed], validators=list(checks))


def yes_or_no(label: Any) -> SelectField:
    """Return a field with two answers, "yes" and "no"."""
    return SelectField(label, choices=[choice(YES, _l("Yes")), choice(NO, _l("No"))])


class TicksField(SelectMultipleField):
    """Any number of ticks; what was not offered is refused."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
