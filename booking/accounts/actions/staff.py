"""Staff: the password step, and a new password by a mailed link."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from booking.access.policy import STRANGER, Actor
from booking.accounts import emails, queries
from booking.accounts.actions import passwords, throttle
from booking.accounts.actions.links import Letters, create_link, use_up
from booking.accounts.actions.sessions import end_sessions_of_user, start_staff_session
from booking.accounts.models import OneTimeLink, User
from booking.accounts.rules import LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.accounts import PasswordChanged, SignInRefused
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.mail import outbox


@dataclass(frozen=True, kw_only=True)
class PasswordCheck:
    """Whose password it was, or nobody's; `fresh_hash` where the stored hash is outdated."""

    user_id: int | None
    fresh_hash: str | None = None


def hashed_password(password: str) -> str:
    """Return the hash of a new password. Takes its time: call it outside a transaction."""
    return passwords.hashed(password)


def checked_password(email: str, password: str) -> PasswordCheck:
    """Look whether somebody signs in with this. One argon2 check, whoever it is.

    Reads only, and takes its time: call it outside a transaction, after the try was counted.
    """
    who = queries.user_by_email(email)
    stored = who.password_hash if who is not None and who.disabled_at is None else None
    if not passwords.matches(stored, password) or who is None or stored is None:
        return PasswordCheck(user_id=None)
    fresh = passwords.hashed(password) if passwords.outdated(stored) else None
    return PasswordCheck(user_id=who.id, fresh_hash=fresh)


def account_bucket(email: str) -> bytes:
    """Return the counter of password tries for an address, whether or not it is anybody's.

    One counter for all spellings of an address. Raises NotAnAddress.
    """
    return throttle.bucket("account", canonical_email(email))


def begin_sign_in(
    check: PasswordCheck, *, email: str, now: datetime, instead_of: int | None = None
) -> str | None:
    """Record how the password step went; return the token of a half session if it was right.

    Her counter of wrong passwords is cleared then. The half session reaches the second step only.
    """
    if check.user_id is None:
        audit.record(SignInRefused(step="password"), by=STRANGER, at=now)
        return None
    if check.fresh_hash is not None:
        session().execute(
            update(User).where(User.id == check.user_id).values(password_hash=check.fresh_hash)
        )
    throttle.clear(account_bucket(email))
    return start_staff_session(check.user_id, second_factor=None, now=now, instead_of=instead_of)


def request_new_password(email: str, *, letters: Letters, now: datetime) -> None:
    """Mail a link for a new password if the address is somebody's. Older such links end."""
    who = queries.user_by_email(email)
    if who is None or who.disabled_at is not None or who.password_hash is None:
        return
    session().execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.user_id == who.id,
            OneTimeLink.purpose == LinkPurpose.NEW_PASSWORD,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    link = OneTimeLink(
        purpose=LinkPurpose.NEW_PASSWORD,
        user_id=who.id,
        email=who.email_canonical,
        credential_version=who.credential_version,
    )
    token = create_link(link, now=now)
    outbox.enqueue(emails.new_password(who, link, letters(token)), now=now)


def set_new_password(
    token: str, *, password_hash: str, frame: dict[str, Any], now: datetime
) -> None:
    """Change the password by a mailed link; every session of hers ends, she signs in afresh.

    The second factor stays as it is. Raises LinkOver.
    """
    link = queries.usable_link(token, LinkPurpose.NEW_PASSWORD, now=now)
    use_up(link, now=now)
    who = queries.user(link.user_id or 0)
    change_password(who, password_hash=password_hash, frame=frame, now=now)


def change_password(who: User, *, password_hash: str, frame: dict[str, Any], now: datetime) -> None:
    """Store a new password, end every session of hers, open closed counters and tell her."""
    who.password_hash = password_hash
    who.credential_version += 1
    end_sessions_of_user(who.id, now=now)
    throttle.clear(account_bucket(who.email))
    throttle.clear(throttle.bucket("code", who.id))
    outbox.enqueue(emails.password_changed(who, frame, now=now), now=now)
    audit.record(PasswordChanged(user_id=who.id), by=Actor(user_id=who.id), at=now)
