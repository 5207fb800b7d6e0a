"""Sessions: a row behind each cookie, so that ending one ends it everywhere at once."""

from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, delete, or_, select, update

from booking.access.policy import Actor
from booking.accounts.emails import sign_in_key
from booking.accounts.models import (
    KnownBrowser,
    OneTimeLink,
    Passkey,
    RecoveryCode,
    SignInSession,
    Throttle,
    User,
)
from booking.accounts.rules import ACCOUNT, limits_of
from booking.audit import actions as audit
from booking.audit.rules.accounts import ScreenLocked, SignedOutElsewhere
from booking.core.db import session
from booking.core.tokens import digest, new_token
from booking.mail import outbox


def start_staff_session(
    user_id: int,
    *,
    second_factor: datetime | None,
    now: datetime,
    instead_of: int | None = None,
) -> str:
    """Start a session of a member of staff and return the token for her cookie.

    `second_factor` is when the second step was made. While it is None the session reaches the
    pages of the second step and nothing else.
    `instead_of` is the session this browser had so far; it ends.
    """
    owner = session().get_one(User, user_id)
    return _start(
        SignInSession(
            user_id=user_id,
            second_factor_at=second_factor,
            credential_version=owner.credential_version,
        ),
        now=now,
        instead_of=instead_of,
    )


def start_person_session(
    person_id: int,
    *,
    now: datetime,
    instead_of: int | None = None,
    confirmed: datetime | None = None,
) -> str:
    """Start a session of a patient (her resource's id) and return the token for her cookie.

    `confirmed` is when she showed more than her mailbox, if she did.
    """
    row = SignInSession(person_id=person_id, confirmed_at=confirmed)
    return _start(row, now=now, instead_of=instead_of)


def start_visit_session(
    appointment_id: int, *, by_mail: bool, now: datetime, instead_of: int | None = None
) -> str:
    """Start a session that reaches one visit and nothing else; return the cookie's token.

    `by_mail` says that it begins with a mailed link, and not with booking under some name.
    """
    row = SignInSession(appointment_id=appointment_id, by_mail=by_mail)
    return _start(row, now=now, instead_of=instead_of)


def _start(row: SignInSession, *, now: datetime, instead_of: int | None) -> str:
    if instead_of is not None:
        end_session(instead_of, now=now)
    token = new_token()
    row.token_hash = digest(token)
    row.created_at = row.last_seen_at = now
    row.expires_at = now + limits_of(row.kind).longest
    session().add(row)
    session().flush()
    return token


def forget_old(before: datetime) -> int:
    """Delete sessions, links and counters that were over by then; return how many.

    Links carry names and addresses: what they were mailed with goes too.
    """
    found = [session().execute(delete(SignInSession).where(SignInSession.expires_at < before))]
    over = select(OneTimeLink.id).where(OneTimeLink.expires_at < before)
    if links := session().scalars(over).all():
        keys = [sign_in_key(each) for each in links]
        outbox.forget(dedupe_keys=keys, now=before)
        found.append(session().execute(delete(OneTimeLink).where(OneTimeLink.id.in_(links))))
    # A counter that has led to a pause stays: guessing on a month later is still guessing on.
    few = Throttle.failures < ACCOUNT.free
    found.append(session().execute(delete(Throttle).where(Throttle.last_at < before, few)))
    return sum(cast(CursorResult[object], each).rowcount for each in found)


def forget_ways_in(stopped_before: datetime) -> int:
    """Take from staff stopped before then how they signed in; return how many that were.

    Whoever lets one back gives her a fresh start. Her name stays: diary and audit name her.
    """
    long_stopped = User.disabled_at < stopped_before
    left = or_(User.password_hash.is_not(None), User.totp_sealed.is_not(None))
    ids = session().scalars(select(User.id).where(long_stopped, left)).all()
    for table in (Passkey, RecoveryCode, KnownBrowser):
        session().execute(delete(table).where(table.user_id.in_(ids)))
    session().execute(
        update(User)
        .where(User.id.in_(ids))
        .values(
            password_hash=None,
            totp_sealed=None,
            totp_confirmed_at=None,
            credential_version=User.credential_version + 1,
        )
    )
    return len(ids)


def note_seen(session_id: int, *, now: datetime) -> None:
    """Write that a session is in use."""
    session().execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(last_seen_at=now)
    )


def end_session(session_id: int, *, now: datetime) -> None:
    """End one session; ending it again changes nothing."""
    session().execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_sessions_of_user(user_id: int, *, now: datetime) -> None:
    """End every session of a member of staff."""
    session().execute(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_person_sessions(person_id: int, *, but: int | None, now: datetime) -> None:
    """End the sessions a patient signed in to, all but the session `but`."""
    session().execute(
        update(SignInSession)
        .where(
            SignInSession.person_id == person_id,
            SignInSession.id.is_distinct_from(but),
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def lock_screen(actor: Actor, *, now: datetime) -> None:
    """Let the session the actor is in reach nothing but its unlocking; twice is once."""
    session().execute(
        update(SignInSession)
        .where(SignInSession.id == actor.session_id, SignInSession.locked_at.is_(None))
        .values(locked_at=now)
    )
    audit.record(ScreenLocked(), by=actor, at=now)


def switch_keys(actor: Actor, *, to: bool) -> None:
    """Let the keyboard's shortcuts work for the one who acts, or no longer."""
    session().execute(update(User).where(User.id == actor.user_id).values(keys_on=to))


def sign_out_elsewhere(actor: Actor, *, now: datetime) -> None:
    """End every session of the actor's own person but the one she acts in."""
    if actor.person_id is not None:
        end_person_sessions(actor.person_id, but=actor.session_id, now=now)
    elif actor.user_id is not None:
        session().execute(
            update(SignInSession)
            .where(
                SignInSession.user_id == actor.user_id,
                SignInSession.id.is_distinct_from(actor.session_id),
                SignInSession.ended_at.is_(None),
            )
            .values(ended_at=now)
        )
    audit.record(SignedOutElsewhere(), by=actor, at=now)


def end_visit_sessions(appointment_id: int, *, but: int | None, now: datetime) -> None:
    """End the sessions that links to a visit began, all but the session `but`."""
    session().execute(
        update(SignInSession)
        .where(
            SignInSession.appointment_id == appointment_id,
            SignInSession.id.is_distinct_from(but),
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
