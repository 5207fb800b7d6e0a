"""The list of the staff: who signs in here, how, and when last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from booking.access.policy import Role
from booking.accounts.models import Passkey, SignInSession, User
from booking.core.db import session


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """One line of the staff list; `ready` once her second factor is set up.

    `passkeys` counts hers; `phone` says whether an authenticator is set up; `last_at` is when she
    last signed in as far as is kept.
    """

    user_id: int
    public_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    ready: bool
    stopped: bool
    phone: bool
    passkeys: int
    last_at: datetime | None


def staff() -> Sequence[StaffMember]:
    """Return everybody on the staff by name."""
    keys = _counted(
        select(Passkey.user_id, func.count())
        .where(Passkey.user_id.is_not(None), Passkey.removed_at.is_(None))
        .group_by(Passkey.user_id)
    )
    last = _counted(
        select(SignInSession.user_id, func.max(SignInSession.second_factor_at))
        .where(SignInSession.user_id.is_not(None))
        .group_by(SignInSession.user_id)
    )
    return [
        StaffMember(
            user_id=one.id,
            public_id=one.public_id,
            name=one.name,
            email=one.email,
            roles=tuple(sorted(held.role for held in one.roles)),
            ready=one.totp_confirmed_at is not None or one.id in keys,
            stopped=one.disabled_at is not None,
            phone=one.totp_confirmed_at is not None,
            passkeys=keys.get(one.id, 0),
            last_at=last.get(one.id),
        )
        for one in session().scalars(select(User).order_by(User.name, User.id))
    ]


def _counted(wanted: Select[Any, Any]) -> dict[int, Any]:
    return {row[0]: row[1] for row in session().execute(wanted)}
