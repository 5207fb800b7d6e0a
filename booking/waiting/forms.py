"""Forms of the waiting list: syntax only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from booking.appointments.forms import AboutYouForm
from booking.appointments.rules import PartOfDay
from booking.clinic.models import Location, Practitioner
from booking.core.choices import choice

WEEKDAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
PARTS = {
    PartOfDay.MORNING: lazy_gettext("Mornings"),
    PartOfDay.AFTERNOON: lazy_gettext("Afternoons"),
    PartOfDay.EVENING: lazy_gettext("Evenings"),
}


class _Ticks(SelectMultipleField):
    widget = ListWidget()
    option_widget = CheckboxInput()


class WishForm(FlaskForm):  # type: ignore[misc]
    """When somebody could come. Nothing ticked means that all of it suits."""

    weekdays = _Ticks(
        lazy_gettext("Which days suit you?"),
        choices=[choice(str(number), name) for number, name in enumerate(WEEKDAYS)],
    )
    parts = _Ticks(
        lazy_gettext("Which times of day?"),
        choices=[choice(part, name) for part, name in PARTS.items()],
    )
    days = SelectField(
        lazy_gettext("For how long should we look?"),
        choices=[
            choice("", lazy_gettext("Until I tell you")),
            choice("7", lazy_gettext("One week")),
            choice("14", lazy_gettext("Two weeks")),
            choice("28", lazy_gettext("Four weeks")),
        ],
    )
    practitioner = SelectField(lazy_gettext("With"))
    location = SelectField(lazy_gettext("At"))

    def offer(self, staff: Sequence[Practitioner], places: Sequence[Location]) -> None:
        """Say with whom and where it can be; where there is no choice, nothing is asked."""
        self.practitioner.choices = [
            choice("", lazy_gettext("Anyone")),
            *(choice(str(one.public_id), one.name) for one in staff),
        ]
        self.location.choices = [
            choice("", lazy_gettext("Any of our places")),
            *(choice(str(place.public_id), place.outward_name) for place in places),
        ]
        if len(staff) < 2:
            del self.practitioner
        if len(places) < 2:
            del self.location

    def chosen(self, name: str) -> str:
        """The public id chosen in "practitioner" or "location"; empty for any."""
        return (self[name].data or "") if name in self else ""

    @property
    def told(self) -> dict[str, Any]:
        """What `actions.Wanted` takes, but for service, people and places."""
        return {
            "weekdays": [int(day) for day in self.weekdays.data or ()],
            "parts": list(self.parts.data or ()),
            "days": int(self.days.data) if self.days.data else None,
        }


class JoinForm(WishForm, AboutYouForm):
    """The same for somebody who is not known yet: who she is, too."""


class DeskForm(JoinForm):
    """The same as the desk fills it in, on the telephone: asked about somebody, not of her."""

    WORDS = {
        "name": lazy_gettext("Name"),
        "phone": lazy_gettext("Phone number"),
        "channels": lazy_gettext("How is it safe to reach this patient?"),
        "weekdays": lazy_gettext("Which days suit?"),
    }

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        for name, words in self.WORDS.items():
            self[name].label.text = words
