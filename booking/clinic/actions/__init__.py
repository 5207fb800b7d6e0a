"""What changes the clinic: loading it, its settings, places, services, people and words."""

from booking.clinic.actions.credentials import (
    Entered,
    change,
    check,
    enter,
    remove,
    warn,
    warnings,
)
from booking.clinic.actions.load import load
from booking.clinic.actions.people import (
    describe_practitioner,
    give_account,
    let_treat,
    welcome,
)
from booking.clinic.actions.places import add_room, change_location, open_location, rest_room
from booking.clinic.actions.resources import NewResource
from booking.clinic.actions.services import (
    begin_service,
    change_own_terms,
    change_service,
    offer_service,
)
from booking.clinic.actions.settings import describe, set_columns
from booking.clinic.actions.words import digest_of, write_words

__all__ = [
    "Entered",
    "NewResource",
    "add_room",
    "begin_service",
    "change",
    "change_location",
    "change_own_terms",
    "change_service",
    "check",
    "describe",
    "describe_practitioner",
    "digest_of",
    "enter",
    "give_account",
    "let_treat",
    "load",
    "offer_service",
    "open_location",
    "remove",
    "rest_room",
    "set_columns",
    "warn",
    "warnings",
    "welcome",
    "write_words",
]
