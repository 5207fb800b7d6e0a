"""How often a stretch of the week comes round: every week, or every so many from a week on."""

import re
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _
from wtforms import SelectField

from booking.availability.rules.weeks import RAREST, Stretch, week_of
from booking.core.choices import choice
from booking.core.words import date_words

OFFERED = 4
"""Up to every fourth week can be chosen; what is rarer is kept where it is stored."""


class Rhythm(NamedTuple):
    """Every so many weeks, counted from the Monday `week`; that is None for every week."""

    every: int = 1
    week: date | None = None

    @classmethod
    def of(cls, stretch: Stretch) -> "Rhythm":
        """The rhythm of a stretch."""
        return cls(stretch.every_n_weeks, stretch.anchor and week_of(stretch.anchor))

    def next(self, monday: date) -> "Rhythm":
        """The same rhythm, counted from the first of its weeks from `monday` on."""
        if self.week is None:
            return self
        late = (self.week - monday).days // 7 % self.every
        return Rhythm(self.every, monday + timedelta(weeks=late))

    @property
    def words(self) -> str:
        """How people say it."""
        if self.week is None:
            return str(_("every week"))
        then = self.week + timedelta(weeks=self.every)
        return str(
            _(
                "every %(n)s weeks: %(first)s, %(second)s …",
                n=self.every,
                first=date_words(self.week, "d MMM"),
                second=date_words(then, "d MMM"),
            )
        )

    def __str__(self) -> str:
        """As the field sends it: "1", or "2:2027-07-05"."""
        return "1" if self.week is None else f"{self.every}:{self.week.isoformat()}"


class RhythmField(SelectField):
    """A choice among rhythms; what cannot be read is an error, what is not offered is kept."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(
            label, choices=[], coerce=_read, validate_choice=False, default=Rhythm(), **more
        )
        self.data: Rhythm
        self.type = "SelectField"  # as the form macros know it

    def process_data(self, value: Any) -> None:
        self.data = value or Rhythm()

    def process_formdata(self, valuelist: list[str]) -> None:
        for value in valuelist[:1]:
            self.data = _read(value)

    @property
    def words(self) -> str:
        """How often, as people say it."""
        return (self.data or Rhythm()).words

    def offer(self, monday: date) -> None:
        """Let rhythms be chosen whose first week is `monday`'s or soon after, and the own one."""
        soon = [
            Rhythm(every, monday + timedelta(weeks=late))
            for every in range(2, OFFERED + 1)
            for late in range(every)
        ]
        self.data = (self.data or Rhythm()).next(monday)
        own = [] if self.data in soon or self.data.week is None else [self.data]
        self.choices = [choice(str(each), each.words) for each in (Rhythm(), *soon, *own)]


def _read(value: str) -> Rhythm:
    if value == "1":
        return Rhythm()
    found = re.fullmatch(r"([2-9]):(\d{4}-\d\d-\d\d)", value, re.ASCII)
    try:
        if found and 2 <= int(found[1]) <= RAREST:
            return Rhythm(int(found[1]), week_of(date.fromisoformat(found[2])))
    except (ValueError, OverflowError):
        pass
    raise ValueError(_("Choose how often from the list."))
