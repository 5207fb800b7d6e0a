"""The form of what is another with one practitioner than a service says. Empty is the same."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from booking.clinic.forms.fields import NO, YES, reads, text_field, whole_or_nothing
from booking.clinic.forms.services import (
    PartsForm,
    ServiceForm,
    amount,
    filled_parts,
)
from booking.clinic.models import ServicePractitioner
from booking.clinic.rules import OwnTermsPlan
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
    gap = _choice("gap")

    def plan(self, practitioner: str) -> OwnTermsPlan:
        """Return what was typed, for the one of this name. Call after validating."""
        values: dict[str, object] = {name: self[name].data or None for name in _WORDS}
        values |= {name: int(self[name].data) if self[name].data else None for name in NUMBERS}
        values["price_minor"] = v.price(self.price.data) if self.price.data else None
        values["new_patients"] = {YES: True, NO: False}.get(self.new_patients.data)
        return OwnTermsPlan(practitioner=practitioner, values=values, segments=self.segments)


def filled_from_own(row: ServicePractitioner) -> dict[str, str]:
    """Return the form's values of what is stored."""
    told = {name: _told(getattr(row, name)) for name in (*_WORDS, *NUMBERS)}
    told["price"] = "" if row.price_minor is None else amount(row.price_minor)
    told["new_patients"] = {True: YES, False: NO, None: ""}[row.new_patients]
    return told | filled_parts(row.segments)


def _told(value: object) -> str:
    return "" if value is None else str(value)
