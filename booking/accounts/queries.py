"""Named reads of sessions and staff."""

from datetime import datetime

from sqlalchemy import select

from booking.access.policy import STRANGER, Actor, Role
from booking.accounts.models import SignInSession, User
from booking.core.db import session
from booking.core.tokens import digest


def live_session(token: str, *, now: datetime) -> SignInSession | None:
    """Return the session behind `token` unless it has ended."""
    return session().scalar(
        select(SignInSession).where(
            SignInSession.token_hash == digest(token),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
    )


def actor_of(found: SignInSession | None) -> Actor:
    """Return who acts in a session; a stranger where there is none."""
    if found is None:
        return STRANGER
    if found.user_id is not None:
        return _staff_actor(found)
    role = Role.PATIENT if found.person_id is not None else Role.VISIT_LINK
    return Actor(
        roles=frozenset({role}),
        person_id=found.person_id,
        appointment_id=found.appointment_id,
        session_id=found.id,
    )


def _staff_actor(found: SignInSession) -> Actor:
    user = session().get_one(User, found.user_id)
    if user.disabled_at is not None or user.credential_version != found.credential_version:
        return STRANGER
    full = found.second_factor_at is not None
    roles = {row.role for row in user.roles} if full else {Role.HALF_SIGNED_IN}
    return Actor(roles=frozenset(roles), user_id=user.id, session_id=found.id)
