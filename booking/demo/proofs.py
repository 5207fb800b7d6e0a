"""Licences and insurances of the demo's practitioners, given by made-up bodies."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from booking.access.policy import Role
from booking.accounts.models import UserRole
from booking.clinic.models import Credential, CredentialKind, Practitioner
from booking.core.db import session


def give(practitioners: Iterable[Practitioner], today: date, *, now: datetime) -> None:
    """Store a licence and an insurance for each; the second's insurance is to be renewed soon."""
    owner = session().scalars(select(UserRole.user_id).where(UserRole.role == Role.OWNER)).first()
    for nth, who in enumerate(practitioners, 1):
        licence = Credential(
            practitioner_id=who.id,
            kind=CredentialKind.LICENCE,
            body="Example Register of Practitioners",
            number=str(4100 + nth),
            register_url=f"https://register.example/{4100 + nth}",
            expires_on=today + timedelta(days=250 + 20 * nth),
        )
        insurance = Credential(
            practitioner_id=who.id,
            kind=CredentialKind.INSURANCE,
            body="Example Mutual Insurance",
            number=f"EM-{2700 + nth}",
            expires_on=today + timedelta(days=24 if nth == 2 else 190 + nth),
        )
        for each in (licence, insurance):
            if owner is not None:
                each.checked_at, each.checked_by = now - timedelta(days=30), owner
            session().add(each)
