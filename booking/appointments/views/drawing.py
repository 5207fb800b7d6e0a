"""Where things stand on the day board: rows of five minutes, named by classes. No database here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext

from booking.appointments.queries.board import Column, Day, Strip
from booking.appointments.queries.listed import Listed
from booking.appointments.queries.plan import Away
from booking.appointments.rules import Status
from booking.availability.rules import instant_of
from booking.core.assets import STEP_ROWS
from booking.core.intervals import Span, intersect, normalise, subtract
from booking.core.words import clock_words

STEP = 5
LEAST_OUT = 15  # minutes of absence that a word fits into, or worth drawing at the day's ends
TWO_LINES = 8  # steps a block needs for a second line
NINE, FIVE = 9 * 60, 17 * 60

MOST_LANES = 6
SHADES = {
    Status.REQUESTED: "asked",
    Status.DECLINED: "missed",
    Status.EXPIRED: "missed",
    Status.BOOKED: "",
    Status.ARRIVED: "here",
    Status.IN_ROOM: "now",
    Status.DONE: "done",
    Status.NO_SHOW: "missed",
    Status.CANCELLED: "missed",
}


class Block(NamedTuple):
    """One thing in a column: `kind` is visit, rest, out or free; `at` and `until` epoch minutes.

    `row` and `steps` count five minutes from the board's first; `lane` is 0 for the whole width,
    or counts from 1 the `lanes` that visits sharing a time stand in; free time in a rest has the
    second half of its visit's width. `text` says what an absence
    is. A rest lies within its visit, in the same lane; `parts` are all of a visit's parts in turn,
    each with whether the practitioner is there.
    """

    kind: str
    at: int
    until: int
    row: int
    steps: int
    text: str = ""
    lane: int = 0
    lanes: int = 1
    visit: Listed | None = None
    parts: tuple[tuple[Span, bool], ...] = ()

    @property
    def place(self) -> str:
        """The classes that put it where it stands."""
        lane = f" lane-{self.lane} of-{self.lanes}" if self.lane else ""
        return f"r{self.row} s{self.steps}{lane}"

    @property
    def short(self) -> bool:
        """Whether there is room for one line only."""
        return self.steps < TWO_LINES


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A column: the heading's two lines and its blocks from first to last.

    `add` is what a visit added in a gap of it begins with; `now` says that it is about today.
    """

    column: Strip
    name: str
    line: str
    blocks: tuple[Block, ...]
    add: Mapping[str, object]
    now: bool = True
    practitioner_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Board:
    """A drawn day: hours as (row, words), and the row of the present, if it is on the board."""

    hours: tuple[tuple[int, str], ...]
    now_row: int | None
    now_words: str
    columns: tuple[Drawn, ...]


def _(text: str, **values: str) -> str:
    """Translate, and fill in what the sentence leaves open."""
    return str(gettext(text, **values))


def draw(day: Day, *, now_minute: int) -> Board:
    """Lay a day out."""
    bounds = bounds_of(day)
    zone = day.zone.key
    return Board(
        hours=hours_of(bounds, zone),
        now_row=now_row(bounds, now_minute),
        now_words=plain_clock(now_minute, day.zone),
        columns=tuple(
            Drawn(
                column=column,
                name=column.practitioner.name,
                line=_line(column, zone, day.places),
                blocks=blocks_of(column, bounds, zone),
                add={"date": day.day, "practitioner": column.practitioner.public_id},
                practitioner_id=column.practitioner.id,
            )
            for column in day.columns
        ),
    )


