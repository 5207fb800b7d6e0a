"""Who is next, here, late: how a day's visits stand at an instant. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from booking.appointments.rules import Status


class OnTheDay(Protocol):
    """A visit of the day, as far as these rules look at it."""

    @property
    def starts_at(self) -> datetime:
        """When it begins; aware."""

    @property
    def ends_at(self) -> datetime:
        """When it ends."""

    @property
    def status(self) -> Status:
        """Where it stands."""


Visit = TypeVar("Visit", bound=OnTheDay)


@dataclass(frozen=True, kw_only=True)
class Standing(Generic[Visit]):
    """A day's visits by what they ask for, each in order of time.

    `late` have begun without anybody; `here` wait in the clinic; `in_room` are going on; `ahead`
    are still to come.
    """

    late: Sequence[Visit]
    here: Sequence[Visit]
    in_room: Sequence[Visit]
    ahead: Sequence[Visit]
    over: Sequence[Visit]


def standing(visits: Iterable[Visit], *, now: datetime) -> Standing[Visit]:
    """Sort a day's visits by what they ask for at `now`; a request asks nothing."""
    found: dict[str, list[Visit]] = {"late": [], "here": [], "in_room": [], "ahead": [], "over": []}
    for visit in sorted(visits, key=lambda each: each.starts_at):
        found[_place(visit, now)].append(visit)
    return Standing(**found)


def _place(visit: OnTheDay, now: datetime) -> str:
    match visit.status:
        case Status.ARRIVED:
            return "here"
        case Status.IN_ROOM:
            return "in_room"
        case Status.BOOKED:
            return "late" if visit.starts_at < now else "ahead"
        case _:
            return "over"


def gap_before(visit: OnTheDay, others: Iterable[OnTheDay], *, now: datetime) -> timedelta:
    """Return how long it is until `visit` begins, from now or from the end of the one before."""
    ends = (other.ends_at for other in others if other.starts_at < visit.starts_at)
    return max(visit.starts_at - max([now, *ends]), timedelta())
