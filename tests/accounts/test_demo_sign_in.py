"""Printed links sign in to the demo, and exist nowhere else."""

from pathlib import Path

import pytest
from flask import Flask

from booking import create_app
from booking.accounts import actions
from booking.core import clock
from booking.core.db import db, transaction
from booking.core.errors import UnsafeSettings
from tests.browser import Browser
from tests.databases import make_settings
from tests.factories import Clinic


def demo_of(home: Path, url: str) -> Flask:
    return create_app(make_settings(home, url, mode="demo"))


def test_a_printed_link_signs_in_once(
    app: Flask, clinic: Clinic, home: Path, database_url: str
) -> None:
    demo = demo_of(home, database_url)
    with demo.app_context(), transaction():
        settings = demo.extensions["settings"]
        token = actions.create_demo_link(clinic.owner_user, settings=settings, now=clock.now())
    browser = Browser(demo)
    for _ in range(5):
        page = browser.get(f"/demo/sign-in/{token}")
    assert "Olive Hart" in page.text
    assert page.submit(button="Sign in").url == "/people"
    assert Browser(demo).get(f"/demo/sign-in/{token}").status == 410
    with demo.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("mode", ["test", "production"])
def test_a_real_clinic_has_no_such_page_or_link(
    app: Flask, clinic: Clinic, home: Path, database_url: str, mode: str
) -> None:
    settings = make_settings(home, database_url, mode=mode)
    with app.app_context(), transaction(), pytest.raises(UnsafeSettings):
        actions.create_demo_link(clinic.owner_user, settings=settings, now=clock.now())
    assert not any("demo" in rule.rule for rule in app.url_map.iter_rules())


def test_a_link_from_a_demo_does_not_open_a_real_clinic(
    app: Flask, clinic: Clinic, home: Path, database_url: str
) -> None:
    demo = make_settings(home, database_url, mode="demo")
    with app.app_context(), transaction():
        token = actions.create_demo_link(clinic.owner_user, settings=demo, now=clock.now())
    for path in ("/demo/sign-in/", "/welcome/", "/my/sign-in/", "/new-password/"):
        assert Browser(app).get(path + token).status in {404, 410}
    real = app.extensions["settings"]
    with app.app_context(), transaction(), pytest.raises(UnsafeSettings):
        actions.enter_demo(token, settings=real, now=clock.now())
