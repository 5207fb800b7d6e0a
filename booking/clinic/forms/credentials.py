"""The form for a licence, an insurance or another proof. Syntax only."""

import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectField, StringField, ValidationError
from wtforms.validators import Length, StopValidation

from booking.clinic.models import Credential, CredentialKind, Practitioner
from booking.core.choices import choice

LONGEST = 200
LONGEST_ADDRESS = 500


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def _plain_text(_form: FlaskForm, field: Field) -> None:
    """Refuse line breaks, control characters and marks that turn the reading direction."""
    if any(unicodedata.category(letter)[0] in "CZ" and letter != " " for letter in field.data):
        raise ValidationError(_("Leave out line breaks and invisible characters."))


def _https(_form: FlaskForm, field: Field) -> None:
    """Take an address of a register, https only, or nothing."""
    if not field.data:
        raise StopValidation
    try:
        told = urlsplit(field.data)
        sound = told.scheme == "https" and told.hostname and not (told.username or told.password)
    except ValueError:
        sound = False
    if not sound or " " in field.data:
        raise ValidationError(_("Write the whole address, beginning with https://."))


class _DayField(DateField):
    """A date or nothing; an error keeps what was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [value.strip() for value in valuelist if value.strip()]
        try:
            super().process_formdata(written)
        except ValueError as unread:
            raise ValueError(_("Write the day like 2027-07-05.")) from unread


class CredentialForm(FlaskForm):  # type: ignore[misc]
    """What the owner enters, and changes."""

    practitioner = SelectField(_l("Whose"))
    kind = SelectField(
        _l("What"),
        choices=[
            choice(CredentialKind.LICENCE.value, _l("Licence or registration")),
            choice(CredentialKind.INSURANCE.value, _l("Insurance")),
            choice(CredentialKind.OTHER.value, _l("Training or membership")),
        ],
    )
    body = StringField(
        _l("Given by"),
        filters=[_trimmed],
        validators=[Length(max=LONGEST, message=_l("Use at most 200 characters.")), _plain_text],
    )
    number = StringField(
        _l("Number"),
        filters=[_trimmed],
        validators=[Length(max=LONGEST, message=_l("Use at most 200 characters.")), _plain_text],
    )
    register_url = StringField(
        _l("Where anybody can look it up"),
        filters=[_trimmed],
        validators=[
            Length(max=LONGEST_ADDRESS, message=_l("Use at most 500 characters.")),
            _plain_text,
            _https,
        ],
    )
    expires_on = _DayField(_l("Last day it is valid"))

    def offer(self, practitioners: Iterable[Practitioner]) -> None:
        """Say whose it can be."""
        self.practitioner.choices = [
            choice(str(each.public_id), each.name) for each in practitioners
        ]

    def validate_body(self, field: Field) -> None:
        """Somebody gave it."""
        if not field.data:
            raise ValidationError(_("Enter the body or insurer that gave it."))

    def validate_expires_on(self, field: Field) -> None:
        """A licence and an insurance run out some day."""
        needed = self.kind.data != CredentialKind.OTHER.value
        if needed and field.data is None and not field.errors:
            raise ValidationError(_("Enter the last day it is valid."))


def filled_from(row: Credential) -> dict[str, Any]:
    """Return the form's values of what is stored."""
    return {
        "practitioner": str(row.practitioner.public_id),
        "kind": row.kind.value,
        "body": row.body,
        "number": row.number,
        "register_url": row.register_url,
        "expires_on": row.expires_on,
    }
