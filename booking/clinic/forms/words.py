"""Forms for the clinic's own words: in messages, and on pages."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, TextAreaField, ValidationError

from booking.clinic.forms.fields import TicksField, discreet, reads, text_field, trimmed
from booking.clinic.rules import values as v
from booking.clinic.rules.words import CHECKLIST
from booking.core.choices import choice

_SHORT = _l("Enter a short text on one line.")
LONGEST_NOTE, LONGEST_PAGE = 600, 20_000


def _at_most(length: int) -> Any:
    def check(_form: FlaskForm, field: Field) -> None:
        if len(field.data) > length:
            raise ValidationError(_("Use at most %(number)s characters.", number=length))

    return check


def _blanks(_form: FlaskForm, field: Field) -> None:
    """Take {day} and {time}, and no other braces."""
    left = field.data.replace("{day}", "").replace("{time}", "")
    if "{" in left or "}" in left:
        raise ValidationError(_("In braces only {day} and {time} can stand."))


class MailWordsForm(FlaskForm):  # type: ignore[misc]
    """What a message says besides, in the clinic's words; an empty subject is the shipped one."""

    subject = text_field(_l("Subject"), reads(v.words, _SHORT), _blanks, discreet)
    opening = text_field(_l("A sentence before everything else"), reads(v.words, _SHORT), discreet)
    note = TextAreaField(
        _l("A note at the end"),
        filters=[trimmed],
        validators=[_at_most(LONGEST_NOTE), discreet],
    )

    def parts(self) -> dict[str, str]:
        """Return what was typed, by part."""
        return {name: str(self[name].data) for name in ("subject", "opening", "note")}


class PageForm(FlaskForm):  # type: ignore[misc]
    """A page in the clinic's words, with the checklist its reviewer went through."""

    text = TextAreaField(
        _l("What the page says"), filters=[trimmed], validators=[_at_most(LONGEST_PAGE)]
    )
    checked = TicksField(_l("I have checked that"))
    reviewed_by = text_field(
        _l("Who has checked it"), reads(v.text, _l("Enter the name of who has checked it."))
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.checked.choices = [choice(key, _(words)) for key, words in CHECKLIST.items()]

    def validate_checked(self, field: Field) -> None:
        """All of it was checked."""
        if set(field.data or []) != set(CHECKLIST):
            raise ValidationError(_("Go through the whole list before you publish the page."))
