"""An invite and a letter to change one thing of at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from booking.mail.message import Letter
from booking.mail.rules import Invite, Mailbox

SUMMER = datetime(2026, 7, 6, 9, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
CLINIC = Mailbox("Canal Street", "desk@canal.example")
ZOE = Mailbox("Zoë Ito", "zoe@mail.example")
FIRST_ID = "<5b0e4f0a7b1c4d6f9e2a@canal.example>"


def an_invite(starts_at: datetime = SUMMER, **changes: Any) -> Invite:
    """An hour in London, as first sent."""
    told: dict[str, Any] = {
        "uid": "0d7f2c1e-6a51-4f0b-9c8e-1f2a3b4c5d6e@canal.example",
        "sequence": 0,
        "method": "REQUEST",
        "stamp": WRITTEN,
        "created": WRITTEN,
        "last_modified": WRITTEN,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "zone": "Europe/London",
        "summary": "Appointment",
        "location": "12 Canal Street, Leeds LS1 4AB",
        "description": "To change or cancel: https://canal.example/v/aB3x",
        "organizer": CLINIC,
        "attendee": ZOE,
    }
    return Invite(**{**told, **changes})


def a_letter(**changes: Any) -> Letter:
    """A letter with no calendar."""
    told: dict[str, Any] = {
        "sender": CLINIC,
        "to": ZOE,
        "subject": "Your appointment",
        "text": "Monday 6 July, 10:00\n",
        "html": "<p>Monday 6 July, 10:00</p>\n",
        "message_id": FIRST_ID,
        "date": WRITTEN,
    }
    return Letter(**{**told, **changes})
