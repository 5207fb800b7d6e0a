"""What the quiet switch stops, and how long it can be taken back. Pure."""

from datetime import datetime

from booking.appointments.rules import TAKE_BACK as TAKE_BACK

STOPPED_MAIL = ("reminders/", "waiting/", "intake/question")
"""How the kinds of messages begin that are not sent any more: nobody is reminded, nothing is
offered, and nothing asked.

A message about a visit that is cancelled or moved is not among them: she must know of it.
"""


def may_take_back(at: datetime, *, now: datetime) -> bool:
    """Tell whether what was said at `at` can still be taken back."""
    return now < at + TAKE_BACK
