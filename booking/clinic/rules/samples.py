"""A message's values as an example, for a look at its words before anybody gets it. Pure."""

from datetime import UTC, datetime
from typing import Any

WORDED = (
    "appointments/confirmation",
    "appointments/moved",
    "appointments/cancelled",
    "appointments/requested",
    "appointments/declined",
    "appointments/expired",
    "appointments/another_time",
    "reminders/reminder",
    "reminders/check",
    "waiting/joined",
    "waiting/offer",
    "intake/question",
)
"""The kinds of message that go to patients about visits, in the order of a visit's life."""

_STARTS = datetime(2027, 7, 5, 9, 0, tzinfo=UTC).isoformat()
_LINK = "https://example.org/a/…"


def sample(*, sender: str, phone: str, phone_hours: str, locale: str) -> dict[str, Any]:
    """Return values for any of these messages: nobody's visit, at a place that does not exist."""
    links = ("visit", "move", "cancel", "form", "again", "book", "another_time", "list")
    return {
        "sender": {"name": sender, "address": "appointments@example.org"},
        "when": {"starts_at": _STARTS, "zone": "Europe/London"},
        "until": {"ends_at": _STARTS, "zone": "Europe/London"},
        "answer_by": {"ends_at": _STARTS, "zone": "Europe/London"},
        "place": {"name": "Canal Street", "address": "12 Canal Street", "directions": ""},
        "practitioner_name": "Sam Green",
        "times": {},
        "link": _LINK,
        "links": dict.fromkeys(links, _LINK),
        "invite": {"summary": "Appointment"},
        "phone": phone,
        "phone_hours": phone_hours,
        "locale": locale,
    }
