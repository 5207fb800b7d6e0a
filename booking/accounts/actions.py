"""Sessions begin and end here."""

from datetime import datetime, timedelta

from booking.accounts.models import SignInSession, User
from booking.core.db import session
from booking.core.tokens import digest, new_token

STAFF_HOURS, PATIENT_HOURS = 10, 24


def start_staff_session(user_id: int, *, second_factor: datetime | None, now: datetime) -> str:
    """Begin a session for a member of staff and return its token for the cookie."""
    user = session().get_one(User, user_id)
    return _start(
        SignInSession(
            user_id=user.id,
            credential_version=user.credential_version,
            second_factor_at=second_factor,
            expires_at=now + timedelta(hours=STAFF_HOURS),
        ),
        now=now,
    )


def start_person_session(person_id: int, *, now: datetime) -> str:
    """Begin a session for a signed-in patient (a person's resource id)."""
    return _start(
        SignInSession(person_id=person_id, expires_at=now + timedelta(hours=PATIENT_HOURS)), now=now
    )


def start_visit_session(appointment_id: int, *, now: datetime) -> str:
    """Begin a session that reaches one visit only, for the holder of its link."""
    return _start(
        SignInSession(
            appointment_id=appointment_id, expires_at=now + timedelta(hours=PATIENT_HOURS)
        ),
        now=now,
    )


def end_session(session_id: int, *, now: datetime) -> None:
    """End a session; its cookie is worth nothing from now on."""
    session().get_one(SignInSession, session_id).ended_at = now


def _start(row: SignInSession, *, now: datetime) -> str:
    token = new_token()
    row.token_hash, row.created_at, row.last_seen_at = digest(token), now, now
    session().add(row)
    session().flush()
    return token
