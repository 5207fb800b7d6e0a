"""The owner's work: invite, send again, withdraw; and what an invited person does with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from booking.access.policy import STAFF, STRANGER, Actor, Role
from booking.accounts import emails, queries
from booking.accounts.actions.links import Letters, create_link, use_up
from booking.accounts.actions.passkeys import drop_passkeys
from booking.accounts.actions.second_factor import new_secret
from booking.accounts.actions.sessions import end_sessions_of_user, start_staff_session
from booking.accounts.actions.staff import change_password
from booking.accounts.models import OneTimeLink, RecoveryCode, User, UserRole
from booking.accounts.rules import LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.accounts import (
    RolesChanged,
    SignedOutByOwner,
    StaffInvited,
    StaffJoined,
    StaffStopped,
)
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import N_, BadInput, LinkOver, WrongState
from booking.mail import outbox

LAST_OWNER = N_("The clinic needs an owner who can sign in. Make somebody else an owner first.")
JOINING = (LinkPurpose.STAFF_INVITE, LinkPurpose.OWNER_SETUP)


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Who is asked to join, as the owner typed it; the roles are fixed from here on."""

    name: str
    email: str
    roles: frozenset[Role]
    practitioner_id: int | None = None


def invite(actor: Actor, invited: Invited, *, letters: Letters, now: datetime) -> OneTimeLink:
    """Mail an invitation; an older one to the same address ends.

    Raises BadInput for roles that are not staff's, and WrongState where the address already
    belongs to somebody on the staff.
    """
    if not invited.roles or not invited.roles <= STAFF:
        raise BadInput(N_("Choose at least one kind of work for this person."))
    address = canonical_email(invited.email)
    if queries.user_by_email(address) is not None:
        raise WrongState(N_("Somebody on the staff already uses this e-mail address."))
    _withdraw_all(address, now=now)
    link = OneTimeLink(
        purpose=LinkPurpose.STAFF_INVITE,
        email=address,
        name=invited.name,
        roles=" ".join(sorted(invited.roles)),
        practitioner_id=invited.practitioner_id,
        created_by=actor.user_id,
    )
    token = create_link(link, now=now)
    outbox.enqueue(emails.staff_invite(link, letters(token)), now=now)
    audit.record(StaffInvited(what="made", link_id=link.id), by=actor, at=now)
    return link


def resend(actor: Actor, public_id: UUID, *, letters: Letters, now: datetime) -> OneTimeLink:
    """Send a fresh invitation in place of one, whose link stops working. Raises NotFound."""
    old = queries.invitation(public_id)
    return invite(
        actor,
        Invited(
            name=old.name,
            email=old.email,
            roles=frozenset(Role(word) for word in old.roles.split()),
            practitioner_id=old.practitioner_id,
        ),
        letters=letters,
        now=now,
    )


