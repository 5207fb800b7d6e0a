"""The first week of somebody who treats, one stretch a day. Syntax only."""

from datetime import time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField
from wtforms.validators import Optional

from booking.availability.forms.fields import ClockField
from booking.availability.rules.weeks import Stretch
from booking.clinic.models import Location
from booking.core.choices import choice

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _clock(label: Any) -> ClockField:
    return ClockField(label, validators=[Optional()])


class FirstWeekForm(FlaskForm):  # type: ignore[misc]
    """From and to on each weekday; both empty is a day off."""

    place = SelectField(_l("Where"))
    monday_from, monday_to = _clock(_l("from")), _clock(_l("to"))
    tuesday_from, tuesday_to = _clock(_l("from")), _clock(_l("to"))
    wednesday_from, wednesday_to = _clock(_l("from")), _clock(_l("to"))
    thursday_from, thursday_to = _clock(_l("from")), _clock(_l("to"))
    friday_from, friday_to = _clock(_l("from")), _clock(_l("to"))
    saturday_from, saturday_to = _clock(_l("from")), _clock(_l("to"))
    sunday_from, sunday_to = _clock(_l("from")), _clock(_l("to"))

    def offer(self, places: list[Location]) -> None:
        """Say where somebody can work."""
        self.place.choices = [choice(str(each.public_id), each.name) for each in places]

    @property
    def days(self) -> list[tuple[Field, Field]]:
        """The fields of each day, Monday first."""
        return [(self[f"{day}_from"], self[f"{day}_to"]) for day in DAYS]

    @property
    def week(self) -> list[Stretch]:
        """What was written. Call after validating."""
        return [
            Stretch(weekday, starts.data, ends.data)
            for weekday, (starts, ends) in enumerate(self.days)
            if isinstance(starts.data, time) and isinstance(ends.data, time)
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        sound = bool(super().validate(extra_validators))
        for starts, ends in self.days:
            for field, other in ((starts, ends), (ends, starts)):
                if field.data is None and other.data is not None and not field.errors:
                    field.errors = [_("Write both times, or leave both empty.")]
                    sound = False
        if sound and not self.week:
            self.monday_from.errors = [_("Write at least one day.")]
            return False
        return sound

    def blame(self, weekday: int, message: str) -> None:
        """Say what is wrong with a day."""
        self.days[weekday][0].errors = [message]
