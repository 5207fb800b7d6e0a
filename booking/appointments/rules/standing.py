"""Where a visit stands, which steps it may take, and when a patient may change it. Pure.

Instants are aware UTC; spans named `window` say how long before the visit something closes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from booking.core.errors import N_, TooLate, WrongState


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


def standing(status: Status, *, answer_by: datetime | None, now: datetime) -> Status:
    """Return where a visit stands at `now`: a request nobody answered in time has expired.

    The clock says so, whether or not that has been written down already.
    """
    late = status is Status.REQUESTED and answer_by is not None and answer_by <= now
    return Status.EXPIRED if late else status


ANSWERED_BEFORE = timedelta(hours=2)


def answer_by(*, now: datetime, minutes: int, starts_at: datetime) -> datetime:
    """Return until when a request may wait: `minutes`, and never until just before it begins.

    Whoever waits has to know two hours ahead; with less than four hours left, halfway there.
    """
    ahead = min(ANSWERED_BEFORE, (starts_at - now) / 2)
    return min(now + timedelta(minutes=minutes), starts_at - ahead)


VIDEO_BEFORE = timedelta(minutes=30)
"""How long before a visit by video its address is shown."""


def video_is_open(*, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Tell whether the address of a visit by video is shown: shortly before it until its end."""
    return starts_at - VIDEO_BEFORE <= now < ends_at


class Wish(StrEnum):
    """What she asks the clinic to do with a visit that she may no longer change herself."""

    MOVE = "move"
    CANCEL = "cancel"


class Outcome(StrEnum):
    """What became of such a wish."""

    DONE = "done"
    PHONE = "phone"  # talked about on the phone
    WITHDRAWN = "withdrawn"  # she took it back


TIMES_OFFERED = 3
"""How many other times go along with the answer that a request cannot be met."""


def is_over(status: Status, *, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a visit will not be, or is past."""
    return status in (Status.CANCELLED, Status.DECLINED, Status.EXPIRED) or ends_at <= now


def link_works(status: Status, *, ends_at: datetime, now: datetime) -> bool:
    """Tell whether the links to a visit still lead to it.

    An answered request stays in reach: whoever asked can see the answer and choose another time.
    """
    return status is not Status.CANCELLED and ends_at > now


TAKE_BACK = timedelta(hours=24)
"""How long a visit that was let go can be taken back, and its links still lead to it."""


def may_take_back(let_go_at: datetime | None, *, now: datetime) -> bool:
    """Tell whether a visit was let go so lately that it can be taken back."""
    return let_go_at is not None and now < let_go_at + TAKE_BACK


def made_together(*, record_at: datetime, booked_at: datetime) -> bool:
    """Tell whether a record was made with the visit, and was not there before.

    A visit is stamped in whole seconds.
    """
    return timedelta(0) <= record_at - booked_at < timedelta(seconds=1)


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
