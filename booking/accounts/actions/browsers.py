"""Browsers somebody has signed in with before; word to her when another one appears."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from booking.accounts import emails, queries
from booking.accounts.emails import Addressee
from booking.accounts.models import KnownBrowser, PatientBrowser, SignInSession
from booking.core.db import session
from booking.core.tokens import digest
from booking.mail import outbox


def note_browser(
    user_id: int, secret: str, *, words: str, frame: dict[str, Any], now: datetime
) -> None:
    """Remember a browser by the secret in its cookie; mail its owner if it is new to her."""
    wanted = select(KnownBrowser.id).where(
        KnownBrowser.user_id == user_id, KnownBrowser.token_hash == digest(secret)
    )
    if session().scalar(wanted) is not None:
        return
    row = KnownBrowser(user_id=user_id, token_hash=digest(secret), created_at=now)
    session().add(row)
    session().flush()
    letter = emails.new_browser(queries.user(user_id), row.id, words=words, frame=frame)
    outbox.enqueue(letter, now=now)


def note_patients_browser(
    person_id: int,
    secret: str,
    *,
    to: Addressee | None,
    words: str,
    frame: dict[str, Any],
    now: datetime,
) -> None:
    """Remember a patient's browser; mail her if it is new to her, unless no mail is safe.

    For sign-ins that do not go through her mailbox; a mailed link is word enough of itself.
    """
    wanted = select(PatientBrowser.id).where(
        PatientBrowser.person_id == person_id, PatientBrowser.token_hash == digest(secret)
    )
    if session().scalar(wanted) is not None:
        return
    row = PatientBrowser(person_id=person_id, token_hash=digest(secret), created_at=now)
    session().add(row)
    session().flush()
    if to is not None:
        letter = emails.patient_browser(to, row.id, words=words, frame=frame)
        outbox.enqueue(letter, now=now)


def name_browser(token: str, words: str) -> None:
    """Write into a session with what kind of browser it began."""
    session().execute(
        update(SignInSession)
        .where(SignInSession.token_hash == digest(token))
        .values(browser=words or None)
    )
