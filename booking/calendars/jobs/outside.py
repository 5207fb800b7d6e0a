"""Fetching calendars kept elsewhere: ask, read in a child process, keep the last good reading."""

import base64
import json
import logging
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from booking.calendars.actions import outside as actions
from booking.calendars.jobs.fetching import Answered, Asked, ask
from booking.calendars.models import SourceKind
from booking.calendars.queries import outside as queries
from booking.calendars.rules.outside import Problem, Trouble
from booking.core import clock
from booking.core.db import db, transaction
from booking.core.settings import Outbound, Settings

log = logging.getLogger("booking.calendars")

PAUSE_SECONDS = 20.0
CHILD_SECONDS = 15.0
BEHIND, AHEAD = timedelta(days=1), timedelta(days=400)
ROOT = Path(__file__).parents[3]
TOO_MUCH = 3  # the child's own word for it
QUERY = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    '<d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR">'
    '<c:comp-filter name="VEVENT"><c:time-range start="{start:%Y%m%dT%H%M%SZ}"'
    ' end="{end:%Y%m%dT%H%M%SZ}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>'
)


def run(stop: threading.Event) -> float:
    """Read every calendar that is due; return after how many seconds to look again."""
    settings: Settings = current_app.extensions["settings"]
    while not stop.is_set() and read_next(settings.outbound, now=clock.now()):
        pass
    return PAUSE_SECONDS


def read_next(outbound: Outbound, *, now: datetime) -> bool:
    """Claim one calendar that is due, fetch and read it, keep the result; False if none is due."""
    if not queries.anything_due(now=now):
        db.session.rollback()
        return False
    with transaction():
        claimed = actions.claim_due(now=now)
    if claimed is None:
        return False
    try:
        answered = ask(_question(claimed, now), outbound)
        reading = _reading(answered, claimed, now)
    except Trouble as why:
        log.warning("calendar", extra={"event": "calendar-unread", "kind": why.problem.value})
        with transaction():
            actions.note_problem(claimed, why.problem, now=now)
        return True
    with transaction():
        actions.keep(claimed, reading, now=now)
    return True


def _question(claimed: actions.Claimed, now: datetime) -> Asked:
    if claimed.kind is SourceKind.CALDAV:
        body = QUERY.format(start=now - BEHIND, end=now + AHEAD).encode()
        return Asked(
            url=claimed.url,
            method="REPORT",
            headers={"Depth": "1", "Content-Type": "application/xml; charset=utf-8"},
            body=body,
            credentials=claimed.credentials,
        )
    headers = {"Accept": "text/calendar, */*;q=0.1"}
    if claimed.etag:
        headers["If-None-Match"] = claimed.etag
    return Asked(url=claimed.url, headers=headers, credentials=claimed.credentials)


def _reading(answered: Answered, claimed: actions.Claimed, now: datetime) -> actions.Reading | None:
    """What the calendar says, or None where it is as it was. Raises Trouble."""
    if answered.status == 304 and claimed.etag:
        return None
    wanted = 207 if claimed.kind is SourceKind.CALDAV else 200
    if answered.status != wanted:
        raise Trouble(problem_of(answered.status))
    spans, left_out = read_safely(answered.body, claimed, now=now)
    etag = answered.headers.get("etag", "")[:200]
    return actions.Reading(spans=spans, left_out=left_out, etag=etag)


def problem_of(status: int) -> Problem:
    """What an unwanted answer means to whoever wrote the address down."""
    if status in {401, 403}:
        return Problem.REFUSED
    return Problem.MISSING if status in {404, 410} else Problem.ODD_ANSWER


def read_safely(
    content: bytes, claimed: actions.Claimed, *, now: datetime
) -> tuple[list[tuple[int, int]], int]:
    """Read a calendar in a process that may be killed: spans, and how many entries were left out.

    Raises Trouble.
    """
    question = {
        "content": base64.b64encode(content).decode("ascii"),
        "kind": claimed.kind.value,
        "zone": claimed.zone,
        "start": int((now - BEHIND).timestamp()),
        "end": int((now + AHEAD).timestamp()),
        "own": sorted(claimed.own_uids),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "booking.calendars.jobs.reading"],
            input=json.dumps(question).encode(),
            capture_output=True,
            timeout=CHILD_SECONDS,
            check=False,
            cwd=ROOT,
            env={},  # no setting, key or address of ours is there to be found
        )
    except subprocess.TimeoutExpired as slow:
        raise Trouble(Problem.TOO_MUCH) from slow
    if done.returncode < 0 or done.returncode == TOO_MUCH or b"MemoryError" in done.stderr:
        raise Trouble(Problem.TOO_MUCH)
    if done.returncode != 0:
        raise Trouble(Problem.NOT_A_CALENDAR)
    told = json.loads(done.stdout)
    return [(int(start), int(end)) for start, end in told["spans"]], int(told["left_out"])
