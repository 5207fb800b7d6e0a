"""Forms of a practitioner's hours and time off: syntax only; the rules judge what it means."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, FieldList, Form, FormField, HiddenField, StringField, TimeField
from wtforms.validators import Length, Optional, StopValidation

from booking.availability.rules.leave import Leave, LeaveRefused
from booking.availability.rules.weeks import Problem, Stretch

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_STRETCHES = 3


class ClockField(TimeField):
    """A time of day, "09:30" or "9.30"; an error keeps what was typed."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, format=["%H:%M", "%H.%M", "%H:%M:%S"], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [value.strip() for value in valuelist if value.strip()]
        try:
            super().process_formdata(written)
        except ValueError as unread:
            raise ValueError(_("Write the time like 09:30.")) from unread


class DayField(DateField):
    """A date; an error keeps what was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        written = [value.strip() for value in valuelist if value.strip()]
        try:
            super().process_formdata(written)
        except ValueError as unread:
            raise ValueError(_("Write the day like 2027-07-05.")) from unread


def needed(message: Any) -> Any:
    """A validator that stops with `message` when a field holds nothing that could be read."""

    def check(_form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(message)

    return check


class ShortList(FieldList):  # type: ignore[type-arg]
    """A list of few entries. A made-up field name that is no number is passed over, no error."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.type = "FieldList"  # as the form macros know it

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        named = re.compile(re.escape(prefix) + r"-([0-9]{1,3})(-|$)", re.ASCII)
        for name in formdata:
            if (found := named.match(name)) is not None:
                yield int(found[1])


class StretchForm(Form):
    """Open from, to. Both empty is no stretch; one alone is an error."""

    starts = ClockField(_l("from"), validators=[Optional()])
    ends = ClockField(_l("to"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        for field, other in ((self.starts, self.ends), (self.ends, self.starts)):
            if field.data is None and other.data is not None and not field.errors:
                field.errors = [_("Write both times, or leave both empty.")]
                sound = False
        return sound


class DayForm(Form):
    """One weekday: its stretches, in the order shown."""

    stretches = ShortList(FormField(StretchForm), min_entries=1, max_entries=MOST_STRETCHES)

    def written(self, weekday: int) -> list[tuple[Stretch, StretchForm]]:
        """The complete stretches, each with the form it was typed into."""
        return [
            (Stretch(weekday, entry.form.starts.data, entry.form.ends.data), entry.form)
            for entry in self.stretches
            if isinstance(entry.form.starts.data, time) and isinstance(entry.form.ends.data, time)
        ]


class WeekForm(FlaskForm):  # type: ignore[misc]
    """The weekly hours of one location, and the day from which they hold."""

    starts_on = DayField(
        _l("These hours hold from"), validators=[needed(_l("Choose the day they start."))]
    )
    monday = FormField(DayForm, label=_l("Monday"))
    tuesday = FormField(DayForm, label=_l("Tuesday"))
    wednesday = FormField(DayForm, label=_l("Wednesday"))
    thursday = FormField(DayForm, label=_l("Thursday"))
    friday = FormField(DayForm, label=_l("Friday"))
    saturday = FormField(DayForm, label=_l("Saturday"))
    sunday = FormField(DayForm, label=_l("Sunday"))

    @property
    def first_day(self) -> date:
        """The day from which the hours hold, after validation."""
        return cast(date, self.starts_on.data)

    @property
    def days(self) -> "list[FormField[DayForm]]":
        """The seven weekdays from Monday."""
        return [self[name] for name in DAY_NAMES]

    @property
    def week(self) -> list[Stretch]:
        """The week as written."""
        return [stretch for stretch, _form in self._written()]

    def add_stretch(self, day: str) -> None:
        """Show one more pair of empty fields for a weekday (its name), up to three."""
        if day in DAY_NAMES and len(self[day].stretches) < MOST_STRETCHES:
            self[day].stretches.append_entry()

    def blame(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside the stretch it is about."""
        written = self._written()
        for problem in problems:
            form = next(form for stretch, form in reversed(written) if stretch == problem.stretch)
            told = _(
                "%(day)s: %(problem)s",
                day=self.days[problem.stretch.weekday].label.text,
                problem=_(problem.message, **problem.values),
            )
            form.ends.errors = [*form.ends.errors, told]
        for day in self.days:  # a list of forms keeps its own copy of their errors
            stretches = day.form.stretches
            stretches.errors = [entry.errors for entry in stretches] if _any(stretches) else []

    def _written(self) -> list[tuple[Stretch, StretchForm]]:
        return [pair for weekday, day in enumerate(self.days) for pair in day.form.written(weekday)]


class TimeOffForm(FlaskForm):  # type: ignore[misc]
    """Days away, and times if only part of a day. `seen` is the visits she was shown."""

    first_day = DayField(
        _l("First day"), validators=[needed(_l("Choose the day your time off starts."))]
    )
    last_day = DayField(_l("Last day"), validators=[Optional()])
    starts = ClockField(_l("From"), validators=[Optional()])
    ends = ClockField(_l("Until"), validators=[Optional()])
    note = StringField(
        _l("Note for colleagues"),
        validators=[Length(max=80, message=_l("Please use at most 80 characters."))],
    )
    seen = HiddenField()

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


def week_data(stretches: Sequence[Stretch]) -> dict[str, Any]:
    """Stored stretches in the shape of WeekForm's data."""
    return {
        name: {
            "stretches": [
                {"starts": stretch.starts, "ends": stretch.ends}
                for stretch in stretches
                if stretch.weekday == weekday
            ]
        }
        for weekday, name in enumerate(DAY_NAMES)
    }


def _any(stretches: Iterable[Any]) -> bool:
    return any(entry.errors for entry in stretches)
