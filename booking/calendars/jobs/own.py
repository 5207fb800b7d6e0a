"""Practitioners' own calendars: work out what they are to be told, and write to their servers.

Two jobs: working out asks nobody; a server that is slow or away holds up only itself.
"""

import logging
import re
import threading
from datetime import datetime

from flask import current_app

from booking.calendars.actions import copies, servers
from booking.calendars.actions.servers import Claimed, Wanted
from booking.calendars.jobs.fetching import Answered, Asked, ask
from booking.calendars.jobs.outside import problem_of
from booking.calendars.queries import copies as queries
from booking.calendars.rules.outside import Problem, Trouble
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.settings import Outbound, Settings
from booking.mail.invite import object_bytes

log = logging.getLogger("booking.calendars")

PAUSE_SECONDS = 5.0
STORED = {200, 201, 204}
GONE = {404, 410}
CHANGED_MEANWHILE = 412
FOLD = re.compile(rb"\r?\n[ \t]")  # servers that rewrite what they store end lines as they like


def plan(stop: threading.Event) -> float:
    """Bring every copy up to date; return after how many seconds to look again."""
    settings: Settings = current_app.extensions["settings"]
    while not stop.is_set() and plan_some(now=clock.now(), base_url=settings.base_url):
        pass
    return PAUSE_SECONDS


def plan_some(*, now: datetime, base_url: str) -> int:
    """Bring some copies up to date; how many. Reads first, so that nobody waits for nothing."""
    chosen = queries.choices()
    idle = not (queries.visits_untold(chosen, now=now) or queries.copies_to_renew(chosen, now=now))
    db.session.rollback()
    if idle:
        return 0
    with transaction():
        return copies.plan(now=now, base_url=base_url)


def push(stop: threading.Event) -> float:
    """Tell every server that is due what it is to hold."""
    settings: Settings = current_app.extensions["settings"]
    while not stop.is_set() and push_next(settings.outbound, now=clock.now()):
        pass
    return PAUSE_SECONDS


def push_next(outbound: Outbound, *, now: datetime) -> bool:
    """Claim one server and tell it everything that waits; False if none is due."""
    due = session().scalar(queries.server_due(now=now)) is not None
    db.session.rollback()
    if not due:
        return False
    with transaction():
        claimed = servers.claim_due(now=now)
    if claimed is None:
        return False
    problem = _tell(claimed, outbound)
    if problem is not None:
        log.warning("calendar", extra={"event": "calendar-server", "kind": problem.value})
    with transaction():
        servers.note_server(claimed, problem, now=now)
    return True


def _tell(claimed: Claimed, outbound: Outbound) -> Problem | None:
    """Store entry by entry, each written down at once; stop at the first trouble."""
    server = _Server(claimed, outbound)
    for wanted in claimed.entries:
        try:
            etag = (
                server.remove(wanted)
                if wanted.entry is None
                else server.store(wanted, object_bytes(wanted.entry))
            )
        except Trouble as why:
            return why.problem
        with transaction():
            servers.note_stored(wanted, etag)
    return None


class _Server:
    """A practitioner's collection, and how one entry gets in and out of it.

    What is there under another uid, or was changed meanwhile into something else, is not touched.
    """

    def __init__(self, claimed: Claimed, outbound: Outbound) -> None:
        self._claimed, self._outbound = claimed, outbound

    def store(self, wanted: Wanted, content: bytes) -> str:
        """Put an entry, whether it is there already or not; its new ETag. Raises Trouble."""
        answered = self._put(wanted, content, wanted.etag)
        if answered.status == CHANGED_MEANWHILE:  # there already, or gone, or changed by hand
            answered = self._put(wanted, content, self._etag_of_ours(wanted) or "")
        if answered.status not in STORED:
            raise Trouble(problem_of(answered.status))
        return answered.headers.get("etag", "") or self._etag_of_ours(wanted) or ""

    def remove(self, wanted: Wanted) -> str:
        """Delete an entry of ours; nothing happens where it is gone. Raises Trouble."""
        for etag in (wanted.etag, None):
            current = etag or self._etag_of_ours(wanted)
            if current is None:
                return ""
            answered = self._ask("DELETE", wanted, {"If-Match": current})
            if answered.status in STORED | GONE:
                return ""
            if answered.status != CHANGED_MEANWHILE:
                raise Trouble(problem_of(answered.status))
        raise Trouble(Problem.ODD_ANSWER)

    def _put(self, wanted: Wanted, content: bytes, etag: str) -> Answered:
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        headers = {**condition, "Content-Type": "text/calendar; charset=utf-8"}
        return self._ask("PUT", wanted, headers, content)

    def _etag_of_ours(self, wanted: Wanted) -> str | None:
        """The ETag of what is stored, None if nothing is. Raises Trouble if it is not ours."""
        answered = self._ask("GET", wanted, {})
        if answered.status in GONE:
            return None
        if answered.status != 200:
            raise Trouble(problem_of(answered.status))
        if wanted.uid.encode() not in FOLD.sub(b"", answered.body):
            raise Trouble(Problem.ODD_ANSWER)
        return answered.headers.get("etag", "") or None

    def _ask(
        self, method: str, wanted: Wanted, headers: dict[str, str], body: bytes | None = None
    ) -> Answered:
        asked = Asked(
            url=f"{self._claimed.url}{wanted.uid}.ics",
            method=method,
            headers=headers,
            body=body,
            credentials=self._claimed.credentials,
        )
        return ask(asked, self._outbound)
