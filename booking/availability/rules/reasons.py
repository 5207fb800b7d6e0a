"""Why a time is not offered, in words for the person who asked."""

from enum import IntEnum

from booking.core.errors import N_, NotOffered


class Reason(IntEnum):
    """Which step removed a time; later steps are nearer to being offered."""

    NOT_GIVEN = 0
    PHONE_ONLY = 1
    NOT_NEW = 2
    PAST = 3
    TOO_SOON = 4
    TOO_FAR = 5
    OUTSIDE_HOURS = 6
    NOT_A_START = 7
    TAKEN = 8
    ROOM_TAKEN = 9
    PATIENT_TAKEN = 10
    DAY_FULL = 11
    WEEK_FULL = 12
    GAP = 13


_TAKEN = N_("That time has just been taken. Please choose another.")
_GONE = N_("That time can no longer be had. Please choose another.")

_ADVICE = {
    Reason.NOT_GIVEN: N_("This appointment cannot be booked here online. Please choose again."),
    Reason.PHONE_ONLY: N_("This visit is booked by phone. Please call the clinic."),
    Reason.NOT_NEW: N_(
        "This practitioner sees only people who have been to them before. "
        "Please choose somebody else, or call the clinic."
    ),
    Reason.PAST: N_("That time has passed. Please choose another."),
    Reason.TOO_SOON: N_(
        "This time can no longer be booked online. Please choose a later one, or call the clinic."
    ),
    Reason.TOO_FAR: N_("Times that far ahead are not open yet. Please choose an earlier one."),
    Reason.OUTSIDE_HOURS: N_("There are no appointments at that time. Please choose another."),
    Reason.NOT_A_START: N_("No appointment starts at that time. Please choose one shown here."),
    Reason.TAKEN: _TAKEN,
    Reason.ROOM_TAKEN: _TAKEN,
    Reason.PATIENT_TAKEN: _TAKEN,
    Reason.DAY_FULL: _GONE,
    Reason.WEEK_FULL: _GONE,
    Reason.GAP: _GONE,
}


class TimeNotOffered(NotOffered):
    """The asked time is not among the offers; `reason` says which step removed it.

    Status 409 when somebody else was quicker, 422 when it never was to be had.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(_ADVICE[reason])
        self.reason = reason
        self.status = 409 if reason >= Reason.TAKEN else 422
