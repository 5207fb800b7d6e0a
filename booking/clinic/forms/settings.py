"""The clinic's settings: one form for each thing an owner thinks of at one time."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from booking.clinic.forms.fields import TicksField, discreet, reads, text_field, whole
from booking.clinic.models import Organisation
from booking.clinic.rules import values as v
from booking.clinic.rules.keys import CLINIC, CLOCK
from booking.core.choices import choice
from booking.core.languages import NAMES

_SHORT = _l("Enter a short text on one line.")
_CLOCK = _l("Write the time like 09:30.")
_CLOCK_OR_NOTHING = _l("Write the time like 09:30, or leave it empty.")


def _needed(label: Any, *checks: Any) -> Any:
    return text_field(label, reads(v.text, _SHORT), *checks)


def _maybe(label: Any, *checks: Any) -> Any:
    return text_field(label, reads(v.words, _SHORT), *checks)


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """A form whose fields are columns of the clinic, each read as in the clinic's file."""

    def columns(self) -> dict[str, object]:
        """Return what was typed, by column, as it is stored. Call after validating."""
        return {
            each.name: self.stored(each.name, each.data)
            for each in self
            if each.name != "csrf_token"
        }

    def stored(self, name: str, typed: Any) -> object:
        """Return one value as it is stored."""
        if isinstance(typed, list):
            return " ".join(typed)
        if issubclass(getattr(Organisation, name).type.python_type, int):
            return int(typed)
        return typed


class ClinicForm(SettingsForm):
    """What the clinic is called, inside and outside, and how it is reached."""

    name = _needed(_l("The clinic's own name"))
    outward_name = _needed(_l("Name for the outside"), discreet)
    sender_name = _needed(_l("Name that messages come from"), discreet)
    sender_address = text_field(
        _l("Address that messages come from"),
        reads(v.email, _l("Enter one e-mail address, like name@example.com.")),
    )
    phone = _needed(_l("Telephone"))
    phone_hours = _needed(_l("When somebody answers"))
    currency = text_field(
        _l("Currency"), reads(CLINIC["currency"].read, _l("Write three letters, like GBP."))
    )
    locale = SelectField(
        _l("Language and spelling"),
        choices=[choice(locale, name) for locale, name in NAMES.items()],
    )
    other_locales = TicksField(
        _l("Languages offered besides"),
        choices=[choice(locale, name) for locale, name in NAMES.items()],
    )
    leave_url = text_field(
        _l("Where “Leave this page” leads"),
        reads(v.web_address, _l("Write the whole address, beginning with https://.")),
    )


class BeginForm(SettingsForm):
    """The least that a clinic needs to be there; its country suggests the rest."""

    name = _needed(_l("The clinic's own name"))
    outward_name = _needed(_l("Name for the outside"), discreet)
    sender_name = _needed(_l("Name that messages come from"), discreet)
    sender_address = text_field(
        _l("Address that messages come from"),
        reads(v.email, _l("Enter one e-mail address, like name@example.com.")),
    )
    phone = _needed(_l("Telephone"))
    phone_hours = _needed(_l("When somebody answers"))
    region = text_field(
        _l("Country, as two letters"),
        reads(CLINIC["region"].read, _l("Write two capital letters, like GB or US.")),
    )


class HelpForm(SettingsForm):
    """Whom to call in need, and who watches answers that cannot wait."""

    emergency_number = _needed(_l("Emergency number"))
    emergency_department = _needed(_l("Where to go in an emergency"))
    urgent_advice_line = _needed(_l("Who gives advice the same day"))
    early_pregnancy_unit = _needed(_l("Early-pregnancy unit"))
    crisis_text = _needed(_l("What somebody in a crisis can do"))
    watched_by = _maybe(_l("Who watches answers that cannot wait"))
    watched_when = _maybe(_l("When they watch"))
    urgent_email = text_field(
        _l("Who is told at once, by e-mail"),
        reads(v.email_or_nothing, _l("Enter one e-mail address, or leave it empty.")),
    )


class CareForm(SettingsForm):
    """What reception may open, who books alone and how long that is kept, what is done here."""

    reception_view = SelectField(
        _l("How much of a form reception may open"),
        choices=[
            choice("tasks", _l("Only what there is to do")),
            choice("standard", _l("What is needed to prepare the visit")),
            choice("full", _l("Everything")),
        ],
    )
    minimum_age = text_field(
        _l("Age from which somebody may book online"),
        reads(whole(CLINIC["minimum_age"].read), _l("Write a whole number from 0 to 120.")),
    )
    young_kept_to_age = text_field(
        _l("Birthday to which records of under-18s are kept"),
        reads(whole(CLINIC["young_kept_to_age"].read), _l("Write a whole number from 0 to 60.")),
    )
    techniques = TicksField(
        _l("What is done here besides needles"),
        choices=[
            choice("electroacupuncture", _l("Electroacupuncture")),
            choice("moxa", _l("Moxa")),
            choice("cupping", _l("Cupping")),
        ],
    )
    permissions = TicksField(
        _l("What patients are asked to permit"),
        choices=[
            choice("partner", _l("Talk with a partner")),
            choice("photos", _l("Photos for the record")),
            choice("research", _l("Research")),
            choice("news", _l("News of the clinic")),
        ],
    )


class RemindersForm(SettingsForm):
    """When reminders leave, and when none does."""

    reminder_hours = text_field(
        _l("Hours before the visit for the first reminder"),
        reads(whole(CLINIC["reminder_hours"].read), _l("Write a whole number from 0 to 336.")),
    )
    reminder_morning = text_field(
        _l("Reminder on the day itself"), reads(CLINIC["reminder_morning"].read, _CLOCK_OR_NOTHING)
    )
    check_at = text_field(
        _l("Check of the form on the day before"),
        reads(CLINIC["check_at"].read, _CLOCK_OR_NOTHING),
    )
    check_days = text_field(
        _l("Days after which a form is old"),
        reads(whole(CLINIC["check_days"].read), _l("Write a whole number from 1 to 90.")),
    )
    quiet_from = text_field(_l("No reminder from"), reads(v.pattern(CLOCK, ""), _CLOCK))
    quiet_until = text_field(_l("Until"), reads(v.pattern(CLOCK, ""), _CLOCK))
