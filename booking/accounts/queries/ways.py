"""Named reads of ways to sign in: passkeys, codes, patients' passwords."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from booking.access.policy import Actor
from booking.accounts.models import (
    Passkey,
    PatientPassword,
    PatientRecoveryCode,
    RecoveryCode,
    User,
)
from booking.core.db import session
from booking.core.errors import NotFound


def passkeys_of(*, user_id: int | None, person_id: int | None) -> Sequence[Passkey]:
    """Return the passkeys of one member of staff or one patient, oldest first."""
    wanted = select(Passkey).where(
        Passkey.user_id == user_id, Passkey.person_id == person_id, Passkey.removed_at.is_(None)
    )
    return session().scalars(wanted.order_by(Passkey.id)).all()


def own_passkey(actor: Actor, public_id: UUID) -> Passkey:
    """Return one of the actor's own passkeys. Raises NotFound."""
    found = session().scalar(
        select(Passkey).where(
            Passkey.public_id == public_id,
            Passkey.user_id == actor.user_id,
            Passkey.person_id == actor.person_id,
            Passkey.removed_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def has_second_step(who: User) -> bool:
    """Tell whether a member of staff has set up a telephone or a passkey."""
    return who.totp_confirmed_at is not None or bool(passkeys_of(user_id=who.id, person_id=None))


def has_other_second_step(passkey: Passkey) -> bool:
    """Tell whether a member of staff could still take the second step without this passkey."""
    who = session().get_one(User, passkey.user_id)
    others = [one for one in passkeys_of(user_id=who.id, person_id=None) if one.id != passkey.id]
    return who.totp_confirmed_at is not None or bool(others)


def codes_left(actor: Actor) -> int:
    """Return how many recovery codes the actor's own person has left."""
    table, column, number = (
        (RecoveryCode, RecoveryCode.user_id, actor.user_id)
        if actor.user_id is not None
        else (PatientRecoveryCode, PatientRecoveryCode.person_id, actor.person_id)
    )
    wanted = select(func.count()).where(column == number, table.used_at.is_(None))
    return session().scalar(wanted) or 0


def password_of(person_id: int | None) -> PatientPassword | None:
    """Return a patient's password, if she has set one."""
    return session().get(PatientPassword, person_id) if person_id is not None else None
