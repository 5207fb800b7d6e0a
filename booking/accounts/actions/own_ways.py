"""A patient's own ways in, if she wants any: a password, and codes for when she has lost it.

A mailed link shows visits but no answers. What is made here is hers alone, so a sign-in with it
is a confirmed one; and only a confirmed sign-in may make it, else whoever reads her mail could.
"""

from datetime import datetime

from sqlalchemy import delete, update

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.actions import passwords, throttle
from booking.accounts.actions.second_factor import shown_codes, written
from booking.accounts.actions.sessions import end_person_sessions, start_person_session
from booking.accounts.models import PatientPassword, PatientRecoveryCode
from booking.audit import actions as audit
from booking.audit.rules.accounts import SignedIn, SignInRefused, WayInChanged
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import NotAllowed
from booking.core.tokens import digest


def password_bucket(email: str) -> bytes:
    """Return the counter of patients' password tries for an address. Raises NotAnAddress."""
    return throttle.bucket("patient-password", canonical_email(email))


def right_password(person_id: int | None, password: str) -> bool:
    """Tell whether this is that person's password. One argon2 check, whoever it is.

    Takes its time: call it outside a transaction, after the try was counted.
    """
    kept = queries.password_of(person_id)
    return passwords.matches(kept.password_hash if kept is not None else None, password)


def enter_with_password(
    person_id: int | None, *, email: str, now: datetime, instead_of: int | None = None
) -> str | None:
    """Record how it went; return the token of a confirmed session, None for a wrong password.

    `person_id` is whose password was right, None for nobody's.
    """
    if person_id is None:
        audit.record(SignInRefused(step="password"), by=None, at=now)
        return None
    throttle.clear(password_bucket(email))
    audit.record(SignedIn(how="password"), by=Actor(person_id=person_id), at=now)
    return start_person_session(person_id, now=now, instead_of=instead_of, confirmed=now)


def set_patient_password(
    actor: Actor, *, password_hash: str, email: str | None, now: datetime
) -> None:
    """Keep a patient's new password and end her other sign-ins. Raises NotAllowed.

    What was guessed at her `email` before no longer counts, if she has one.
    """
    person_id = confirmed_person(actor)
    row = session().get(PatientPassword, person_id) or PatientPassword(person_id=person_id)
    row.password_hash, row.changed_at = password_hash, now
    session().add(row)
    session().flush()
    end_person_sessions(person_id, but=actor.session_id, now=now)
    if email is not None:
        throttle.clear(password_bucket(email))
    audit.record(WayInChanged(what="password-set"), by=actor, at=now)


def remove_patient_password(actor: Actor, *, now: datetime) -> None:
    """Let a patient sign in without a password again. Raises NotAllowed."""
    person_id = confirmed_person(actor)
    session().execute(delete(PatientPassword).where(PatientPassword.person_id == person_id))
    audit.record(WayInChanged(what="password-removed"), by=actor, at=now)


def new_patient_codes(actor: Actor, *, now: datetime) -> list[str]:
    """Replace a patient's recovery codes; return the new ones, shown this once. Raises NotAllowed.

    Each confirms one sign-in by a mailed link.
    """
    person_id = confirmed_person(actor)
    hers = PatientRecoveryCode.person_id == person_id
    session().execute(delete(PatientRecoveryCode).where(hers))
    codes = shown_codes()
    session().add_all(
        PatientRecoveryCode(person_id=person_id, code_hash=digest(written(code))) for code in codes
    )
    session().flush()
    audit.record(WayInChanged(what="codes-made"), by=actor, at=now)
    return codes


def use_patient_code(person_id: int, code: str, *, now: datetime) -> bool:
    """Use up one of a patient's recovery codes; False when it is none of them, or used."""
    used = session().scalar(
        update(PatientRecoveryCode)
        .where(
            PatientRecoveryCode.person_id == person_id,
            PatientRecoveryCode.code_hash == digest(written(code)),
            PatientRecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(PatientRecoveryCode.id)
    )
    return used is not None


def confirmed_person(actor: Actor) -> int:
    """Return the person of a confirmed sign-in. Raises NotAllowed for anybody else."""
    if actor.person_id is None or not actor.confirmed:
        raise NotAllowed
    return actor.person_id
