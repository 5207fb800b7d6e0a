"""The calendar in other columns: rooms of a day, and days of a week. No database here."""

from collections.abc import Sequence
from datetime import date, datetime, time

from flask_babel import gettext as _

from booking.appointments.queries.board import Day
from booking.appointments.queries.rooms import RoomColumn
from booking.appointments.queries.week import Week
from booking.appointments.views.drawing import (
    Board,
    Drawn,
    blocks_of,
    bounds_of,
    hour_words,
    hours_of,
    now_row,
    plain_clock,
)
from booking.availability.rules import epoch_minute
from booking.core.assets import STEP_ROWS
from booking.core.intervals import Span
from booking.core.words import date_words

STEP = 5
HALF_A_DAY, HOUR = 12 * 60, 60
NINE_TO_FIVE = 9 * 60, 17 * 60


def draw_rooms(day: Day, rooms: Sequence[RoomColumn], *, now_minute: int) -> Board:
    """Lay a day out by room."""
    bounds, zone = bounds_of(day), day.zone.key
    return Board(
        hours=hours_of(bounds, zone),
        now_row=now_row(bounds, now_minute),
        now_words=plain_clock(now_minute, day.zone),
        columns=tuple(
            Drawn(
                column=room,
                name=room.room.name,
                line=day.places.get(room.room.location_id, ""),
                blocks=blocks_of(room, bounds, zone),
                add={"date": day.day, "place": room.room.location.public_id},
            )
            for room in rooms
        ),
    )


def draw_week(week: Week, *, today: date, now_minute: int) -> Board:
    """Lay a week out by day.

    Rows are wall-clock time, so that nine o'clock stands in one line on every day. On a day on
    which clocks change, what lies before the change stands an hour off its row; its words are
    right.
    """
    zone = week.zone
    bases = {day: _midnight(day, week) for day, _column in week.days}
    begin, end = _bounds(week, bases)
    first = bases[week.days[0][0]]
    current = bases.get(today, first)
    return Board(
        hours=hours_of((first + begin, first + end), zone.key),
        now_row=now_row((current + begin, current + end), now_minute),
        now_words=plain_clock(now_minute, zone),
        columns=tuple(
            Drawn(
                column=column,
                name=date_words(day, "EEE d"),
                line=_line(column.open, zone.key),
                blocks=blocks_of(column, (bases[day] + begin, bases[day] + end), zone.key),
                add={"date": day, "practitioner": column.practitioner.public_id},
                now=day == today,
                practitioner_id=column.practitioner.id,
            )
            for day, column in week.days
        ),
    )


def _midnight(day: date, week: Week) -> int:
    """The epoch minute from which the day's clock counts, by what it shows at noon."""
    return epoch_minute(datetime.combine(day, time(12), tzinfo=week.zone)) - HALF_A_DAY


def _bounds(week: Week, bases: dict[date, int]) -> Span:
    """Whole hours, as minutes of the day's clock, around everything that is on in the week."""
    spans = [
        (start - bases[day], end - bases[day])
        for day, column in week.days
        for start, end in [*column.open, *(visit.span for visit in column.visits)]
    ]
    begin, end = (
        (min(start for start, _ in spans), max(end for _, end in spans)) if spans else NINE_TO_FIVE
    )
    begin, end = begin - begin % HOUR, end + -end % HOUR
    return max(begin, end - STEP_ROWS * STEP), end


def _line(hours: Sequence[Span], zone: str) -> str:
    if not hours:
        return str(_("Not in"))
    start, end = hour_words(hours[0][0], zone), hour_words(hours[-1][1], zone)
    return str(_("%(start)s to %(end)s", start=start, end=end))
