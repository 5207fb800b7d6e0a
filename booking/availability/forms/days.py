"""Forms of single days: hours added or taken away, and a week copied to another."""

from datetime import date
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import AnyOf, Optional

from booking.availability.forms.fields import ClockField, DayField, needed
from booking.availability.rules.days import Change, DayRefused, Different
from booking.core.choices import choice


class _Blamed(FlaskForm):  # type: ignore[misc]
    def blame(self, refused: DayRefused) -> None:
        """Put the rule's answer beside the field it is about, or the first one."""
        field = self[refused.field] if refused.field in self else next(iter(self))
        field.errors = [*field.errors, _(refused.message)]


class DifferentDayForm(_Blamed):
    """What is different on one day."""

    day = DayField(_l("Day"), validators=[needed(_l("Choose the day."))])
    change = RadioField(
        _l("On that day"),
        choices=[
            choice(Change.ADDS.value, _l("I work more hours")),
            choice(Change.REMOVES.value, _l("I work fewer hours")),
        ],
        validate_choice=False,
        validators=[AnyOf(list(Change), message=_l("Choose one."))],
    )
    starts = ClockField(_l("From"), validators=[Optional()])
    ends = ClockField(_l("Until"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        for field, other in ((self.starts, self.ends), (self.ends, self.starts)):
            if field.data is None and other.data is not None and not field.errors:
                field.errors = [_("Write both times, or leave both empty.")]
                sound = False
        return cast(bool, sound)

    @property
    def different(self) -> Different:
        """What was written, after validation."""
        return Different(
            cast(date, self.day.data), Change(self.change.data), self.starts.data, self.ends.data
        )


class CopyWeekForm(_Blamed):
    """The week that holds one day is to be like the week that holds another."""

    of = DayField(
        _l("The week with this day"), validators=[needed(_l("Choose a day of the week to copy."))]
    )
    to = DayField(
        _l("also in the week with this day"), validators=[needed(_l("Choose a day of that week."))]
    )

    @property
    def days(self) -> tuple[date, date]:
        """A day of the week to copy and one of the week to change, after validation."""
        return cast(date, self.of.data), cast(date, self.to.data)
