"""What is mailed about records: one function for each message, one row for the outbox."""

from datetime import datetime
from typing import Any

from booking.accounts.emails import Letter
from booking.accounts.models import OneTimeLink
from booking.mail.outbox import Draft
from booking.patients.models import Patient
from booking.rights.models import EmergencyAccess


def new_address(row: OneTimeLink, letter: Letter, record: Patient) -> Draft:
    """A link to the address a patient wants to be written to from now on."""
    return _about_address("new_address", row, letter, record)


def address_changed(row: OneTimeLink, letter: Letter, record: Patient) -> Draft:
    """Word to the address before, with a link that takes the change back."""
    return _about_address("address_changed", row, letter, record)


def _about_address(kind: str, row: OneTimeLink, letter: Letter, record: Patient) -> Draft:
    minutes = int((row.expires_at - row.created_at).total_seconds()) // 60
    return Draft(
        kind=f"rights/{kind}",
        snapshot={
            **letter.frame,
            "link": letter.link,
            "minutes": minutes,
            "to_address": row.email,
            "to_name": record.name,
        },
        dedupe_key=f"{kind}:{row.id}",
        owner_id=record.public_id,
        not_after=row.expires_at,
    )


def emergency_opened(
    access: EmergencyAccess, *, who: str, to: tuple[str, str], link: str, frame: dict[str, Any]
) -> Draft:
    """Word that somebody opened a record in an emergency; neither whose nor why is in it.

    `to` is name and address; `link` leads to the list of such openings, for whom it is.
    """
    name, address = to
    return Draft(
        kind="rights/emergency",
        snapshot={**frame, "to_name": name, "to_address": address, "who": who, "link": link},
        dedupe_key=f"emergency:{access.public_id}:{address}",
    )


def many_opened(
    user_id: int,
    *,
    who: str,
    records: int,
    to: tuple[str, str],
    frame: dict[str, Any],
    now: datetime,
) -> Draft:
    """Word to an owner or the data-protection contact that somebody opened so many records."""
    name, address = to
    told = {"to_name": name, "to_address": address, "who": who, "count": records}
    return Draft(
        kind="rights/many_openings",
        snapshot={**frame, **told},
        dedupe_key=f"many-openings:{user_id}:{now.isoformat()}:{address}",
    )
