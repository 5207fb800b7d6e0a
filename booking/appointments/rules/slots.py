"""What forms and addresses say about times, and the addresses of mailed links. Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from booking.core.errors import N_, BadInput


class Slot(NamedTuple):
    """A time as a button names it: whose, where, when (aware UTC, whole minutes)."""

    practitioner: UUID
    location: UUID
    starts_at: datetime


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_SLOT = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})\.(\d{1,9})", re.ASCII)


def slot_text(slot: Slot) -> str:
    """Return the value of a slot's button."""
    minute = (slot.starts_at - _EPOCH) // timedelta(minutes=1)
    return f"{slot.practitioner.hex}.{slot.location.hex}.{minute}"


def read_slot(text: str) -> Slot:
    """Return what a slot's button says. Raises BadInput for anything else.

    Whether that time can be had is not asked here: only an offer answers that.
    """
    found = _SLOT.fullmatch(text)
    if found is None:
        raise BadInput(N_("That does not name a time. Please choose one shown here."))
    minutes = timedelta(minutes=int(found[3]))
    return Slot(UUID(found[1]), UUID(found[2]), _EPOCH + minutes)


class PartOfDay(StrEnum):
    """How a day's times are grouped; by the clock on the clinic's wall."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def part_of_day(hour: int) -> PartOfDay:
    """Return where an hour (0 to 23) belongs: afternoon from 12, evening from 17."""
    if hour < 12:
        return PartOfDay.MORNING
    return PartOfDay.AFTERNOON if hour < 17 else PartOfDay.EVENING


LINKS = {"visit": "", "move": "/move", "cancel": "/cancel", "form": "/form"}
"""What the mailed link of a visit may lead to, and how its address ends."""

ANSWER_LINKS = {"visit": "", "again": "/again"}
"""The same for a request that could not be met."""


def link_path(token: str, *, to: str = "visit") -> str:
    """Return the path of a mailed link; `to` is a key of LINKS or ANSWER_LINKS."""
    return f"/a/{token}{ {**LINKS, **ANSWER_LINKS}[to] }"


CONFIRMATIONS_OF_A_VISIT = 4
"""The first message and three corrections of its address; then the clinic helps by phone."""
