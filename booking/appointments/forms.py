"""Forms of the booking pages: syntax only. What they may say is in `patients.rules`."""

from collections.abc import Callable, Iterable
from datetime import time
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from booking.appointments.rules import LONGEST_SERIES, SHORTEST_SERIES, TIMES_OFFERED
from booking.clinic.rules.values import web_address
from booking.core.choices import choice
from booking.core.errors import BadInput
from booking.patients.models import Channel, InviteStyle
from booking.patients.rules import NOTE_LIMIT, clean_email, clean_name, clean_phone, zones

Choices = Iterable[tuple[str, str]]
TYPED_LIMIT = 2_000
"""Characters kept of each thing typed, so that nothing is lost and nobody fills the disk."""


def _said(check: Callable[[], object]) -> None:
    """Turn what a rule refuses into the words beside the field."""
    try:
        check()
    except BadInput as refused:
        raise ValidationError(gettext(refused.message)) from refused


class AboutYouForm(FlaskForm):  # type: ignore[misc]
    """Who comes, and how it is safe to reach her."""

    name = StringField(lazy_gettext("Your name"))
    email = EmailField(lazy_gettext("E-mail address"))
    phone = TelField(lazy_gettext("Mobile number"))
    channels = SelectMultipleField(
        lazy_gettext("How is it safe to reach you?"),
        choices=[
            choice(Channel.EMAIL, lazy_gettext("E-mail")),
            choice(Channel.TEXT, lazy_gettext("Text message")),
            choice(Channel.PHONE, lazy_gettext("A call")),
            choice(Channel.VOICEMAIL, lazy_gettext("A voice message, if you do not answer")),
        ],
        validate_choice=False,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    no_invite = BooleanField(lazy_gettext("Leave my calendar out of it"))
    note = TextAreaField(lazy_gettext("Anything we should know to reach you?"))

    def __init__(self, *args: Any, region: str, **values: Any) -> None:
        super().__init__(*args, **values)
        self.region = region

    def validate_name(self, field: StringField) -> None:
        _said(lambda: clean_name(field.data or ""))

    def validate_email(self, field: StringField) -> None:
        _said(lambda: clean_email(field.data or ""))

    def validate_phone(self, field: StringField) -> None:
        _said(lambda: clean_phone(field.data or "", region=self.region))

    def validate_channels(self, field: SelectMultipleField) -> None:
        known = {value for value, *_ in field.iter_choices()}
        if not set(field.data or ()) & known or set(field.data or ()) - known:
            raise ValidationError(gettext("Tick at least one way to reach you"))

    def validate_note(self, field: TextAreaField) -> None:
        if len(field.data or "") > NOTE_LIMIT:
            raise ValidationError(gettext("Please shorten this to 500 characters"))

    @property
    def typed(self) -> dict[str, Any]:
        """Everything as typed, for keeping; see `actions.Typed`."""
        texts = {name: (self[name].data or "") for name in ("name", "email", "phone", "note")}
        return {
            **{name: text[:TYPED_LIMIT] for name, text in texts.items()},
            "channels": [
                value
                for value, *_ in self.channels.iter_choices()
                if value in (self.channels.data or ())
            ],
            "no_invite": bool(self.no_invite.data),
        }


class CheckForm(FlaskForm):  # type: ignore[misc]
    """The last step: the form's key. The line about age is a statement, not a question."""

    nonce = HiddenField()


class AddressForm(FlaskForm):  # type: ignore[misc]
    """A corrected e-mail address."""

    email = EmailField(lazy_gettext("The right e-mail address"))

    def validate_email(self, field: StringField) -> None:
        _said(lambda: clean_email(field.data or ""))


class DeclineForm(FlaskForm):  # type: ignore[misc]
    """Other times to offer instead of the one asked for; `choices` are values of slots."""

    times = SelectMultipleField(
        lazy_gettext("Other times to offer (up to three)"),
        choices=[],
        validate_choice=False,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )

    def validate_times(self, field: SelectMultipleField) -> None:
        chosen = set(field.data or ())
        if len(chosen) > TIMES_OFFERED:
            raise ValidationError(gettext("Choose three times at most"))
        if chosen - {value for value, *_ in field.iter_choices()}:
            raise ValidationError(
                gettext("One of these times is no longer free. Please choose from the new list")
            )


class RhythmForm(FlaskForm):  # type: ignore[misc]
    """A pattern of several visits. Sent by GET, so that every plan is an address."""

    class Meta:
        csrf = False  # looking changes nothing

    count = SelectField(lazy_gettext("How many visits"), coerce=int)
    every = SelectField(lazy_gettext("How often"), coerce=int)
    days = SelectMultipleField(
        lazy_gettext("On which days"),
        coerce=int,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    after = SelectField(lazy_gettext("Not before"))
    first = DateField(lazy_gettext("Starting from"), validators=[Optional()])

    def __init__(self, *args: Any, days: Choices, hours: Choices, **values: Any) -> None:
        super().__init__(*args, **values)
        self.count.choices = [
            choice(str(n), str(n)) for n in range(SHORTEST_SERIES, LONGEST_SERIES + 1)
        ]
        self.every.choices = [
            choice(str(n), ngettext("Every week", "Every %(num)s weeks", n)) for n in range(1, 5)
        ]
        self.days.choices = [choice(*each) for each in days]
        self.after.choices = [choice("", gettext("Any time")), *(choice(*each) for each in hours)]

    def validate_days(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(gettext("Tick at least one day"))

    @property
    def starts_after(self) -> time | None:
        """The earliest start on the clinic's clock, or None."""
        return time.fromisoformat(self.after.data) if self.after.data else None


class NewcomerForm(FlaskForm):  # type: ignore[misc]
    """Somebody the desk has no record of: name and telephone, an e-mail address if she has one."""

    name = StringField(lazy_gettext("Name"))
    phone = TelField(lazy_gettext("Phone number"))
    email = EmailField(lazy_gettext("E-mail address"))
    channels = SelectMultipleField(
        lazy_gettext("How is it safe to reach this patient?"),
        choices=[
            choice(Channel.EMAIL, lazy_gettext("E-mail")),
            choice(Channel.TEXT, lazy_gettext("Text message")),
            choice(Channel.PHONE, lazy_gettext("A call")),
            choice(Channel.VOICEMAIL, lazy_gettext("A voice message")),
        ],
        validate_choice=False,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )

    def __init__(self, *args: Any, region: str, **values: Any) -> None:
        super().__init__(*args, **values)
        self.region = region

    def validate_name(self, field: StringField) -> None:
        _said(lambda: clean_name(field.data or ""))

    def validate_phone(self, field: StringField) -> None:
        _said(lambda: clean_phone(field.data or "", region=self.region))

    def validate_email(self, field: StringField) -> None:
        if (field.data or "").strip():
            _said(lambda: clean_email(field.data or ""))

    def validate_channels(self, field: SelectMultipleField) -> None:
        ticked, known = set(field.data or ()), {value for value, *_ in field.iter_choices()}
        if not (self.email.data or "").strip():
            ticked -= {Channel.EMAIL}
            told = gettext("Without an e-mail address, tick a text message or a call")
        else:
            told = gettext("Tick at least one way to reach this patient")
        if not ticked & known or ticked - known:
            raise ValidationError(told)


class InvitesForm(FlaskForm):  # type: ignore[misc]
    """How much calendar entries may show, and by whose clock nothing is sent at night."""

    style = RadioField(
        lazy_gettext("What entries in a calendar say"),
        choices=[
            choice(InviteStyle.NEUTRAL, lazy_gettext("Only “Appointment”")),
            choice(InviteStyle.DETAILED, lazy_gettext("What is booked, and who it is with")),
            choice(InviteStyle.NONE, lazy_gettext("No entries by e-mail")),
        ],
        validators=[InputRequired(lazy_gettext("Choose what entries may say"))],
        validate_choice=True,
    )
    zone = SelectField(lazy_gettext("The clock to go by"))

    def offer_clocks(self, city: str) -> None:
        """Give the clocks to choose from; `city` names that of the place the visit is at."""
        there = gettext("That of the clinic, %(city)s", city=city)
        self.zone.choices = [("", there), *((zone, _place_of(zone)) for zone in zones())]


def _place_of(zone: str) -> str:
    """Return "Lisbon, Europe"."""
    return ", ".join(zone.replace("_", " ").split("/")[::-1])


class VideoForm(FlaskForm):  # type: ignore[misc]
    """Where one visit by video meets; empty is the practitioner's own address."""

    address = StringField(lazy_gettext("Address of this visit"))

    def validate_address(self, field: StringField) -> None:
        """Only what is encrypted on its way."""
        field.data = (field.data or "").strip()
        try:
            web_address(field.data)
        except ValueError as odd:
            raise ValidationError(
                gettext("Write the whole address, beginning with https://.")
            ) from odd
