"""The form of a week: syntax only; the rules judge what it means."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from booking.availability.forms.fields import ClockField, DayField, needed
from booking.availability.forms.rhythm import Rhythm, RhythmField
from booking.availability.rules.weeks import Problem, Stretch, week_of
from booking.core.choices import choice

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_STRETCHES = 3


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
    rhythm = RhythmField(_l("how often"))

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
            (
                Stretch(
                    weekday,
                    entry.form.starts.data,
                    entry.form.ends.data,
                    entry.form.rhythm.data.every,
                    entry.form.rhythm.data.week,
                ),
                entry.form,
            )
            for entry in self.stretches
            if isinstance(entry.form.starts.data, time) and isinstance(entry.form.ends.data, time)
        ]

    def take_over(self, other: "DayForm") -> None:
        """Show what stands in another day instead."""
        while len(self.stretches):
            self.stretches.pop_entry()
        for entry in other.stretches:
            self.stretches.append_entry(entry.data)


class WeekForm(FlaskForm):  # type: ignore[misc]
    """The weekly hours of one location, and the days from which and until which they hold.

    `draft` is the first day of the draft that is being written on, if one is.
    """

    draft = HiddenField()
    starts_on = DayField(
        _l("These hours hold from"), validators=[needed(_l("Choose the day they start."))]
    )
    ends_on = DayField(_l("until"), validators=[Optional()])
    monday = FormField(DayForm, label=_l("Monday"))
    tuesday = FormField(DayForm, label=_l("Tuesday"))
    wednesday = FormField(DayForm, label=_l("Wednesday"))
    thursday = FormField(DayForm, label=_l("Thursday"))
    friday = FormField(DayForm, label=_l("Friday"))
    saturday = FormField(DayForm, label=_l("Saturday"))
    sunday = FormField(DayForm, label=_l("Sunday"))
    copy_from = SelectField(_l("Copy"), validate_choice=False)
    copy_to = SelectMultipleField(
        _l("to"),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, *args: Any, today: date, **more: Any) -> None:
        super().__init__(*args, **more)
        self._monday = week_of(today)
        days = [choice(name, self[name].label.text) for name in DAY_NAMES]
        self.copy_from.choices = self.copy_to.choices = days
        self._offer_rhythms()

    @property
    def first_day(self) -> date:
        """The day from which the hours hold, after validation."""
        return cast(date, self.starts_on.data)

    @property
    def last_day(self) -> date | None:
        """The last day on which they hold, or None, after validation."""
        return self.ends_on.data

    @property
    def written_from(self) -> date | None:
        """The first day of the draft these hours were written from, or None."""
        try:
            return date.fromisoformat(self.draft.data or "")
        except ValueError:
            return None

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
            self._offer_rhythms()

    def copy_day(self) -> None:
        """Let the days ticked show what the chosen one does; nothing is kept by that."""
        if self.copy_from.data in DAY_NAMES:
            for name in set(self.copy_to.data or ()) & set(DAY_NAMES) - {self.copy_from.data}:
                self[name].form.take_over(self[self.copy_from.data].form)
        self.copy_to.data = []
        self._offer_rhythms()

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

    def _offer_rhythms(self) -> None:
        for day in self.days:
            for entry in day.form.stretches:
                entry.form.rhythm.offer(self._monday)

    def _written(self) -> list[tuple[Stretch, StretchForm]]:
        return [pair for weekday, day in enumerate(self.days) for pair in day.form.written(weekday)]


def week_data(stretches: Sequence[Stretch]) -> dict[str, Any]:
    """Stored stretches in the shape of WeekForm's data."""
    return {
        name: {
            "stretches": [
                {"starts": stretch.starts, "ends": stretch.ends, "rhythm": Rhythm.of(stretch)}
                for stretch in stretches
                if stretch.weekday == weekday
            ]
        }
        for weekday, name in enumerate(DAY_NAMES)
    }


def _any(stretches: Iterable[Any]) -> bool:
    return any(entry.errors for entry in stretches)
