"""Three calendar readers that share no code: what each understands of a list of objects.

Each answer holds method, events (how many), uid, sequence, status, summary, location,
description, start, end, stamp (seconds since 1970 UTC), organizer and attendee ([name, mailto]).
"""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from icalendar import Calendar

from tests.helpers.left_out import left_out

HERE = Path(__file__).parent / "readers"
Understood = dict[str, Any]


def by_icalendar(texts: Sequence[bytes]) -> list[Understood]:
    """What Python's icalendar reads."""
    return [_read(Calendar.from_ical(text)) for text in texts]


def _read(calendar: Calendar) -> Understood:
    events = calendar.walk("VEVENT")
    event = events[0]
    return {
        "method": str(calendar["METHOD"]),
        "events": len(events),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "summary": str(event["SUMMARY"]),
        "location": str(event.get("LOCATION", "")),
        "description": str(event.get("DESCRIPTION", "")),
        "start": _seconds(event["DTSTART"].dt),
        "end": _seconds(event["DTEND"].dt),
        "stamp": _seconds(event["DTSTAMP"].dt),
        "organizer": [str(event["ORGANIZER"].params["CN"]), str(event["ORGANIZER"])],
        "attendee": [str(event["ATTENDEE"].params["CN"]), str(event["ATTENDEE"])],
    }


def _seconds(moment: datetime) -> int:
    assert moment.tzinfo is not None, "a floating time"
    return int(moment.timestamp())


def by_ical_js(texts: Sequence[bytes]) -> list[Understood]:
    """What ical.js reads, the parser of Thunderbird and Nextcloud."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        left_out("ical.js readings: node is not installed")
    if not (HERE / "node_modules" / "ical.js").exists():
        left_out("ical.js readings: run `npm ci --ignore-scripts` in tests/mail/readers")
    return _ask([node, str(HERE / "ical_js.mjs")], texts)


def by_libical(texts: Sequence[bytes]) -> list[Understood]:
    """What libical reads, the parser of GNOME, KDE and Cyrus."""
    answers = _ask([sys.executable, str(HERE / "libical.py")], texts, missing=3)
    for answer in answers:
        assert answer.pop("errors") == 0
        assert answer.pop("fits_its_method") is True
    return answers


def _ask(command: list[str], texts: Sequence[bytes], missing: int = -1) -> list[Understood]:
    question = json.dumps([base64.b64encode(text).decode() for text in texts])
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=False)
    if done.returncode == missing:
        left_out("libical readings: the library is not installed (Debian: libical3)")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


READERS: dict[str, Callable[[Sequence[bytes]], list[Understood]]] = {
    "icalendar": by_icalendar,
    "ical.js": by_ical_js,
    "libical": by_libical,
}
