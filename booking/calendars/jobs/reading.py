"""Reading a calendar that somebody else wrote, in a process of its own with limits on everything.

`python -m booking.calendars.jobs.reading` takes one JSON object on standard input (`content`
base64, `kind`, `zone`, `start` and `end` as seconds, `own` uids) and prints another: `spans` as
pairs of seconds, and `left_out`, the number of entries that could not be read. A rule that never
ends costs this process its life and nothing else. Nothing here touches network or database.
"""

import base64
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

CPU_SECONDS = 5
MEMORY_BYTES = 512 * 1024 * 1024
MOST_SPANS = 5_000
MOST_RULE_PARTS = 100
STEADY = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
CALENDAR_DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"

Spans = Iterator[tuple[datetime, datetime]]


class TooMuch(Exception):
    """More busy times than anybody's calendar holds."""


def main() -> None:
    """Read the question, answer it, and leave with 3 where there is too much of it."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    told = json.load(sys.stdin)
    reading = _Reading(
        zone=ZoneInfo(told["zone"]),
        start=datetime.fromtimestamp(told["start"], UTC),
        end=datetime.fromtimestamp(told["end"], UTC),
        own=frozenset(told["own"]),
    )
    try:
        spans = reading.spans(_calendars(base64.b64decode(told["content"]), told["kind"]))
        pairs = sorted((int(a.timestamp()), int(b.timestamp())) for a, b in spans)
    except TooMuch:
        raise SystemExit(3) from None
    json.dump({"spans": pairs, "left_out": reading.left_out}, sys.stdout)


def _calendars(content: bytes, kind: str) -> list[Any]:
    """The calendars of a file, or of a calendar server's answer. Raises ValueError."""
    texts = [content] if kind == "ics" else _texts(content)
    found = [each for text in texts for each in Calendar.from_ical(text, multiple=True)]
    if kind == "ics" and not any(each.name == "VCALENDAR" for each in found):
        raise ValueError("not a calendar")
    return found


def _texts(content: bytes) -> list[bytes]:
    tree = ElementTree.fromstring(content)  # noqa: S314 # nosec B314 - this process has limits of its own
    return [(each.text or "").encode() for each in tree.iter(CALENDAR_DATA)]


class _Reading:
    """One reading: what counts as busy in `[start, end)`, and how much could not be read."""

    def __init__(
        self, *, zone: ZoneInfo, start: datetime, end: datetime, own: frozenset[str]
    ) -> None:
        self.zone, self.start, self.end, self.own = zone, start, end, own
        self.left_out = 0

    def spans(self, calendars: Iterable[Any]) -> list[tuple[datetime, datetime]]:
        """All busy times. Raises TooMuch."""
        found: list[tuple[datetime, datetime]] = []
        for calendar in calendars:
            zones = calendar.walk("VTIMEZONE")
            for group in self._groups(calendar):
                found += self._safely(lambda group=group, zones=zones: self._of(group, zones))  # type: ignore[misc]
                if len(found) > MOST_SPANS:
                    raise TooMuch
            for answer in calendar.walk("VFREEBUSY"):
                found += self._safely(lambda answer=answer: self._taken(answer))  # type: ignore[misc]
        if len(found) > MOST_SPANS:
            raise TooMuch
        return found

    def _safely(self, read: Callable[[], Spans]) -> list[tuple[datetime, datetime]]:
        """One entry that cannot be read costs itself alone."""
        try:
            return list(islice(read(), MOST_SPANS + 1))
        except Exception:
            self.left_out += 1
            return []

    def _groups(self, calendar: Any) -> Iterator[list[Event]]:
        """Events that belong together: a series with its exceptions, else each by itself."""
        by_uid: dict[str, list[Event]] = defaultdict(list)
        for event in calendar.walk("VEVENT"):
            by_uid[str(event.get("UID", id(event)))].append(event)
        for uid, events in by_uid.items():
            if uid in self.own:
                continue
            series = [each for each in events if "RECURRENCE-ID" not in each]
            if len(series) == 1:
                yield events
            else:  # some programs give two events one uid: each is a busy time
                yield from ([each] for each in events)

    def _of(self, events: list[Event], zones: list[Any]) -> Spans:
        first = events[0]
        if len(events) == 1 and not {"RRULE", "RDATE"} & set(first):
            yield from self._one(first)
            return
        for each in events:
            _ensure_steady(each)
        calendar = Calendar()
        calendar.add("version", "2.0")
        for part in (*zones, *events):
            calendar.add_component(part)
        expanded = recurring_ical_events.of(calendar).between(self.start, self.end)
        for event in expanded:
            yield from self._one(event)

    def _one(self, event: Any) -> Spans:
        """The busy time of one event, if it is one."""
        if _counts_as_free(event):
            return
        begins = event["DTSTART"].dt
        if "DTEND" in event:
            ends = event["DTEND"].dt
        elif "DURATION" in event:
            ends = begins + event["DURATION"].dt
        else:
            ends = begins if isinstance(begins, datetime) else begins + timedelta(days=1)
        yield from self._clipped(self._instant(begins), self._instant(ends))

    def _taken(self, answer: Any) -> Spans:
        """The busy times of a VFREEBUSY."""
        given = answer.get("FREEBUSY", [])
        for periods in given if isinstance(given, list) else [given]:
            if str(periods.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            begins, ends = periods.start, periods.end
            yield from self._clipped(self._instant(begins), self._instant(ends))

    def _clipped(self, begins: datetime, ends: datetime) -> Spans:
        begins, ends = max(begins, self.start), min(ends, self.end)
        if begins < ends:
            yield begins, ends

    def _instant(self, moment: date | datetime) -> datetime:
        """A day begins at midnight, a time without a zone is meant, on the practitioner's clock."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(0))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)


def _counts_as_free(event: Any) -> bool:
    return (
        str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    )


def _ensure_steady(event: Any) -> None:
    """Raise ValueError for a rule that no appointment needs and that may never end."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        frequency = {str(each).upper() for each in rule.get("FREQ", [])}
        steps = [int(each) for each in rule.get("INTERVAL", [1])]
        parts = sum(len(values) for name, values in rule.items() if name.upper().startswith("BY"))
        if not frequency <= STEADY or min(steps) < 1 or parts > MOST_RULE_PARTS:
            raise ValueError("no rule for an appointment")


if __name__ == "__main__":
    main()
