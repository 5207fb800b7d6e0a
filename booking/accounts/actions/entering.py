"""Sign in, and show once more that it is she, by a passkey."""

from datetime import datetime

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.actions.passkeys import Site, use_passkey
from booking.accounts.actions.second_factor import new_recovery_codes
from booking.accounts.actions.sessions import start_person_session, start_staff_session
from booking.accounts.models import Passkey
from booking.audit import actions as audit
from booking.audit.rules.accounts import SecondFactorSet, SignedIn


def enter_with_passkey(
    site: Site, *, answer: str, by: Actor, now: datetime, instead_of: int | None = None
) -> tuple[str, Actor] | None:
    """Sign in whoever's passkey signed; return the cookie's token and whose it is.

    It is both factors of a member of staff, and a confirmed sign-in of a patient. None for an
    answer that does not hold, and for somebody who has been stopped.
    """
    row = use_passkey(by, site, answer=answer, now=now)
    if row is None or not _may_enter(row):
        return None
    person = Actor(user_id=row.user_id, person_id=row.person_id)
    if row.user_id is not None:
        token = start_staff_session(row.user_id, second_factor=now, now=now, instead_of=instead_of)
    else:
        token = start_person_session(
            row.person_id or 0, now=now, instead_of=instead_of, confirmed=now
        )
    audit.record(SignedIn(how="passkey"), by=person, at=now)
    return token, person


def prove_with_passkey(actor: Actor, site: Site, *, answer: str, now: datetime) -> str | None:
    """Make a sign-in fresh by a passkey of its own person; return the token of the next session."""
    row = use_passkey(actor, site, answer=answer, now=now)
    if row is None or (row.user_id, row.person_id) != (actor.user_id, actor.person_id):
        return None
    audit.record(SignedIn(how="passkey"), by=actor, at=now)
    if row.user_id is not None:
        return start_staff_session(
            row.user_id, second_factor=now, now=now, instead_of=actor.session_id
        )
    return start_person_session(
        row.person_id or 0, now=now, instead_of=actor.session_id, confirmed=now
    )


def begin_with_first_passkey(
    half: Actor, passkey: Passkey, *, now: datetime
) -> tuple[str, list[str]]:
    """Go on from the password to a full sign-in; return the token and her recovery codes."""
    user_id = passkey.user_id or 0
    audit.record(SecondFactorSet(user_id=user_id), by=half, at=now)
    audit.record(SignedIn(how="passkey"), by=half, at=now)
    token = start_staff_session(user_id, second_factor=now, now=now, instead_of=half.session_id)
    return token, new_recovery_codes(user_id)


def _may_enter(row: Passkey) -> bool:
    return row.user_id is None or queries.user(row.user_id).disabled_at is None
