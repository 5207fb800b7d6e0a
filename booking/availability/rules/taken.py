"""What is taken of one practitioner, room or patient, and what follows for starts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from booking.availability.rules.grid import Axis, Bits, fitting, meeting
from booking.core.intervals import Span, normalise
from booking.occupancy.rules import Stretch

_Key = TypeVar("_Key")
_NEVER = datetime.max.replace(tzinfo=UTC)


class Taken:
    """One resource's taken time, unchanging; remembers the starts it rules out.

    Made once for what the database holds and asked for many pages, so that the arithmetic over
    every stretch is done once for each kind of visit.
    """

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        self.stretches: Sequence[Stretch] = tuple(stretches)
        self._known: dict[tuple[Axis, Span], Bits] = {}

    @classmethod
    def of_spans(cls, spans: Iterable[Span]) -> "Taken":
        """Time taken by nobody in particular, for good."""
        return cls(Stretch(start, end) for start, end in spans)

    @cached_property
    def spans(self) -> list[Span]:
        """The minutes taken, in the normal form of `core.intervals`."""
        return normalise((each.start, each.end) for each in self.stretches)

    @cached_property
    def visits(self) -> list[Stretch]:
        """One stretch for each visit or hold, the last of it, by when the visit begins."""
        each = {(s.appointment_id, s.hold_id): s for s in self.stretches if s.is_of_visit}
        return sorted(each.values(), key=lambda stretch: stretch.begins)

    @cached_property
    def begun(self) -> list[int]:
        """When each of `visits` begins."""
        return [visit.begins for visit in self.visits]

    def blocked(self, axis: Axis, part: Span) -> Bits:
        """The starts at which `part` (minutes from the start) meets what is taken."""
        key = (axis, part)
        if (found := self._known.get(key)) is None:
            found = _remember(self._known, key, meeting(axis, self.spans, part))
        return found

    def as_of(
        self,
        now: datetime,
        *,
        but_appointment_id: int | None = None,
        but_hold_id: int | None = None,
    ) -> "Taken":
        """What is taken at `now`, without what has ended by itself and without those named."""
        named = {(but_appointment_id, None), (None, but_hold_id)} - {(None, None)}
        if self._first_to_end > now and named.isdisjoint(self._owners):
            return self
        return Taken(
            stretch
            for stretch in self.stretches
            if (stretch.expires_at is None or stretch.expires_at > now)
            and (stretch.appointment_id, stretch.hold_id) not in named
        )

    @cached_property
    def _first_to_end(self) -> datetime:
        ends = (each.expires_at for each in self.stretches if each.expires_at is not None)
        return min(ends, default=_NEVER)

    @cached_property
    def _owners(self) -> frozenset[tuple[int | None, int | None]]:
        return frozenset((each.appointment_id, each.hold_id) for each in self.stretches)


class OpenSpans(list[Span]):
    """Open time in normal form, unchanging; remembers the starts that fit into it."""

    def __init__(self, spans: Iterable[Span]) -> None:
        super().__init__(spans)
        self._known: dict[tuple[Axis, int], Bits] = {}

    def __hash__(self) -> int:  # type: ignore[override]  # unlike other lists it never changes
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self))

    def starts(self, axis: Axis, length: int) -> Bits:
        """The starts of visits of `length` minutes within one stretch of open time."""
        key = (axis, length)
        if (found := self._known.get(key)) is None:
            found = _remember(self._known, key, fitting(axis, self, length))
        return found


_REMEMBERED = 32  # kinds of visit and days looked from; then all is worked out anew


def _remember(known: dict[_Key, Bits], key: _Key, bits: Bits) -> Bits:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = bits
    return bits


NOTHING_TAKEN = Taken(())
