"""Forms of time off and of closures."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from booking.availability.forms.fields import ClockField, DayField, needed
from booking.availability.rules.leave import Leave, LeaveRefused
from booking.core.choices import choice

_LONGEST = Length(max=80, message=_l("Please use at most 80 characters."))


class DaysForm(FlaskForm):  # type: ignore[misc]
    """Days, and times if only part of a day."""

    first_day = DayField(_l("First day"), validators=[needed(_l("Choose the first day."))])
    last_day = DayField(_l("Last day"), validators=[Optional()])
    starts = ClockField(_l("From"), validators=[Optional()])
    ends = ClockField(_l("Until"), validators=[Optional()])

    @property
    def leave(self) -> Leave:
        """What was written; a last day left empty is the first."""
        first_day = cast(date, self.first_day.data)  # validation has seen to it
        return Leave(
            first_day=first_day,
            last_day=self.last_day.data or first_day,
            starts=self.starts.data,
            ends=self.ends.data,
        )

    def blame(self, refused: LeaveRefused) -> None:
        """Put the rule's answer beside the field it is about."""
        field = self[refused.field]
        field.errors = [*field.errors, _(refused.message)]


class TimeOffForm(DaysForm):
    """A practitioner's days away."""

    note = StringField(_l("Note for colleagues"), validators=[_LONGEST])


class NewTimeOffForm(TimeOffForm):
    """Days away, perhaps the same again each week for a while."""

    repeat_until = DayField(_l("Repeat every week until"), validators=[Optional()])


class PlacesField(SelectMultipleField):
    """Locations by their public ids, as ticks."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not offered, and nothing at all."""
        if not self.data or set(self.data) - self.known:
            raise StopValidation(_("Choose at least one location."))

    def offer(self, places: Any) -> None:
        """Let these locations be chosen from."""
        self.choices = [choice(str(each.public_id), each.name) for each in places]
        self.known = {str(each.public_id) for each in places}

    @property
    def ids(self) -> list[UUID]:
        """The public ids chosen, after validation."""
        return [UUID(value) for value in self.data or []]


class ClosureForm(DaysForm):
    """When which locations are closed, and what that is called inside."""

    name = StringField(
        _l("Name"), validators=[InputRequired(_l("Write what it is, for colleagues.")), _LONGEST]
    )
    places = PlacesField(_l("Closed at"))


def leave_data(leave: Leave) -> dict[str, Any]:
    """A stretch of leave in the shape of DaysForm's data."""
    return {
        "first_day": leave.first_day,
        "last_day": leave.last_day if leave.last_day != leave.first_day else None,
        "starts": leave.starts,
        "ends": leave.ends,
    }
