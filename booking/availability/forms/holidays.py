"""Lists of public holidays, as calendars (.ics) or tables (.csv): read, shown, chosen from."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from booking.availability.forms.leave import PlacesField
from booking.availability.forms.uploads import (
    NotUnderstood,
    Unreadable,
    UploadForm,
    at_most,
    components,
    plain,
)
from booking.availability.rules.leave import FURTHEST, Leave
from booking.core.choices import choice
from booking.core.words import long_day_words

LONGEST_HOLIDAY = timedelta(days=31)
MOST_DAYS = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Holiday:
    """A run of whole days with a name."""

    first_day: date
    last_day: date
    name: str

    @property
    def leave(self) -> Leave:
        """The same as days to be closed."""
        return Leave(first_day=self.first_day, last_day=self.last_day)

    @property
    def key(self) -> str:
        """What stands for it in a form."""
        return f"{self.first_day.isoformat()}/{self.last_day.isoformat()}"


@dataclass(frozen=True)
class HolidayList:
    """What a file says: the holidays still to come, sorted, and what could not be used."""

    holidays: tuple[Holiday, ...]
    passed_over: tuple[NotUnderstood, ...]


class HolidaysForm(UploadForm):
    """A list of holidays, the days of it to close, and where. Read it with `look`."""

    days = SelectMultipleField(
        _l("Days to close"),
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    places = PlacesField(_l("Closed at"))

    def look(self, *, today: date) -> HolidayList:
        """What the file says, with its days as choices. Raises Unreadable."""
        found = read_holidays(self.text, today=today)
        self.source.data = self.text
        self.days.choices = [choice(each.key, _said(each)) for each in found.holidays]
        return found

    def chosen(self, known: HolidayList) -> list[Holiday]:
        """The holidays ticked."""
        return [each for each in known.holidays if each.key in set(self.days.data or ())]


def _said(holiday: Holiday) -> str:
    days = long_day_words(holiday.first_day)
    if holiday.last_day != holiday.first_day:
        last = long_day_words(holiday.last_day)
        days = _("%(first)s to %(last)s", first=days, last=last)
    return f"{days}: {holiday.name}"


def read_holidays(text: str, *, today: date) -> HolidayList:
    """What a calendar or a table says of days from `today` on. Raises Unreadable."""
    is_calendar = text.lstrip().upper().startswith("BEGIN:VCALENDAR")
    found: list[Holiday] = []
    passed: list[NotUnderstood] = []
    for each in _from_calendar(text) if is_calendar else _from_table(text):
        if isinstance(each, NotUnderstood):
            passed.append(each)
        elif each.last_day >= today:
            problem = _problem(each, today)
            if problem is None:
                found.append(each)
            else:
                passed.append(problem)
    if len(found) > MOST_DAYS:
        raise Unreadable(_("This file has too many days. It may have up to 200."))
    kept = {each.key: each for each in sorted(found, reverse=True)}
    return HolidayList(tuple(sorted(kept.values())), tuple(at_most(passed)))


def _problem(holiday: Holiday, today: date) -> NotUnderstood | None:
    if holiday.last_day > today + FURTHEST:
        return NotUnderstood(holiday.name, _("is more than three years ahead"))
    if holiday.last_day - holiday.first_day > LONGEST_HOLIDAY:
        return NotUnderstood(holiday.name, _("is longer than a month"))
    return None


def _from_calendar(text: str) -> Iterator[Holiday | NotUnderstood]:
    for number, part in enumerate(components(text), 1):
        if part.name != "VEVENT":
            continue
        name = plain(part.get("SUMMARY")) or _("Entry %(n)s", n=number)
        try:
            first = part.decoded("DTSTART")
            last = part.decoded("DTEND", first + _DAY if isinstance(first, date) else None)
        except Exception:  # noqa: BLE001, RUF100 - whatever icalendar makes of a broken value
            yield NotUnderstood(name, _("has no date that could be read"))
            continue
        yield _whole_days(name, first, last, repeats="RRULE" in part)


def _whole_days(name: str, first: Any, last: Any, *, repeats: bool) -> Holiday | NotUnderstood:
    if repeats:
        return NotUnderstood(name, _("repeats by a rule; only single dates can be taken"))
    if isinstance(first, datetime) or isinstance(last, datetime):
        return NotUnderstood(name, _("has times; only whole days can be taken"))
    if not isinstance(first, date) or not isinstance(last, date):
        return NotUnderstood(name, _("has no date that could be read"))
    return Holiday(first, max(first, last - _DAY), name)


def _from_table(text: str) -> Iterator[Holiday | NotUnderstood]:
    """Lines of a date and a name; a first line without a date is a heading."""
    separator = ";" if text.count(";") > text.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        raise Unreadable(_("This is neither a calendar nor a table of dates and names.")) from None
    if len(lines) > 5 * MOST_DAYS:
        raise Unreadable(_("This file has too many lines. It may have up to 1,000."))
    for number, line in enumerate(lines, 1):
        cells = [plain(cell) for cell in line]
        if not any(cells):
            continue
        where = _("Line %(n)s", n=number)
        try:
            day = date.fromisoformat(cells[0])
        except ValueError:
            if number > 1:
                yield NotUnderstood(where, _("does not begin with a date like 2027-12-25"))
            continue
        name = cells[1] if len(cells) > 1 else ""
        yield Holiday(day, day, name) if name else NotUnderstood(where, _("has no name"))
