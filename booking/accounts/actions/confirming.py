"""A patient shows more than her mailbox: a code that reception gives to her in person.

A mailbox may be shared, passed on or belong to a parent, so a mailed link shows visits but no
answers. The desk knows whom it has before it.
"""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import update

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.actions import throttle
from booking.accounts.actions.links import create_link, use_up
from booking.accounts.actions.outside import Guest
from booking.accounts.actions.own_ways import use_patient_code
from booking.accounts.models import OneTimeLink, SignInSession
from booking.accounts.rules import ACCOUNT, LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.accounts import DeskCodeGiven, SignInConfirmed
from booking.core.db import session
from booking.core.errors import LinkOver, NotAllowed
from booking.core.sealed import ring
from booking.core.tokens import digest, new_code, new_token

CODE_LETTERS = 8


def give_desk_code(actor: Actor, guest: Guest, *, now: datetime) -> str:
    """Make a code for the patient at the desk and return it; one made before ends.

    Whatever was typed before no longer counts: whoever reads her mailbox must not lock her out.
    """
    throttle.clear(throttle.bucket("desk-code", guest.person_id))
    session().execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.purpose == LinkPurpose.DESK_CODE,
            OneTimeLink.person_id == guest.person_id,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    code = new_code(CODE_LETTERS)
    link = OneTimeLink(
        purpose=LinkPurpose.DESK_CODE, person_id=guest.person_id, created_by=actor.user_id
    )
    create_link(link, now=now, token=_token(guest.person_id, code))
    audit.record(DeskCodeGiven(patient_id=guest.patient_id), by=actor, at=now)
    return code


def confirm_sign_in(actor: Actor, code: str, *, now: datetime) -> str | None:
    """Confirm a patient's session by her code from the desk, or a recovery code.

    Return the token for her cookie, which is another from here on; None where it is neither code.

    Raises TooManyTries after wrong ones, and NotAllowed for anybody who is no signed-in patient.
    """
    if actor.person_id is None or actor.session_id is None:
        raise NotAllowed
    tries = throttle.bucket("desk-code", actor.person_id)
    throttle.count(tries, schedule=ACCOUNT, now=now)
    how = _how(actor.person_id, code, now=now)
    if not how:
        return None
    throttle.clear(tries)
    token = new_token()
    session().execute(
        update(SignInSession)
        .where(SignInSession.id == actor.session_id)
        .values(confirmed_at=now, token_hash=digest(token))
    )
    audit.record(SignInConfirmed(how=how), by=actor, at=now)
    return token


def _how(person_id: int, code: str, *, now: datetime) -> str:
    """Use the code up and return what it was: "desk-code", "recovery-code", or "" for neither."""
    if use_patient_code(person_id, code, now=now):
        return "recovery-code"
    try:
        link = queries.usable_link(_token(person_id, code), LinkPurpose.DESK_CODE, now=now)
        use_up(link, now=now)
    except LinkOver:
        return ""
    return "desk-code"


def _token(person_id: int, code: str) -> str:
    """Keyed, so that a stolen database does not give away so short a code; hers alone."""
    key = ring().derived("desk code")
    return hmac.digest(key, f"{person_id}|{code}".encode(), hashlib.sha256).hex()
