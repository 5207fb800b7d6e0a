"""What accounts mails: each function builds one row for the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from booking.accounts.models import OneTimeLink, User
from booking.core.sealed import CLINIC
from booking.mail.outbox import Draft


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a message needs besides its link: the full `link`, and the clinic's `frame`."""

    link: str
    frame: dict[str, Any]


def sign_in_key(link_id: int) -> str:
    """Return the outbox's key of the message that carried a patient's link."""
    return f"sign-in-link:{link_id}"


def sign_in_link(row: OneTimeLink, letter: Letter) -> Draft:
    """A patient's link; pointless once it has run out."""
    return Draft(
        kind="accounts/sign_in_link",
        snapshot={**_told(row, letter), "to_address": row.email},
        dedupe_key=sign_in_key(row.id),
        not_after=row.expires_at,
    )


def staff_invite(row: OneTimeLink, letter: Letter) -> Draft:
    """An invitation to join the staff."""
    return Draft(
        kind="accounts/staff_invite",
        snapshot={**_told(row, letter), "to_address": row.email, "to_name": row.name},
        dedupe_key=f"staff-invite:{row.id}",
        not_after=row.expires_at,
    )


def new_password(who: User, row: OneTimeLink, letter: Letter) -> Draft:
    """A link with which a member of staff sets a new password."""
    return Draft(
        kind="accounts/new_password",
        snapshot={**_told(row, letter), "to_address": who.email, "to_name": who.name},
        dedupe_key=f"new-password:{row.id}",
        not_after=row.expires_at,
    )


def new_address(who: User, row: OneTimeLink, letter: Letter) -> Draft:
    """A link to the address somebody wants to sign in with from now on."""
    return Draft(
        kind="accounts/new_address",
        snapshot={**_told(row, letter), "to_address": row.email, "to_name": who.name},
        dedupe_key=f"new-address:{row.id}",
        not_after=row.expires_at,
    )


def address_changed(who: User, row: OneTimeLink, letter: Letter) -> Draft:
    """Word to the address before, with a link that takes the change back."""
    return Draft(
        kind="accounts/address_changed",
        snapshot={**_told(row, letter), "to_address": row.email, "to_name": who.name},
        dedupe_key=f"address-changed:{row.id}",
        not_after=row.expires_at,
    )


def password_changed(who: User, frame: dict[str, Any], *, now: datetime) -> Draft:
    """Word to a member of staff that her password was changed."""
    return Draft(
        kind="accounts/password_changed",
        snapshot={
            **frame,
            "to_address": who.email,
            "to_name": who.name,
            "at": now.isoformat(),
        },
        dedupe_key=f"password-changed:{who.id}:{who.credential_version}",
    )


def new_browser(who: User, row_id: int, *, words: str, frame: dict[str, Any]) -> Draft:
    """Word to a member of staff that a browser she never used has signed in as her."""
    return Draft(
        kind="accounts/new_browser",
        snapshot={
            **frame,
            "to_address": who.email,
            "to_name": who.name,
            "browser": words or "–",
        },
        dedupe_key=f"new-browser:{row_id}",
    )


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """Whom a notice goes to; `key` tells people apart, `owner_id` whose data key seals it."""

    key: str
    name: str
    email: str
    owner_id: UUID = CLINIC


def patient_browser(to: Addressee, row_id: int, *, words: str, frame: dict[str, Any]) -> Draft:
    """Word to a patient that a browser she never used has signed in as her."""
    return Draft(
        kind="accounts/patient_browser",
        snapshot={**frame, "to_address": to.email, "to_name": to.name, "browser": words or "–"},
        dedupe_key=f"patient-browser:{row_id}",
        owner_id=to.owner_id,
    )


def way_in_changed(to: Addressee, what: str, *, frame: dict[str, Any], now: datetime) -> Draft:
    """Word that a way to sign in was added or removed; `what` as in the event `WayInChanged`."""
    return Draft(
        kind="accounts/way_in_changed",
        snapshot={**frame, "to_address": to.email, "to_name": to.name, "what": what},
        dedupe_key=f"way-in:{to.key}:{what}:{now.isoformat()}",
        owner_id=to.owner_id,
    )


def _told(row: OneTimeLink, letter: Letter) -> dict[str, Any]:
    minutes = int((row.expires_at - row.created_at).total_seconds()) // 60
    return {**letter.frame, "link": letter.link, "minutes": minutes}
