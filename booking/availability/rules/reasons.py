"""Why a time is not offered, in words for the person who asked."""

from datetime import datetime
from enum import IntEnum

from booking.availability.rules.instants import epoch_minute_after
from booking.availability.rules.plans import Candidate
from booking.availability.rules.starts import OpenTime, bookable_window, on_grid
from booking.core.errors import N_, NotOffered
from booking.core.intervals import contains


class Reason(IntEnum):
    """Which step removed a time; later steps are nearer to being offered."""

    NOT_GIVEN = 0
    PAST = 1
    TOO_SOON = 2
    TOO_FAR = 3
    OUTSIDE_HOURS = 4
    NOT_A_START = 5
    TAKEN = 6


_ADVICE = {
    Reason.NOT_GIVEN: N_("This appointment cannot be booked here online. Please choose again."),
    Reason.PAST: N_("That time has passed. Please choose another."),
    Reason.TOO_SOON: N_(
        "This time can no longer be booked online. Please choose a later one, or call the clinic."
    ),
    Reason.TOO_FAR: N_("Times that far ahead are not open yet. Please choose an earlier one."),
    Reason.OUTSIDE_HOURS: N_("There are no appointments at that time. Please choose another."),
    Reason.NOT_A_START: N_("No appointment starts at that time. Please choose one shown here."),
    Reason.TAKEN: N_("That time has just been taken. Please choose another."),
}


class TimeNotOffered(NotOffered):
    """The asked time is not among the offers; `reason` says which step removed it.

    Status 409 when somebody else has the time, 422 when it never was to be had.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(_ADVICE[reason])
        self.reason = reason
        self.status = 409 if reason is Reason.TAKEN else 422


def reason_for(candidate: Candidate, start: int, open_time: OpenTime, now: datetime) -> Reason:
    """The step at which `candidate` lost a start that was not offered."""
    earliest, closing = bookable_window(candidate, now)
    if start < epoch_minute_after(now):
        return Reason.PAST
    if start < earliest:
        return Reason.TOO_SOON
    if start >= closing:
        return Reason.TOO_FAR
    hours = open_time.get((candidate.practitioner_id, candidate.location_id), ())
    if not contains(hours, (start, start + candidate.plan.length)):
        return Reason.OUTSIDE_HOURS
    return Reason.TAKEN if any(on_grid(candidate, (start, start + 1))) else Reason.NOT_A_START
