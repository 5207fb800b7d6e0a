"""Staff: the second step. Codes from a telephone work once, recovery codes once for all."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

import pyotp
from qrcode.main import QRCode
from sqlalchemy import delete, update

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.actions import throttle
from booking.accounts.actions.sessions import end_session, start_staff_session
from booking.accounts.models import RecoveryCode, SignInSession, User
from booking.accounts.rules import CODE, fresh_step, nearby_steps
from booking.audit import actions as audit
from booking.audit.rules.accounts import SecondFactorSet, SignedIn, SignInRefused, WayInChanged
from booking.core.db import session
from booking.core.tokens import digest, new_code

TRIES_PER_SIGN_IN = 5
RECOVERY_CODES = 8
RECOVERY_LETTERS = 16  # about 79 bits


class Outcome(StrEnum):
    """How a code was taken."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    OVER = "over"  # too many wrong ones: she begins again with the password


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome; `token` of the new session when accepted."""

    outcome: Outcome
    token: str = ""


def new_secret() -> str:
    """Return a fresh secret for an authenticator, base32, 160 bits."""
    return pyotp.random_base32()


def setup_uri(who: User, *, issuer: str) -> str:
    """Return the otpauth: address an authenticator reads from the picture."""
    return pyotp.TOTP(str(who.totp_secret)).provisioning_uri(name=who.email, issuer_name=issuer)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A QR code to draw: `size` in modules with its quiet border, `path` for SVG."""

    size: int
    path: str


def setup_picture(uri: str) -> Picture:
    """Return the picture an authenticator's camera reads."""
    code = QRCode(border=4)
    code.add_data(uri)
    rows = code.get_matrix()
    squares = (
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return Picture(size=len(rows), path="".join(squares))


def check_code(half: Actor, code: str, *, now: datetime) -> Checked:
    """Take a code from her telephone. Raises TooManyTries when it must wait."""
    row, who = _begin(half, now=now)
    accepted = who.totp_confirmed_at is not None and _use_code(who, code, now=now)
    return _finish(row, who, how="code" if accepted else "", now=now)


def check_recovery_code(half: Actor, code: str, *, now: datetime) -> Checked:
    """Take a recovery code, which then is used up. Raises TooManyTries when it must wait."""
    row, who = _begin(half, now=now)
    used = session().scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == who.id,
            RecoveryCode.code_hash == digest(written(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    accepted = used is not None and queries.has_second_step(who)
    return _finish(row, who, how="recovery-code" if accepted else "", now=now)


def enrol(half: Actor, code: str, *, now: datetime) -> Checked:
    """Take the first code, which shows that her telephone has the secret. Only once.

    Raises TooManyTries when it must wait.
    """
    row, who = _begin(half, now=now)
    accepted = not queries.has_second_step(who) and _use_code(who, code, now=now)
    if accepted:
        who.totp_confirmed_at = now
        audit.record(SecondFactorSet(user_id=who.id), by=half, at=now)
    return _finish(row, who, how="code" if accepted else "", now=now)


def new_recovery_codes(user_id: int) -> list[str]:
    """Replace her recovery codes and return the new ones, which are shown this once."""
    session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = shown_codes()
    session().add_all(
        RecoveryCode(user_id=user_id, code_hash=digest(written(code))) for code in codes
    )
    session().flush()
    return codes


def renew_recovery_codes(actor: Actor, *, now: datetime) -> list[str]:
    """Replace the codes of somebody signed in; return the new ones, which are shown this once."""
    codes = new_recovery_codes(actor.user_id or 0)
    audit.record(WayInChanged(what="codes-made"), by=actor, at=now)
    return codes


def shown_codes() -> list[str]:
    """Return fresh recovery codes in groups of four letters."""
    codes = [new_code(RECOVERY_LETTERS) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def written(code: str) -> str:
    """Return a recovery code as it is hashed: capitals and digits only."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _begin(half: Actor, *, now: datetime) -> tuple[SignInSession, User]:
    """Load the half session and its person, locked, and count the try."""
    row = session().get_one(SignInSession, half.session_id, with_for_update=True)
    who = session().get_one(User, row.user_id, with_for_update=True)
    throttle.count(throttle.bucket("code", who.id), schedule=CODE, now=now)
    return row, who


def _use_code(who: User, code: str, *, now: datetime) -> bool:
    totp = pyotp.TOTP(str(who.totp_secret))
    typed = "".join(code.split())
    steps = nearby_steps(now)
    same = [s for s in steps if typed.isascii() and compare_digest(totp.generate_otp(s), typed)]
    step = fresh_step(same, last_used=who.totp_last_step)
    if step is None:
        return False
    who.totp_last_step = step
    return True


def _finish(row: SignInSession, who: User, *, how: str, now: datetime) -> Checked:
    half = Actor(user_id=who.id)
    if how:
        throttle.clear(throttle.bucket("code", who.id))
        token = start_staff_session(who.id, second_factor=now, now=now, instead_of=row.id)
        audit.record(SignedIn(how=how), by=half, at=now)
        return Checked(outcome=Outcome.ACCEPTED, token=token)
    row.wrong_codes += 1
    audit.record(SignInRefused(step="code"), by=half, at=now)
    if row.wrong_codes < TRIES_PER_SIGN_IN:
        return Checked(outcome=Outcome.WRONG)
    end_session(row.id, now=now)
    return Checked(outcome=Outcome.OVER)
