"""The form of what is another with one practitioner than a service says. Empty is the same."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import ValidationError

from booking.clinic.forms.fields import NO, YES, TicksField, reads, text_field, whole_or_nothing
from booking.clinic.forms.services import (
    PartsForm,
    ServiceForm,
    amount,
    filled_parts,
)
from booking.clinic.models import ServicePractitioner
from booking.clinic.rules import NO_LIMIT, OwnTermsPlan
from booking.clinic.rules import values as v
from booking.clinic.rules.keys import OWN_VALUES
from booking.clinic.rules.values import Reader
from booking.core.choices import choice

_WORDS = ("mode", "gap")
NUMBERS = (
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "move_window_minutes",
    "cancel_window_minutes",
    "daily_cap",
    "weekly_cap",
)
CAPS = {"daily_cap": _l("On a day"), "weekly_cap": _l("From Monday to Sunday")}
SAME = choice("", _l("As with everybody"))


def _or_nothing(reader: Reader) -> Reader:
    return lambda value: reader(value) if value else None


def _number(name: str) -> Any:
    message = _l("Write a whole number that is possible here, or leave it empty.")
    return text_field(_label(name), reads(whole_or_nothing(OWN_VALUES[name].read), message))


def _label(name: str) -> Any:
    return getattr(ServiceForm, name).args[0]


def _choice(name: str) -> SelectField:
    return SelectField(_label(name), choices=[SAME, *getattr(ServiceForm, name).kwargs["choices"]])


class OwnTermsForm(PartsForm):
    """What is another with one practitioner: the fields of a service that may be."""

    price = text_field(
        _label("price"),
        reads(_or_nothing(v.price), _l("Write an amount, like 62 or 62.50, or leave it empty.")),
    )
    mode = _choice("mode")
    new_patients = _choice("new_patients")
    minimum_notice_minutes = _number("minimum_notice_minutes")
    horizon_days = _number("horizon_days")
    grid_minutes = _number("grid_minutes")
    move_window_minutes = _number("move_window_minutes")
    cancel_window_minutes = _number("cancel_window_minutes")
    daily_cap = _number("daily_cap")
    weekly_cap = _number("weekly_cap")
    unlimited = TicksField(
        _l("Without a limit, whatever the service has"),
        choices=[choice(name, words) for name, words in CAPS.items()],
    )
    gap = _choice("gap")

    def validate_unlimited(self, field: TicksField) -> None:
        if any(self[name].data for name in field.data or ()):
            raise ValidationError(_("Write a number above or tick it here, not both."))

    def plan(self, practitioner: str) -> OwnTermsPlan:
        """Return what was typed, for the one of this name. Call after validating."""
        values: dict[str, object] = {name: self[name].data or None for name in _WORDS}
        values |= {name: int(self[name].data) if self[name].data else None for name in NUMBERS}
        values |= dict.fromkeys(self.unlimited.data or (), NO_LIMIT)
        values["price_minor"] = v.price(self.price.data) if self.price.data else None
        values["new_patients"] = {YES: True, NO: False}.get(self.new_patients.data)
        return OwnTermsPlan(practitioner=practitioner, values=values, segments=self.segments)


def filled_from_own(row: ServicePractitioner) -> dict[str, Any]:
    """Return the form's values of what is stored."""
    told = {name: _told(getattr(row, name)) for name in (*_WORDS, *NUMBERS)}
    unlimited = [name for name in CAPS if getattr(row, name) == NO_LIMIT]
    told |= dict.fromkeys(unlimited, "")
    told["price"] = "" if row.price_minor is None else amount(row.price_minor)
    told["new_patients"] = {True: YES, False: NO, None: ""}[row.new_patients]
    return {**told, "unlimited": unlimited, **filled_parts(row.segments)}


def _told(value: object) -> str:
    return "" if value is None else str(value)
