"""Visits as iCalendar objects: pure functions from snapshots to bytes (RFC 5545, 5546).

One module for mail, download, feed and a practitioner's own server, so that one visit reads the
same wherever it is met. Times of single objects are written as local time with a rule-form
VTIMEZONE where the zone's rules can be put that way, else as UTC.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from booking.mail.invite.zones import rule_form, zone_rule
from booking.mail.rules import Entry, Invite, Listed, Mailbox, ascii_address, clean, header

PRODID = "-//Stillpoint//Appointments//EN"
DESCRIPTION_LIMIT = 1_000
# Hints that some readers heed and none promise to: look again every four hours.
REFRESH = timedelta(hours=4)


def calendar_bytes(invite: Invite) -> bytes:
    """The iCalendar object of an invite: UTF-8, CRLF, lines of at most 75 octets.

    Raises UnmailableAddress, and ZoneInfoNotFoundError for an unknown zone.
    """
    calendar, zone = _single(invite, method=invite.method)
    event = _event(invite, zone, cancelled=invite.method == "CANCEL")
    event.add("organizer", _address(invite.organizer))
    event.add("attendee", _attendee(invite.attendee))
    # Outlook then hides "propose a new time", which nobody would read (MS-OXCICAL 2.1.3.1.1.20).
    event.add("x-microsoft-disallow-counter", "TRUE")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def object_bytes(entry: Listed) -> bytes:
    """One visit as a calendar server keeps it: nobody to mail, nothing that asks for an answer.

    Raises ZoneInfoNotFoundError for an unknown zone.
    """
    calendar, zone = _single(entry, method=None)
    calendar.add_component(_event(entry, zone, cancelled=entry.cancelled))
    return bytes(calendar.to_ical())


def feed_bytes(entries: Iterable[Listed], *, name: str) -> bytes:
    """A calendar to subscribe to, under `name`: the same entries always give the same bytes.

    All times are UTC: one calendar may hold visits of several zones and years, and no one
    VTIMEZONE is right for all of them.
    """
    calendar = _calendar(method=None)
    calendar.add("x-wr-calname", header(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    for entry in sorted(entries, key=lambda each: (each.starts_at, each.uid)):
        calendar.add_component(_event(entry, UTC, cancelled=entry.cancelled))
    return bytes(calendar.to_ical())


def _calendar(*, method: str | None) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("calscale", "GREGORIAN")
    if method is not None:
        calendar.add("method", method)
    return calendar


def _single(entry: Entry, *, method: str | None) -> tuple[Calendar, tzinfo]:
    """A calendar for one visit, and the zone its times are to be written in."""
    calendar, zone = _calendar(method=method), ZoneInfo(entry.zone)
    timezone = _timezone_for(entry, zone)
    if timezone is None:
        return calendar, UTC
    calendar.add_component(timezone)
    return calendar, zone


def _event(entry: Entry, zone: tzinfo, *, cancelled: bool) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.stamp)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", entry.ends_at.astimezone(zone))
    event.add("summary", header(entry.summary) or "Appointment")
    for name, text in (
        ("location", header(entry.location)),
        ("description", clean(entry.description, limit=DESCRIPTION_LIMIT).strip()),
    ):
        if text:  # libical takes a property without a value for a broken line
            event.add(name, text)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("created", entry.created)
    event.add("last-modified", entry.last_modified)
    return event


def _timezone_for(entry: Entry, zone: ZoneInfo) -> Timezone | None:
    """The VTIMEZONE to write, or None where UTC must be used."""
    if _is_ambiguous(entry.starts_at, zone) or _is_ambiguous(entry.ends_at, zone):
        return None  # a local time that comes twice cannot say which one it is
    rule = zone_rule(entry.zone, entry.starts_at.year)
    return None if rule is None else rule_form(entry.zone, rule)


def _is_ambiguous(instant: datetime, zone: ZoneInfo) -> bool:
    local = instant.astimezone(zone)
    return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()


# Parameters have no backslash escapes and RFC 6868's are shown raw by many readers, so what
# would need either is written another way.
_CN = str.maketrans({'"': "'", "\\": "/", "^": None})


def _address(mailbox: Mailbox) -> vCalAddress:
    found = vCalAddress(f"mailto:{ascii_address(mailbox.address)}")
    name = header(mailbox.name.translate(_CN), limit=100)
    found.params["CN"] = vText(name or ascii_address(mailbox.address))
    return found


def _attendee(mailbox: Mailbox) -> vCalAddress:
    found = _address(mailbox)
    found.params["CUTYPE"] = "INDIVIDUAL"
    found.params["ROLE"] = "REQ-PARTICIPANT"
    found.params["PARTSTAT"] = "NEEDS-ACTION"
    found.params["RSVP"] = "TRUE"
    return found
