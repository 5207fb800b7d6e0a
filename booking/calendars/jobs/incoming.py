"""Reading the mailbox that answers arrive in: a Maildir, or IMAP over TLS.

A message is marked as read after what it says is committed; read twice, it has no second effect.
"""

import imaplib
import logging
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

from flask import current_app

from booking.calendars.actions import answers
from booking.calendars.jobs import letters
from booking.core import clock
from booking.core.db import transaction
from booking.core.settings import AnswersBox, Settings

log = logging.getLogger("booking.calendars")

PAUSE_SECONDS = 60.0
MOST_AT_ONCE = 200
IMAP_SECONDS = 20


def run(stop: threading.Event) -> float:
    """Take what has arrived; return after how many seconds to look again."""
    settings: Settings = current_app.extensions["settings"]
    box = settings.answers
    if box.maildir is not None:
        read_maildir(box.maildir, base_url=settings.base_url, stop=stop)
    if box.host:
        read_imap(box, base_url=settings.base_url, stop=stop)
    return PAUSE_SECONDS


def take(raw: bytes, *, now: datetime, base_url: str) -> None:
    """Do what one message says, if it says anything that counts."""
    letter = letters.read(raw)
    if not letter.replies and not letter.came_back:
        return
    with transaction():
        for reply in letter.replies[:1]:  # the attached copy says the same
            answers.receive(reply, now=now, base_url=base_url)
        for message_id in letter.came_back[:1]:
            answers.came_back(message_id, now=now)


def read_maildir(maildir: Path, *, base_url: str, stop: threading.Event) -> None:
    """Take the new messages of a Maildir and mark each as seen."""
    new, cur = maildir / "new", maildir / "cur"
    for file in islice(sorted(new.iterdir()), MOST_AT_ONCE):
        if stop.is_set():
            return
        with suppress(FileNotFoundError):  # another worker was first
            if file.is_file() and file.stat().st_size <= letters.MOST_BYTES:
                take(file.read_bytes(), now=clock.now(), base_url=base_url)
            os.rename(file, cur / f"{file.name}:2,S")


def read_imap(box: AnswersBox, *, base_url: str, stop: threading.Event) -> None:
    """Take the unseen messages of the inbox and mark each as seen. Server trouble is logged."""
    try:
        with _inbox(box) as inbox:
            for number in islice(_unseen(inbox), MOST_AT_ONCE):
                if stop.is_set():
                    return
                if _size(inbox, number) <= letters.MOST_BYTES:
                    take(_content(inbox, number), now=clock.now(), base_url=base_url)
                inbox.uid("STORE", number, "+FLAGS", r"(\Seen)")
    except (imaplib.IMAP4.error, OSError):
        log.exception("answers", extra={"event": "answers-unread"})


@contextmanager
def _inbox(box: AnswersBox) -> Iterator[imaplib.IMAP4_SSL]:
    """The inbox, over a connection whose certificate was checked."""
    context = ssl.create_default_context()
    if box.ca_file is not None:
        context.load_verify_locations(box.ca_file)
    with imaplib.IMAP4_SSL(
        box.host, box.port, ssl_context=context, timeout=IMAP_SECONDS
    ) as connection:
        connection.login(box.user, box.password)
        connection.select("INBOX")
        yield connection


def _unseen(inbox: imaplib.IMAP4_SSL) -> list[str]:
    _ok, found = inbox.uid("SEARCH", "UNSEEN")
    return [number.decode("ascii") for number in (found[0] or b"").split()]


def _size(inbox: imaplib.IMAP4_SSL, number: str) -> int:
    _ok, found = inbox.uid("FETCH", number, "(RFC822.SIZE)")
    words = bytes(found[0] or b"").rstrip(b")").split()
    return int(words[words.index(b"RFC822.SIZE") + 1]) if b"RFC822.SIZE" in words else 0


def _content(inbox: imaplib.IMAP4_SSL, number: str) -> bytes:
    _ok, found = inbox.uid("FETCH", number, "(BODY.PEEK[])")
    return next((each[1] for each in found if isinstance(each, tuple)), b"")
