"""What closes hours: time off, calendars kept elsewhere, and closed places."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, String, bindparam, literal, select, union_all

from booking.availability.models import Closure, OutsideBusy, TimeOff
from booking.availability.rules import epoch_minute, epoch_minute_after, instant_of
from booking.core.db import UtcDateTime, session
from booking.core.intervals import Span, normalise

_Spans = dict[int, list[Span]]


class Closed(NamedTuple):
    """When practitioners (ids) are away or busy elsewhere, and locations (ids) closed.

    Epoch minutes that cover it, in normal form; whoever or whatever is not named has none.
    """

    off: _Spans
    elsewhere: _Spans
    places: _Spans


_PEOPLE: BindParameter[list[int]] = bindparam("people", expanding=True)
_PLACES: BindParameter[list[int]] = bindparam("places", expanding=True)
_START = bindparam("start", type_=UtcDateTime)
_END = bindparam("end", type_=UtcDateTime)


def _rows(kind: str, table: Any, whose: Any, ids: BindParameter[list[int]]) -> Any:
    return select(literal(kind, String), whose, table.starts_at, table.ends_at).where(
        whose.in_(ids), table.ends_at > _START, table.starts_at < _END
    )


_CLOSED = union_all(
    _rows("off", TimeOff, TimeOff.practitioner_id, _PEOPLE).where(TimeOff.published),
    _rows("elsewhere", OutsideBusy, OutsideBusy.practitioner_id, _PEOPLE),
    _rows("places", Closure, Closure.location_id, _PLACES),
)


def closed(people: Collection[int], places: Collection[int], reach: Span) -> Closed:
    """Return what closes these practitioners' hours at these locations within `reach`."""
    asked = {
        "people": list(people),
        "places": list(places),
        "start": instant_of(reach[0]),
        "end": instant_of(reach[1]),
    }
    found: dict[str, _Spans] = {kind: defaultdict(list) for kind in Closed._fields}
    for kind, whose, starts_at, ends_at in session().connection().execute(_CLOSED, asked):
        found[kind][whose].append((epoch_minute(starts_at), epoch_minute_after(ends_at)))
    return Closed(**{kind: _normal(spans) for kind, spans in found.items()})


def _normal(spans: _Spans) -> _Spans:
    return defaultdict(list, {key: normalise(each) for key, each in spans.items()})
