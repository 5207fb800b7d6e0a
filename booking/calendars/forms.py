"""Forms of a practitioner's calendar page: syntax only."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from booking.calendars.actions.outside import Access
from booking.calendars.models import SourceKind
from booking.calendars.rules import Reveal
from booking.core.choices import choice


def _reveals() -> list[Any]:
    return [
        choice(Reveal.HIDDEN.value, _l("No name")),
        choice(Reveal.INITIALS.value, _l("Initials")),
        choice(Reveal.FULL.value, _l("Full name")),
    ]


class FeedForm(FlaskForm):  # type: ignore[misc]
    """What a practitioner's feed shows of patients."""

    reveal = RadioField(
        _l("What stands for the patient?"), choices=_reveals(), default=Reveal.HIDDEN.value
    )


def _https(_form: Any, field: Any) -> None:
    field.data = (field.data or "").strip()
    for begins in ("webcal://", "webcals://"):  # what many programs copy out; it means https
        if field.data.startswith(begins):
            field.data = "https://" + field.data.removeprefix(begins)
    if not field.data.startswith("https://"):
        raise ValidationError(_("The address begins with https://"))
    if not field.data.isascii() or any(c.isspace() for c in field.data):
        raise ValidationError(_("Copy the whole address as your calendar shows it."))


class _AccessForm(FlaskForm):  # type: ignore[misc]
    """Where a calendar is and how it opens."""

    url = StringField(
        _l("Address"),
        validators=[DataRequired(_l("Enter the calendar's address")), Length(max=2000), _https],
    )
    user = StringField(_l("User name"), validators=[Length(max=200)])
    password = PasswordField(_l("Password for programs"), validators=[Length(max=200)])

    @property
    def access(self) -> Access:
        return Access(
            url=self.url.data or "", user=self.user.data or "", password=self.password.data or ""
        )


class OutsideForm(_AccessForm):
    """A calendar kept elsewhere whose busy times close time here."""

    kind = RadioField(
        _l("What kind of address is it?"),
        choices=[
            choice(SourceKind.ICS.value, _l("A calendar file (it often ends in .ics)")),
            choice(SourceKind.CALDAV.value, _l("A calendar on a CalDAV server")),
        ],
        default=SourceKind.ICS.value,
    )


class ServerForm(_AccessForm):
    """A practitioner's own calendar server, which her visits are written to."""

    reveal = RadioField(
        _l("What stands for the patient?"), choices=_reveals(), default=Reveal.INITIALS.value
    )


class InvitesForm(FlaskForm):  # type: ignore[misc]
    """Whether invitations of her own are mailed, and what they show."""

    shown = RadioField(
        _l("What stands for the patient?"),
        choices=[*_reveals(), choice("none", _l("Send me no invitations"))],
    )
