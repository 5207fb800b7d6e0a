"""What a message that came in holds of interest: calendar answers, or one of ours coming back.

Whatever else is in it, however it is built, has no effect: reading it raises nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from itertools import islice
from typing import Any

from icalendar import Calendar

from booking.calendars.rules.answers import Reply
from booking.core.addresses import NotAnAddress, canonical_email

MOST_BYTES = 256 * 1024
MOST_PARTS = 50
CALENDARS = {"text/calendar", "application/ics"}
OURS = re.compile(rb"^Message-ID:\s*(<[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,255}>)", re.I | re.M)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The calendar objects in a message, and the ids of our messages it says did not arrive."""

    replies: tuple[Reply, ...] = ()
    came_back: tuple[str, ...] = ()


def read(raw: bytes) -> Letter:
    """Read a message of at most MOST_BYTES; what is larger or cannot be read holds nothing."""
    if len(raw) > MOST_BYTES:
        return Letter()
    try:
        message = message_from_bytes(raw)
        parts = list(islice(message.walk(), MOST_PARTS))
        return Letter(
            replies=tuple(_replies(parts, _sender(message))), came_back=tuple(_came_back(parts))
        )
    except Exception:
        return Letter()


def _sender(message: Message) -> str:
    """The one address a message is from, canonical; "" where there is not exactly one."""
    found = getaddresses([str(value) for value in message.get_all("From", [])])
    return _canonical(found[0][1]) if len(found) == 1 else ""


def _canonical(address: str) -> str:
    try:
        return canonical_email(address)
    except NotAnAddress:
        return ""


def _replies(parts: list[Message], sender: str) -> Iterator[Reply]:
    for part in parts:
        if part.get_content_type() in CALENDARS:
            yield from _of_part(part, sender)


def _of_part(part: Message, sender: str) -> Iterator[Reply]:
    """The answers in one part; a broken one costs itself alone."""
    try:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            return
        for calendar in Calendar.from_ical(content, multiple=True):
            method = str(calendar.get("METHOD", "")).upper()
            for event in calendar.walk("VEVENT"):
                yield _reply(event, method, sender)
    except Exception:
        return


def _reply(event: Any, method: str, sender: str) -> Reply:
    given = event.get("ATTENDEE", [])
    attendees = given if isinstance(given, list) else [given]
    attendee = attendees[0] if len(attendees) == 1 else None
    address = "" if attendee is None else re.sub("^mailto:", "", str(attendee), flags=re.I)
    partstat = "" if attendee is None else str(attendee.params.get("PARTSTAT", ""))
    return Reply(
        method=method,
        uid=str(event.get("UID", "")),
        sequence=int(event.get("SEQUENCE", 0)),
        attendee=_canonical(address),
        partstat=partstat.upper(),
        sender=sender,
    )


def _came_back(parts: list[Message]) -> Iterator[str]:
    """The ids in a report of delivery that failed for good (RFC 3464)."""
    report = parts[0]
    kind = str(report.get_param("report-type", "")).lower()
    if report.get_content_type() != "multipart/report" or kind != "delivery-status":
        return
    said = b"".join(_plain(p) for p in parts if p.get_content_type() == "message/delivery-status")
    if not re.search(rb"^Action:\s*failed\s*$", said, re.I | re.M):
        return
    for part in parts:
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            yield from (found.decode("ascii") for found in OURS.findall(_plain(part))[:1])


def _plain(part: Message) -> bytes:
    """A part as text, its inner headers included, without carriage returns."""
    inner = part.get_payload()
    if isinstance(inner, list):
        found = b"\n".join(each.as_bytes() for each in inner if isinstance(each, Message))
    else:
        decoded = part.get_payload(decode=True)
        found = decoded if isinstance(decoded, bytes) else b""
    return found.replace(b"\r", b"")
