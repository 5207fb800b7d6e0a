"""What changes the clinic: loading it once, and who works here."""

from booking.clinic.actions.credentials import (
    Entered,
    change,
    check,
    enter,
    remove,
    warn,
    warnings,
)
from booking.clinic.actions.load import NewResource, load
from booking.clinic.actions.people import give_account

__all__ = [
    "Entered",
    "NewResource",
    "change",
    "check",
    "enter",
    "give_account",
    "load",
    "remove",
    "warn",
    "warnings",
]