def revoke(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Withdraw an invitation. Raises NotFound."""
    link = queries.invitation(public_id)
    link.revoked_at = now
    session().flush()
    audit.record(StaffInvited(what="revoked", link_id=link.id), by=actor, at=now)


def accept_invitation(
    token: str,
    *,
    name: str,
    email: str,
    password_hash: str,
    now: datetime,
    link_practitioner: Callable[[int, int], None],
    instead_of: int | None = None,
) -> str:
    """Make the account an invitation promises; return the token of a half session.

    Address and roles are the invitation's; only the first owner's link leaves them to be typed.
    It can never change an account that exists. `link_practitioner(practitioner_id, user_id)`
    ties the account to a practitioner. Raises LinkOver.
    """
    link = queries.usable_link(token, *JOINING, now=now)
    use_up(link, now=now)
    first_owner = link.purpose is LinkPurpose.OWNER_SETUP
    address = email if first_owner else link.email
    if queries.user_by_email(address) is not None:
        raise LinkOver
    roles = [Role(word) for word in link.roles.split()]
    who = join(name=name, email=address, roles=roles, password_hash=password_hash, now=now)
    if link.practitioner_id is not None:
        link_practitioner(link.practitioner_id, who.id)
    audit.record(StaffJoined(user_id=who.id), by=STRANGER, at=now)
    return start_staff_session(who.id, second_factor=None, now=now, instead_of=instead_of)


def join(
    *, name: str, email: str, roles: Iterable[Role], password_hash: str | None, now: datetime
) -> User:
    """Make an account of the staff; its second factor is still to be set up."""
    who = User(
        name=name,
        email=email,
        email_canonical=canonical_email(email),
        password_hash=password_hash,
        created_at=now,
        roles=[UserRole(role=role) for role in sorted(set(roles))],
    )
    who.totp_secret = new_secret()
    session().add(who)
    session().flush()
    return who


def offer_fresh_start(actor: Actor, public_id: UUID, *, letters: Letters, now: datetime) -> None:
    """Mail somebody who lost her phone and codes a link to set up both again.

    Nothing of her sign-in changes until she uses it. Raises NotFound, and WrongState for
    somebody who has been stopped.
    """
    who = queries.user_by_public_id(public_id)
    if who.disabled_at is not None:
        raise WrongState(N_("Let this person sign in again first."))
    link = OneTimeLink(
        purpose=LinkPurpose.FRESH_START,
        user_id=who.id,
        email=who.email_canonical,
        name=who.name,
        credential_version=who.credential_version,
        created_by=actor.user_id,
    )
    token = create_link(link, now=now)
    outbox.enqueue(emails.new_password(who, link, letters(token)), now=now)
    audit.record(StaffInvited(what="fresh-start", link_id=link.id), by=actor, at=now)


def start_afresh(
    token: str,
    *,
    password_hash: str,
    frame: dict[str, Any],
    now: datetime,
    instead_of: int | None = None,
) -> str:
    """Set a new password and drop the old second factor; return the token of a half session.

    She sets up her phone next. Every session and recovery code of hers ends. Raises LinkOver.
    """
    link = queries.usable_link(token, LinkPurpose.FRESH_START, now=now)
    use_up(link, now=now)
    who = queries.user(link.user_id or 0)
    change_password(who, password_hash=password_hash, frame=frame, now=now)
    who.totp_secret, who.totp_confirmed_at, who.totp_last_step = new_secret(), None, 0
    session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == who.id))
    drop_passkeys(who.id, now=now)
    return start_staff_session(who.id, second_factor=None, now=now, instead_of=instead_of)


def stop(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Let somebody sign in no more and end her sessions.

    Raises NotFound, and WrongState for oneself and for the last owner who can sign in.
    """
    who = queries.user_by_public_id(public_id)
    if who.id == actor.user_id:
        raise WrongState(N_("You cannot stop your own sign-in. Another owner can."))
    # Locked and read again: two owners who stop each other at one moment would leave none.
    if queries.owners_who_may_sign_in() <= {who.id}:
        raise WrongState(LAST_OWNER)
    who.disabled_at = who.disabled_at or now
    end_sessions_of_user(who.id, now=now)
    audit.record(StaffStopped(user_id=who.id, what="stopped"), by=actor, at=now)


def let_back(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Let somebody who was stopped sign in again. Raises NotFound."""
    who = queries.user_by_public_id(public_id)
    who.disabled_at = None
    audit.record(StaffStopped(user_id=who.id, what="let-back"), by=actor, at=now)


def change_roles(actor: Actor, public_id: UUID, roles: frozenset[Role], *, now: datetime) -> None:
    """Change what somebody does here; every sign-in of hers ends, so that no page is left over.

    Raises NotFound, BadInput for roles that are not staff's, and WrongState for the last owner
    who can sign in.
    """
    if not roles or not roles <= STAFF:
        raise BadInput(N_("Choose at least one kind of work for this person."))
    who = queries.user_by_public_id(public_id)
    if Role.OWNER not in roles and queries.owners_who_may_sign_in() <= {who.id}:
        raise WrongState(LAST_OWNER)
    held = {each.role: each for each in who.roles}
    for role in sorted(set(held) - roles):
        who.roles.remove(held[role])
        session().delete(held[role])
    who.roles += [UserRole(role=role) for role in sorted(roles - set(held))]
    session().flush()
    end_sessions_of_user(who.id, now=now)
    told = " ".join(sorted(roles))
    audit.record(RolesChanged(user_id=who.id, roles=told), by=actor, at=now)


def sign_out(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """End every sign-in of somebody, who may sign in again. Raises NotFound."""
    who = queries.user_by_public_id(public_id)
    end_sessions_of_user(who.id, now=now)
    audit.record(SignedOutByOwner(user_id=who.id), by=actor, at=now)


def _withdraw_all(address: str, *, now: datetime) -> None:
    session().execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.email == address,
            OneTimeLink.purpose == LinkPurpose.STAFF_INVITE,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
