"""What closes hours: time off, calendars kept elsewhere, and closed places."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CompoundSelect,
    Select,
    String,
    bindparam,
    cast,
    extract,
    literal,
    select,
    union_all,
)

from booking.availability.models import Closure, OutsideBusy, TimeOff
from booking.availability.rules import instant_of
from booking.core.db import UtcDateTime, session
from booking.core.intervals import Span, normalise

_Spans = dict[int, list[Span]]
_START = bindparam("start", type_=UtcDateTime)
_END = bindparam("end", type_=UtcDateTime)


class Closed(NamedTuple):
    """When practitioners (ids) are away or busy elsewhere, and locations (ids) closed.

    Epoch minutes that cover it, in normal form; whoever or whatever is not named has none.
    """

    off: _Spans
    elsewhere: _Spans
    places: _Spans

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Self:
        """Sort out rows of `closing_rows`."""
        found: dict[str, _Spans] = {kind: defaultdict(list) for kind in cls._fields}
        for kind, whose, first, last in rows:
            found[kind][whose].append((first // 60, -(-last // 60)))
        return cls(**{kind: _normal(spans) for kind, spans in found.items()})


def closing_rows(people: Any, places: Any) -> CompoundSelect[*tuple[Any, ...]]:
    """Select (field of `Closed`, whose, begin, end), in epoch seconds, between `start` and `end`.

    `people` and `places` are what practitioners' and locations' ids are to be in.
    """
    return union_all(
        _rows("off", TimeOff, TimeOff.practitioner_id, people).where(TimeOff.published),
        _rows("elsewhere", OutsideBusy, OutsideBusy.practitioner_id, people),
        _rows("places", Closure, Closure.location_id, places),
    )


def _rows(kind: str, table: Any, whose: Any, ids: Any) -> Select[*tuple[Any, ...]]:
    # Reckoned in the database, and whole seconds: nobody writes finer than minutes.
    begin, end = (
        cast(extract("epoch", instant), BigInteger) for instant in (table.starts_at, table.ends_at)
    )
    wanted = select(
        literal(kind, String).label("which"), whose.label("whose"), begin.label("a"), end.label("b")
    )
    return wanted.where(whose.in_(ids), table.ends_at > _START, table.starts_at < _END)


_PEOPLE: BindParameter[list[int]] = bindparam("people", expanding=True)
_PLACES: BindParameter[list[int]] = bindparam("places", expanding=True)
_CLOSED = closing_rows(_PEOPLE, _PLACES)


def closed(people: Collection[int], places: Collection[int], reach: Span) -> Closed:
    """Return what closes these practitioners' hours at these locations within `reach`."""
    asked = {
        "people": list(people),
        "places": list(places),
        "start": instant_of(reach[0]),
        "end": instant_of(reach[1]),
    }
    return Closed.of(tuple(row) for row in session().connection().execute(_CLOSED, asked))


def _normal(spans: _Spans) -> _Spans:
    return defaultdict(list, {key: normalise(each) for key, each in spans.items()})
