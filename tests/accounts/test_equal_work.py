"""An answer takes as long for nobody's address as for somebody's: counted in work, not in time.

What costs is a commit, which waits for the disk, and an argon2 check. Mail leaves later, from
another process.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from booking.core.db import db, session, transaction
from booking.mail.models import Mail, MailState
from tests.accounts.conftest import Member
from tests.browser import Browser
from tests.factories import Clinic, make_patient

pytestmark = pytest.mark.both
NOBODY = "nobody@canalstreet.example"


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Each commit meanwhile."""
    found: list[str] = []

    def commits(_connection: object) -> None:
        found.append("commit")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "commit", commits)
    try:
        yield found
    finally:
        event.remove(engine, "commit", commits)


def work(app: Flask, path: str, **typed: str) -> int:
    page = Browser(app).get(path)
    with counted(app) as found:
        assert page.submit(typed, having="email").status == 200
    return found.count("commit")


def test_asking_for_a_new_password_costs_the_same(app: Flask, member: Member) -> None:
    """Holds sec_A5."""
    hers, nobodys = (
        work(app, "/sign-in/new-password", email=email) for email in (member.email, NOBODY)
    )
    assert hers == nobodys > 0
    with app.app_context():
        assert [each.state for each in session().query(Mail)] == [MailState.QUEUED]


def test_asking_for_a_link_costs_the_same(app: Flask, clinic: Clinic) -> None:
    """Holds sec_A5."""
    with app.app_context(), transaction():
        make_patient("Amara Osei", "amara@example.org")
    known, other, nobodys = (
        work(app, "/my/sign-in", name=name, email=email)
        for name, email in (
            ("Amara Osei", "amara@example.org"),
            ("Kofi Osei", "amara@example.org"),
            ("Amara Osei", NOBODY),
        )
    )
    assert known == other == nobodys > 0