def hours_of(bounds: Span, zone: str) -> tuple[tuple[int, str], ...]:
    """Return the hours beside the columns, as (row, words)."""
    begin, end = bounds
    return tuple(((at - begin) // STEP, hour_words(at, zone)) for at in range(begin, end, 60))


def now_row(bounds: Span, now_minute: int) -> int | None:
    """Return the row of the present, or None where it is not between the bounds."""
    begin, end = bounds
    return (now_minute - begin) // STEP if begin <= now_minute < end else None


def hour_words(minute: int, zone: str) -> str:
    """Return a time of day without needless zeros: "9am", "5:30pm"."""
    return clock_words(instant_of(minute), zone).replace(":00", "")


def words_at(minute: int, zone: str) -> str:
    """Return an epoch minute as a time of day, "9:15am"."""
    return clock_words(instant_of(minute), zone)


def status_names() -> dict[Status, str]:
    """Return what each status is called."""
    return {
        Status.REQUESTED: _("asked for"),
        Status.DECLINED: _("declined"),
        Status.EXPIRED: _("not answered in time"),
        Status.BOOKED: _("booked"),
        Status.ARRIVED: _("arrived"),
        Status.IN_ROOM: _("in room"),
        Status.DONE: _("done"),
        Status.NO_SHOW: _("did not come"),
        Status.CANCELLED: _("cancelled"),
    }


def plain_clock(minute: int, zone: ZoneInfo) -> str:
    """Return a time of day without "am" or "pm", for the line of the present."""
    return clock_words(instant_of(minute), zone.key).rstrip("apm")


def bounds_of(day: Day) -> Span:
    """Return whole hours around everything that is on; nine to five on a day without anything."""
    spans = [span for column in day.columns for span in column.open]
    spans += [visit.span for column in day.columns for visit in column.visits]
    if not spans:
        return day.window[0] + NINE, day.window[0] + FIVE
    begin = min(start for start, _end in spans)
    end = max(end for _start, end in spans)
    begin -= instant_of(begin).astimezone(day.zone).minute
    end += -(end - begin) % 60
    return max(begin, end - STEP_ROWS * STEP), end


def day_line(column: Column, day: Day) -> str:
    """Return where she works on a day, and from when to when."""
    return _line(column, day.zone.key, day.places)


def _line(column: Column, zone: str, places: Mapping[int, str]) -> str:
    """Where she works today and from when to when."""
    rooms = list(dict.fromkeys(visit.room or _("By video") for visit in column.visits))
    words = [places[place] for place in column.places if place in places]
    words += rooms[:1] if len(rooms) == 1 else []
    if column.open:
        words.append(
            _(
                "%(start)s to %(end)s",
                start=hour_words(column.open[0][0], zone),
                end=hour_words(column.open[-1][1], zone),
            )
        )
    return ", ".join(words) or _("Not in")


def blocks_of(column: Strip, bounds: Span, zone: str) -> tuple[Block, ...]:
    """Return what stands in a column between `bounds` (epoch minutes), from first to last."""
    visits = [visit.span for visit in column.visits]
    taken = normalise(visits)
    found = [*_absences(column, bounds, taken, zone)]
    found += [
        _block("free", span, bounds)
        for span in subtract(intersect(list(column.free), [bounds]), taken)
    ]
    for visit, span, (lane, lanes) in zip(column.visits, visits, _lanes(visits), strict=True):
        rests = column.resting.get(visit.id, ())
        place = {"lane": lane, "lanes": lanes, "visit": visit}
        found.append(_block("visit", span, bounds, parts=_parts(span, rests), **place))
        found += [_block("rest", rest, bounds, **place) for rest in rests]
        if not lane:  # beside others there is no width left for it
            gaps = intersect(list(column.gaps), list(rests))
            found += [_block("free", gap, bounds, lane=2, lanes=2) for gap in gaps]
    return tuple(sorted(found, key=lambda block: (block.at, -block.until, block.lane)))


def _parts(whole: Span, rests: Sequence[Span]) -> tuple[tuple[Span, bool], ...]:
    """A visit's parts in turn, with whether the practitioner is there; none where she stays."""
    if not rests:
        return ()
    with_her = [(span, True) for span in subtract([whole], list(rests))]
    return tuple(sorted([*with_her, *((span, False) for span in rests)]))


def _absences(column: Strip, bounds: Span, taken: list[Span], zone: str) -> Iterator[Block]:
    """Time off within her hours by its note, and what lies outside her hours."""
    for away in column.away:
        for span in subtract(intersect([away.span], list(column.open)), taken):
            told = away.note or _("Away") if span[1] - span[0] >= LEAST_OUT else ""
            yield _block("out", span, bounds, text=told)
    gone = normalise(away.span for away in column.away)
    for span in subtract(subtract([bounds], list(column.open)), taken):
        if span[1] - span[0] >= LEAST_OUT:
            yield _block("out", span, bounds, text=_why_out(column, span, bounds, gone, zone))


def _why_out(column: Strip, span: Span, bounds: Span, gone: Sequence[Span], zone: str) -> str:
    if not column.open:
        return _away_note(column.away) if gone else _("Not in")
    if span[1] <= column.open[0][0]:
        return _("Not in until %(time)s", time=hour_words(column.open[0][0], zone))
    if span[0] >= column.open[-1][1]:
        return _("Not in after %(time)s", time=hour_words(column.open[-1][1], zone))
    return _("Not in until %(time)s", time=hour_words(span[1], zone))


def _away_note(away: Iterable[Away]) -> str:
    return next((each.note for each in away if each.note), _("Away"))


def _block(kind: str, span: Span, bounds: Span, **more: Any) -> Block:
    start, end = max(span[0], bounds[0]), min(span[1], bounds[1])
    row = (start - bounds[0]) // STEP
    steps = max(-(-(end - bounds[0]) // STEP) - row, 1)
    return Block(kind, span[0], span[1], row, steps, **more)


def _lanes(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Give each of the visits, sorted by start, its lane and how many lanes there are beside it.

    Visits that share a time, directly or through others, stand side by side; one that shares none
    has the whole width (lane 0 of 1).
    """
    found: list[tuple[int, int]] = []
    group: list[int] = []
    ends: list[int] = []  # of the last visit in each lane of the group
    for start, end in spans:
        if ends and start >= max(ends):
            found += _settled(group, len(ends))
            group, ends = [], []
        lane = next((nth for nth, last in enumerate(ends) if last <= start), len(ends))
        ends[lane : lane + 1] = [end]
        group.append(lane)
    return found + _settled(group, len(ends))


def _settled(group: Sequence[int], used: int) -> list[tuple[int, int]]:
    if used < 2:
        return [(0, 1) for _lane in group]
    lanes = next((each for each in (2, 3) if used <= each), MOST_LANES)
    return [(lane % lanes + 1, lanes) for lane in group]
