"""The secret key is changed without signing anybody out, as long as the one before is named."""

from pathlib import Path

import pytest
from flask import Flask

from booking import create_app
from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import db, transaction
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.databases import make_settings
from tests.factories import Clinic

OLD = "only for tests, and long enough for that"  # as `make_settings` has it
NEW = "another one for tests, and also long enough"


@pytest.mark.parametrize(("named", "status"), [((OLD,), 200), ((), 303)])
def test_a_cookie_of_the_key_before_opens_while_that_is_named(
    app: Flask, clinic: Clinic, home: Path, named: tuple[str, ...], status: int
) -> None:
    """Holds sec_G3."""
    before = Browser(app)
    with app.app_context(), transaction():
        now = clock.now()
        token = accounts.start_staff_session(clinic.reception_user, second_factor=now, now=now)
    sign_in_with(before, token)
    assert before.client.get("/day").status_code == 200
    cookie = before.client.get_cookie("session")
    assert cookie is not None
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    later = create_app(make_settings(home, url, secret_key=NEW, secret_key_fallbacks=named))
    after = later.test_client()
    after.set_cookie("session", cookie.value)
    assert after.get("/day").status_code == status
    with later.app_context():
        db.session.remove()
        db.engine.dispose()
