"""What the tests of signing in share."""

from dataclasses import dataclass
from datetime import datetime

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from booking.access.policy import Role
from booking.accounts import actions
from booking.accounts.models import User
from booking.core import clock
from booking.core.db import session, transaction
from booking.mail.models import Mail

PASSWORD = "seven herons over slow water"


@dataclass(frozen=True)
class Member:
    """A member of staff who can sign in by hand."""

    user_id: int
    email: str
    secret: str
    recovery_codes: tuple[str, ...]
    password: str = PASSWORD

    def code(self, at: datetime | None = None) -> str:
        """What her telephone shows."""
        return pyotp.TOTP(self.secret).at(at or clock.now())


@pytest.fixture
def member(app: Flask, clinic: object) -> Member:
    """A receptionist with password and second factor."""
    email = "rosa@canalstreet.example"
    hashed = actions.hashed_password(PASSWORD)
    with app.app_context(), transaction():
        who = actions.join(
            name="Rosa Lindqvist",
            email=email,
            roles=[Role.RECEPTION],
            password_hash=hashed,
            now=clock.now(),
        )
        who.totp_confirmed_at = clock.now()
        codes = actions.new_recovery_codes(who.id)
        return Member(who.id, email, str(who.totp_secret), tuple(codes))


def mails(app: Flask, kind: str) -> list[dict[str, object]]:
    """The snapshots of the messages of one kind, oldest first."""
    with app.app_context():
        rows = session().scalars(select(Mail).where(Mail.kind == kind).order_by(Mail.id))
        return [dict(row.snapshot) for row in rows]


def path_of(link: object) -> str:
    """The path of a mailed link."""
    return str(link).removeprefix("http://localhost")


def user(app: Flask, email: str) -> User:
    with app.app_context():
        return session().scalars(select(User).where(User.email_canonical == email)).one()
