"""What is made, and by which measures: days, lengths, numbers."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.clinic.models import SegmentKind

ZONE = ZoneInfo("Europe/London")
MONDAY = date(2040, 7, 2)  # ahead of every clock: a process is told a shift, never back
NOW = datetime.combine(MONDAY, time(7), ZONE).astimezone(UTC)
BOARD_DAY = MONDAY + timedelta(days=8)
DAYS, VISITS, BOARD_VISITS = 31, 150, 15
DAY = timedelta(days=1)
LENGTH = timedelta(minutes=30)
GIVERS = (1, 20, 200)
TO_A_LOCATION, PATIENTS_EACH, ROWS_OF_A_VISIT, AT_ONCE = 20, 10, 3, 20_000
HANDS_ON, RESTING = SegmentKind.HANDS_ON, SegmentKind.RESTING
MIXED = (
    ((HANDS_ON, 30),),
    ((HANDS_ON, 45),),
    ((HANDS_ON, 60),),
    ((HANDS_ON, 20), (RESTING, 25), (HANDS_ON, 10)),
)

Visit = tuple["Member", datetime]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How big a clinic to make; `rows` is the least number of rows in `occupancy`."""

    practitioners: int
    rows: int = 0
    forms: int = 0


@dataclass(frozen=True)
class Member:
    """A practitioner: her ids, where she works, and who comes to her, as (id, resource)."""

    id: int
    public_id: UUID
    resource: int
    location: int
    location_public_id: UUID
    room: int
    room_resource: int
    patients: tuple[tuple[int, int], ...]


class Named(NamedTuple):
    """A service by its two ids."""

    id: int
    public_id: UUID


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made. `services` by how many give them; `mixed` of 30, 45, 60 minutes and 20-25-10.
    `reception` and `treating`, the first practitioner's, are accounts.

    `free` are half-hours in which nobody comes, of the first practitioners.
    """

    staff: tuple[Member, ...]
    services: dict[int, Named]
    mixed: tuple[Named, ...]
    reception: int
    treating: int
    rows: int
    forms: int
    free: tuple[Visit, ...]


def drawn_uuid(dice: random.Random) -> UUID:
    """Return the next id of a seeded clinic."""
    return UUID(int=dice.getrandbits(128), version=4)
