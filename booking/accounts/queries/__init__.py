"""Named reads of staff, sessions and links."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from booking.access.policy import STRANGER, Actor, Role
from booking.accounts.models import OneTimeLink, SignInSession, User, UserRole
from booking.accounts.queries.listed import StaffMember as StaffMember
from booking.accounts.queries.listed import staff as staff
from booking.accounts.queries.ways import codes_left as codes_left
from booking.accounts.queries.ways import has_other_second_step as has_other_second_step
from booking.accounts.queries.ways import has_second_step as has_second_step
from booking.accounts.queries.ways import own_passkey as own_passkey
from booking.accounts.queries.ways import passkeys_of as passkeys_of
from booking.accounts.queries.ways import password_of as password_of
from booking.accounts.rules import (
    STEP_UP,
    USUAL,
    LinkPurpose,
    LinkState,
    Patience,
    link_state,
    session_lives,
)
from booking.core.addresses import NotAnAddress, canonical_email
from booking.core.db import session
from booking.core.errors import LinkOver, NotFound
from booking.core.tokens import digest


def user_by_email(email: str) -> User | None:
    """Return the member of staff with this address, also one who has been stopped."""
    try:
        form = canonical_email(email)
    except NotAnAddress:
        return None
    return session().scalar(select(User).where(User.email_canonical == form))


def user(user_id: int) -> User:
    """Return one member of staff. Raises NotFound."""
    if (found := _kept(user_id)) is None:
        raise NotFound
    return found


def _kept(user_id: int | None) -> User | None:
    """Return one member of staff, held: a session forgets what nobody holds, and asks anew."""
    found = session().get(User, user_id) if user_id is not None else None
    session().info["member of staff"] = found
    return found


def user_by_public_id(public_id: UUID) -> User:
    """Return one member of staff. Raises NotFound."""
    found = session().scalar(select(User).where(User.public_id == public_id))
    if found is None:
        raise NotFound
    return found


# Asked for each page somebody signed in opens: one question for her session, herself and her roles.
_SIGNED_IN = (
    select(SignInSession, User)
    .outerjoin(User, User.id == SignInSession.user_id)
    .where(SignInSession.token_hash == bindparam("token_hash"))
    .options(joinedload(User.roles))
)


def live_session(token: str, *, now: datetime, patience: Patience = USUAL) -> SignInSession | None:
    """Return the session behind a cookie's token while it may be used, else None.

    Ended by its person, left alone too long, older than its kind may get, its member of staff
    stopped, or her password changed since: all the same.
    """
    asked = session().execute(_SIGNED_IN, {"token_hash": digest(token)})
    row, owner = asked.unique().one_or_none() or (None, None)
    session().info["member of staff"] = owner  # held, as `_kept` does
    if row is None or row.ended_at is not None or now >= row.expires_at:
        return None
    if not _lives(row, now=now, patience=patience):
        return None
    return row if row.user_id is None or _still_hers(row) else None


def _lives(row: SignInSession, *, now: datetime, patience: Patience) -> bool:
    began, seen = row.created_at, row.last_seen_at
    return session_lives(row.kind, started_at=began, seen_at=seen, now=now, patience=patience)


def sessions_of(
    actor: Actor, *, now: datetime, patience: Patience = USUAL
) -> Sequence[SignInSession]:
    """Return the sign-ins of the actor's own person that can be used now, the latest first."""
    wanted = (
        select(SignInSession)
        .where(
            SignInSession.user_id == actor.user_id,
            SignInSession.person_id == actor.person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    )
    return [row for row in session().scalars(wanted) if _lives(row, now=now, patience=patience)]


def is_fresh(session_id: int, *, now: datetime) -> bool:
    """Tell whether the person of a session showed a short while ago that it is she."""
    row = session().get(SignInSession, session_id)
    return row is not None and now - row.proved_at <= STEP_UP


def _still_hers(row: SignInSession) -> bool:
    owner = _kept(row.user_id)
    return (
        owner is not None
        and owner.disabled_at is None
        and owner.credential_version == row.credential_version
    )


def owners_who_may_sign_in() -> set[int]:
    """Return the ids of owners who have not been stopped, locked until the transaction ends."""
    owners = select(UserRole.user_id).where(UserRole.role == Role.OWNER)
    wanted = select(User).where(User.id.in_(owners)).order_by(User.id).with_for_update()
    found = session().scalars(wanted, execution_options={"populate_existing": True})
    return {one.id for one in found if one.disabled_at is None}


def an_owner_exists() -> bool:
    """Tell whether the clinic has, or had, an owner; one who was stopped counts too."""
    wanted = select(UserRole.user_id).where(UserRole.role == Role.OWNER).limit(1)
    return session().scalar(wanted) is not None


def roles_of(user_id: int) -> frozenset[Role]:
    """Return the roles of a member of staff."""
    return frozenset(held.role for held in user(user_id).roles)


def usable_link(token: str, *purposes: LinkPurpose, now: datetime) -> OneTimeLink:
    """Return the link with this token if it may be used for one of `purposes` now.

    Raises LinkOver for an unknown, used, withdrawn or outdated link and one made for another
    purpose: all look the same.
    """
    wanted = select(OneTimeLink).where(
        OneTimeLink.token_hash == digest(token), OneTimeLink.purpose.in_(purposes)
    )
    link = session().scalar(wanted)
    if link is None or _state_of(link, now=now) is not LinkState.USABLE:
        raise LinkOver
    return link


def _state_of(link: OneTimeLink, *, now: datetime) -> LinkState:
    return link_state(
        expires_at=link.expires_at,
        used_at=link.used_at,
        revoked_at=link.revoked_at,
        bound_to=f"{link.email} {link.credential_version}",
        bound_now=_bound_now(link),
        now=now,
    )


def _bound_now(link: OneTimeLink) -> str:
    if link.purpose is LinkPurpose.OWNER_SETUP and an_owner_exists():
        return "closed"  # for good: whoever comes next is invited
    if link.user_id is None:
        return f"{link.email} {link.credential_version}"
    owner = session().get(User, link.user_id)
    if owner is None or owner.disabled_at is not None:
        return ""
    if link.purpose is LinkPurpose.NEW_ADDRESS:  # `email` is what it changes to
        return f"{link.email} {owner.credential_version}"
    # Whoever took an account over would change its password next: this one outlives that.
    if link.purpose is LinkPurpose.OLD_ADDRESS:
        return f"{link.email} {link.credential_version}"
    return f"{owner.email_canonical} {owner.credential_version}"


def open_links(*, purpose: LinkPurpose, now: datetime) -> Sequence[OneTimeLink]:
    """Return the links of one purpose that can still be used, newest first."""
    return (
        session()
        .scalars(
            select(OneTimeLink)
            .where(
                OneTimeLink.purpose == purpose,
                OneTimeLink.used_at.is_(None),
                OneTimeLink.revoked_at.is_(None),
                OneTimeLink.expires_at > now,
            )
            .order_by(OneTimeLink.id.desc())
        )
        .all()
    )


def invitation(public_id: UUID) -> OneTimeLink:
    """Return an invitation that has not been used or withdrawn. Raises NotFound."""
    found = session().scalar(
        select(OneTimeLink).where(
            OneTimeLink.public_id == public_id,
            OneTimeLink.purpose == LinkPurpose.STAFF_INVITE,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def _staff_roles(found: SignInSession, user_id: int) -> frozenset[Role]:
    """What a session of staff may do: little before the second step, and while it is locked."""
    if found.second_factor_at is None:
        return frozenset({Role.HALF_SIGNED_IN})
    return roles_of(user_id) if found.locked_at is None else frozenset({Role.LOCKED})


def actor_of(found: SignInSession | None) -> Actor:
    """Return who acts in a session; a stranger where there is none.

    Which practitioner a member of staff is, is known one layer up (`practitioner_id` is None).
    """
    if found is None:
        return STRANGER
    if found.user_id is not None:
        return Actor(
            roles=_staff_roles(found, found.user_id),
            user_id=found.user_id,
            session_id=found.id,
        )
    return Actor(
        roles=frozenset({Role.PATIENT if found.person_id is not None else Role.VISIT_LINK}),
        person_id=found.person_id,
        appointment_id=found.appointment_id,
        session_id=found.id,
        by_mail=found.by_mail,
        confirmed=found.person_id is not None and found.confirmed_at is not None,
    )
