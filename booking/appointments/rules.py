"""When a visit may change, how long a time is kept, and what a form may say. Pure.

Instants are aware UTC; spans named `window` say how long before the visit something closes.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from booking.core.errors import N_, BadInput, HoldOver, TooLate, TooManyTries, WrongState


class Status(StrEnum):
    """Where a visit stands. `IN_ROOM` is "started".

    A request keeps its time until the clinic answers or `answer_by` has passed; only then is it a
    visit that takes place.
    """

    REQUESTED = "requested"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody answered in time
    BOOKED = "booked"
    ARRIVED = "arrived"
    IN_ROOM = "in-room"
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


LIVE = (Status.BOOKED, Status.ARRIVED, Status.IN_ROOM, Status.DONE, Status.NO_SHOW)


class Clearance(StrEnum):
    """Whether the visit may start; set by intake, read by `ensure_may_start`."""

    WAITING = "waiting"  # a form is not sent, or a flag has no decision yet
    CLEAR = "clear"  # the form was sent and each flag that needs one has a decision
    NOT_NEEDED = "not-needed"  # this kind of visit asks for no form
    STOPPED = "stopped"  # the practitioner decided to delay or refer


# Each step, and the step back that undoes it.
STEPS: Mapping[Status, frozenset[Status]] = {
    Status.REQUESTED: frozenset({Status.BOOKED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}),
    Status.DECLINED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.CANCELLED, Status.NO_SHOW}),
    Status.ARRIVED: frozenset({Status.IN_ROOM, Status.BOOKED}),
    Status.IN_ROOM: frozenset({Status.DONE, Status.ARRIVED}),
    Status.DONE: frozenset({Status.IN_ROOM}),
    Status.NO_SHOW: frozenset({Status.BOOKED}),
    Status.CANCELLED: frozenset(),
}


def ensure_step(before: Status, after: Status) -> None:
    """Raise WrongState unless a visit that stands at `before` may go to `after`."""
    if after not in STEPS[before]:
        raise WrongState


def ensure_may_start(clearance: Clearance) -> None:
    """Raise WrongState unless the form was read and decided on, or none is asked for."""
    if clearance not in (Clearance.CLEAR, Clearance.NOT_NEEDED):
        raise WrongState(
            N_("The answers before this visit still need a decision. Please read them first.")
        )


# --- moving and cancelling -------------------------------------------------------------------


def is_over(status: Status, *, ends_at: datetime, now: datetime) -> bool:
    """Tell whether the links to a visit have done their work: it will not be, or is past."""
    return status in (Status.CANCELLED, Status.DECLINED, Status.EXPIRED) or ends_at <= now


def may_change(status: Status, *, starts_at: datetime, window: timedelta, now: datetime) -> bool:
    """Tell whether the patient may move or cancel online."""
    return status is Status.BOOKED and starts_at - now >= max(window, timedelta(0))


def ensure_may_change(
    status: Status, *, starts_at: datetime, window: timedelta, now: datetime
) -> None:
    """Raise WrongState when the visit is no longer just booked, TooLate inside its window."""
    if status is not Status.BOOKED:
        raise WrongState
    if not may_change(status, starts_at=starts_at, window=window, now=now):
        raise TooLate(
            N_("It is a little late to change this online. Please call us and we will do it.")
        )


# --- keeping a time while somebody types ------------------------------------------------------

HOLD_LENGTH = timedelta(minutes=10)
"""How long a time is kept, and how much "10 more minutes" adds (WCAG 2.2.1, 2.2.2)."""

LONGEST_HOLD = timedelta(minutes=120)
"""From the first moment. More than the ten extensions that WCAG 2.2.1 asks for."""

TYPED_KEPT = timedelta(hours=2)
"""What was typed stays this long after the time itself went back."""

LIVE_HOLDS_OF_A_NETWORK = 10
"""A household, a ward or a phone company's gateway books together; nobody keeps a whole week."""

HOLDS_OF_A_NETWORK_IN_AN_HOUR = 60


def kept_until(*, now: datetime) -> datetime:
    """Return when a time taken now goes back by itself."""
    return now + HOLD_LENGTH


def kept_longer(expires_at: datetime, *, created_at: datetime, now: datetime) -> datetime:
    """Return the new end of a hold that is asked to last longer.

    Raises HoldOver when it has ended already, or has lasted as long as any may.
    """
    ensure_kept(expires_at, now=now)
    last = created_at + LONGEST_HOLD
    if expires_at >= last:
        raise HoldOver
    return min(expires_at + HOLD_LENGTH, now + 2 * HOLD_LENGTH, last)


def ensure_kept(expires_at: datetime, *, now: datetime) -> None:
    """Raise HoldOver when a hold has ended."""
    if expires_at <= now:
        raise HoldOver


def ensure_not_too_many(*, live: int, in_an_hour: int) -> None:
    """Raise TooManyTries when one network keeps, or has lately kept, very many times."""
    if live >= LIVE_HOLDS_OF_A_NETWORK:
        raise TooManyTries(
            N_(
                "Several times are being kept from your connection already. Please finish one, "
                "or wait a few minutes. You can also call us."
            ),
            retry_after=int(HOLD_LENGTH.total_seconds()),
        )
    if in_an_hour >= HOLDS_OF_A_NETWORK_IN_AN_HOUR:
        raise TooManyTries(
            N_(
                "Many times have been chosen from your connection in the last hour. "
                "Please wait a little, or call us and we will book for you."
            ),
            retry_after=30 * 60,
        )


# --- what forms and addresses say ------------------------------------------------------------


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
"""What a mailed link may lead to, and how its address ends."""


def link_path(token: str, *, to: str = "visit") -> str:
    """Return the path of a mailed link; `to` is a key of LINKS."""
    return f"/a/{token}{LINKS[to]}"


CONFIRMATIONS_OF_A_VISIT = 4
"""The first message and three corrections of its address; then the clinic helps by phone."""
