"""Staff: sign in with another address, and take that back from the one before."""

from datetime import datetime

from booking.access.policy import Actor
from booking.accounts import emails, queries
from booking.accounts.actions.links import Letters, create_link, use_up
from booking.accounts.actions.passkeys import undo_passkeys
from booking.accounts.actions.sessions import end_sessions_of_user
from booking.accounts.models import OneTimeLink, User
from booking.accounts.rules import LinkPurpose
from booking.audit import actions as audit
from booking.audit.rules.patients import AddressChanged
from booking.core.addresses import canonical_email
from booking.core.db import session
from booking.core.errors import LinkOver
from booking.mail import outbox


def ask_for_address(actor: Actor, email: str, *, letters: Letters, now: datetime) -> None:
    """Mail a link to the address somebody wants; nothing changes until it is used.

    Where another member of staff has that address nothing is mailed, and nobody learns so.
    """
    who = queries.user(actor.user_id or 0)
    audit.record(AddressChanged(user_id=who.id, what="asked"), by=actor, at=now)
    if queries.user_by_email(canonical_email(email)) is not None:
        return
    link = OneTimeLink(
        purpose=LinkPurpose.NEW_ADDRESS,
        user_id=who.id,
        email=canonical_email(email),
        credential_version=who.credential_version,
    )
    token = create_link(link, now=now)
    outbox.enqueue(emails.new_address(who, link, letters(token)), now=now)


def change_address(token: str, *, letters: Letters, now: datetime) -> None:
    """Change the address by the link that was mailed to it; she signs in afresh everywhere.

    The address before is told, with a link that takes it back. Raises LinkOver.
    """
    link = queries.usable_link(token, LinkPurpose.NEW_ADDRESS, now=now)
    who = queries.user(link.user_id or 0)
    before = who.email_canonical
    _set(who, link, now=now)
    undo = OneTimeLink(
        purpose=LinkPurpose.OLD_ADDRESS,
        user_id=who.id,
        email=before,
        credential_version=who.credential_version,
    )
    undo_token = create_link(undo, now=now)
    outbox.enqueue(emails.address_changed(who, undo, letters(undo_token)), now=now)
    audit.record(AddressChanged(user_id=who.id, what="changed"), by=Actor(user_id=who.id), at=now)


def undo_address(token: str, *, now: datetime) -> None:
    """Take a change of address back; every sign-in and link of hers ends. Raises LinkOver.

    Her passkeys are those of before: whoever changed the address may have added one since.
    """
    link = queries.usable_link(token, LinkPurpose.OLD_ADDRESS, now=now)
    who = queries.user(link.user_id or 0)
    undo_passkeys(who.id, since=link.created_at)
    _set(who, link, now=now)
    audit.record(AddressChanged(user_id=who.id, what="undone"), by=Actor(user_id=who.id), at=now)


def _set(who: User, link: OneTimeLink, *, now: datetime) -> None:
    use_up(link, now=now)
    holder = queries.user_by_email(link.email)
    if holder is not None and holder.id != who.id:
        raise LinkOver  # somebody else has it by now
    who.email = who.email_canonical = link.email
    who.credential_version += 1  # puts every other link and sign-in of hers out of use
    end_sessions_of_user(who.id, now=now)
    session().flush()
