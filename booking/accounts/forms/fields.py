"""Fields that several forms of signing in have."""

import unicodedata
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from booking.access.policy import Role
from booking.core.addresses import NotAnAddress, canonical_email
from booking.core.choices import choice

LONGEST_NAME = 120


def trimmed(text: str | None) -> str | None:
    """Return what was typed without blanks round it."""
    return text.strip() if text else text


def one_address(_form: FlaskForm, field: Field) -> None:
    """Refuse what is not exactly one e-mail address."""
    try:
        canonical_email(field.data or "")
    except NotAnAddress:
        raise ValidationError(_("Enter one e-mail address, like name@example.com.")) from None


def plain_text(_form: FlaskForm, field: Field) -> None:
    """Refuse line breaks, control characters and marks that turn the reading direction."""
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in field.data):
        raise ValidationError(_("Leave out line breaks and invisible characters."))


def filled(message: Any) -> Callable[[FlaskForm, Field], None]:
    """Like InputRequired, but blanks alone are not an answer."""

    def check(_form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(str(message))

    return check


def name_field(label: Any, missing: Any) -> StringField:
    """Return a field for a person's name."""
    return StringField(
        label,
        filters=[trimmed],
        validators=[
            filled(missing),
            Length(max=LONGEST_NAME, message=_l("Use at most 120 characters for the name.")),
            plain_text,
        ],
    )


def email_field() -> StringField:
    """Return a field for one e-mail address."""
    return StringField(
        _l("E-mail address"),
        filters=[trimmed],
        validators=[filled(_l("Enter your e-mail address.")), one_address],
    )


def roles_field() -> SelectMultipleField:
    """Return boxes to tick for what somebody on the staff does here."""
    return SelectMultipleField(
        _l("What this person does here"),
        choices=[
            choice(Role.RECEPTION.value, _l("Reception")),
            choice(Role.PRACTITIONER.value, _l("Practitioner")),
            choice(Role.OWNER.value, _l("Owner")),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Choose at least one kind of work."))],
    )
