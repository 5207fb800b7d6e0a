"""Passkeys: asked for, registered, used to sign in, removed.

A passkey is a key in somebody's device that signs a challenge of ours once its owner has shown
herself to the device (finger, face or PIN). That is two factors in one, and a copy of this site
under another address gets nothing, because what is signed names the address.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select, update
from webauthn.helpers import (
    base64url_to_bytes,
    generate_challenge,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from booking.access.policy import Actor
from booking.accounts import queries
from booking.accounts.models import (
    Passkey,
    PasskeyChallenge,
    PatientPassword,
    PatientRecoveryCode,
)
from booking.accounts.rules import CHALLENGE_LIVES, LONGEST_PASSKEY_NAME
from booking.audit import actions as audit
from booking.audit.rules.accounts import PasskeyChanged, SignInRefused
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.core.sealed import ring
from booking.core.tokens import digest

# What a browser, or somebody in its place, sent is not an answer to what was asked.
NOT_HOLDING = (WebAuthnException, ValueError, KeyError, TypeError, RecursionError, NotFound)
LAST_WAY = N_("This is the only second step there is. Add another passkey first.")


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where passkeys are good: the exact `origin`, and the name people know it by.

    `browser` ties a challenge to the browser it was made for.
    """

    origin: str
    name: str
    browser: str

    @property
    def rp_id(self) -> str:
        """The host name that keys are made for."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """For whom a passkey is made: a member of staff or a patient, and how a device names her."""

    user_id: int | None = None
    person_id: int | None = None
    name: str = ""


def options_to_make(site: Site, holder: Holder, *, now: datetime) -> dict[str, Any]:
    """Return what a browser needs to make a passkey (PublicKeyCredentialCreationOptions)."""
    known = queries.passkeys_of(user_id=holder.user_id, person_id=holder.person_id)
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=_handle(holder.user_id, holder.person_id),
        user_name=holder.name,
        user_display_name=holder.name,
        challenge=_challenge(site, "make", now=now),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=each.credential_id) for each in known
        ],
    )
    return options_to_json_dict(options)


def options_to_use(site: Site, *, now: datetime) -> dict[str, Any]:
    """Return what a browser needs to use any passkey of this site, nobody's in particular."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=_challenge(site, "use", now=now),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def make_passkey(
    actor: Actor, site: Site, holder: Holder, *, name: str, answer: str, now: datetime
) -> Passkey | None:
    """Keep the passkey a browser made; None for an answer that does not hold."""
    try:
        told = json.loads(answer)
        made = webauthn.verify_registration_response(
            credential=told,
            expected_challenge=_spent(site, "make", told, now=now),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except NOT_HOLDING:
        return None
    if session().scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        return None
    row = Passkey(
        user_id=holder.user_id,
        person_id=holder.person_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name[:LONGEST_PASSKEY_NAME],
        created_at=now,
    )
    session().add(row)
    session().flush()
    audit.record(PasskeyChanged(passkey_id=row.id, what="added"), by=actor, at=now)
    return row


def use_passkey(actor: Actor, site: Site, *, answer: str, now: datetime) -> Passkey | None:
    """Return the passkey that signed for this browser now, and note its use; else None.

    None for a challenge that is not ours, used or expired, another address, a key that is unknown
    or removed, a person who was not verified, and a counter that went back: all look the same.
    """
    found = _verified(site, answer, now=now)
    if found is None:
        audit.record(SignInRefused(step="passkey"), by=actor, at=now)
    return found


def _verified(site: Site, answer: str, *, now: datetime) -> Passkey | None:
    try:
        told = json.loads(answer)
        challenge = _spent(site, "use", told, now=now)
        row = _row_of(told)
        signed = webauthn.verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except NOT_HOLDING:
        return None
    row.sign_count, row.last_used_at = signed.new_sign_count, now
    session().flush()
    return row


def _row_of(told: dict[str, Any]) -> Passkey:
    """Return the passkey an answer names, locked. Raises NotFound."""
    wanted = select(Passkey).where(
        Passkey.credential_id == base64url_to_bytes(told["rawId"]), Passkey.removed_at.is_(None)
    )
    row = session().scalar(wanted.with_for_update())
    if row is None:
        raise NotFound
    named = told["response"].get("userHandle")
    hers = _handle(row.user_id, row.person_id)
    if named is not None and base64url_to_bytes(named) != hers:
        raise NotFound
    return row


def remove_passkey(actor: Actor, passkey: Passkey, *, now: datetime) -> None:
    """Let a passkey work no more. Raises WrongState for a staff member's only second step."""
    if passkey.user_id is not None and not queries.has_other_second_step(passkey):
        raise WrongState(LAST_WAY)
    passkey.removed_at = now
    session().flush()
    audit.record(PasskeyChanged(passkey_id=passkey.id, what="removed"), by=actor, at=now)


def drop_passkeys(user_id: int, *, now: datetime) -> None:
    """Let no passkey of a member of staff work any more: she begins afresh."""
    session().execute(
        update(Passkey)
        .where(Passkey.user_id == user_id, Passkey.removed_at.is_(None))
        .values(removed_at=now)
    )


def undo_passkeys(user_id: int, *, since: datetime) -> None:
    """Put a member of staff's passkeys back to how they were: newer ones go, removed ones return.

    For a change of address that is taken back, because somebody else made it.
    """
    hers = Passkey.user_id == user_id
    session().execute(
        update(Passkey).where(hers, Passkey.removed_at >= since).values(removed_at=None)
    )
    session().execute(delete(Passkey).where(hers, Passkey.created_at >= since))


def undo_patients_ways(person_id: int, *, since: datetime) -> None:
    """Take a patient's own ways in back to how they were: what somebody else made since goes."""
    hers = Passkey.person_id == person_id
    session().execute(
        update(Passkey).where(hers, Passkey.removed_at >= since).values(removed_at=None)
    )
    session().execute(delete(Passkey).where(hers, Passkey.created_at >= since))
    session().execute(
        delete(PatientPassword).where(
            PatientPassword.person_id == person_id, PatientPassword.changed_at >= since
        )
    )
    session().execute(delete(PatientRecoveryCode).where(PatientRecoveryCode.person_id == person_id))


def _challenge(site: Site, purpose: str, *, now: datetime) -> bytes:
    """Make a challenge and keep its hash; those that ran out are cleared away in passing."""
    session().execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    challenge = generate_challenge()
    session().add(
        PasskeyChallenge(
            challenge_hash=digest(challenge.hex()),
            bound_to=_bound(site, purpose),
            expires_at=now + CHALLENGE_LIVES,
        )
    )
    session().flush()
    return challenge


def _spent(site: Site, purpose: str, told: dict[str, Any], *, now: datetime) -> bytes:
    """Return the challenge an answer was made for, which is used up by that. Raises ValueError."""
    client = parse_client_data_json(base64url_to_bytes(told["response"]["clientDataJSON"]))
    taken = session().scalars(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == digest(client.challenge.hex()),
            PasskeyChallenge.bound_to == _bound(site, purpose),
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.challenge_hash)
    )
    if taken.first() is None:
        raise ValueError("no such challenge")
    return client.challenge


def _handle(user_id: int | None, person_id: int | None) -> bytes:
    """Return by what a device knows whose a passkey is: 32 bytes that tell nothing."""
    whose = f"user:{user_id}" if user_id is not None else f"person:{person_id}"
    return hmac.digest(ring().derived("passkey handle"), whose.encode(), hashlib.sha256)


def _bound(site: Site, purpose: str) -> bytes:
    return digest(f"passkey|{purpose}|{site.browser}")
