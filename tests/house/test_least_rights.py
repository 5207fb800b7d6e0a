"""The role that serves, as operations.md makes it on PostgreSQL, and the units, may little more."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from booking import create_app
from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import db, transaction
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.databases import PostgresServer, make_settings
from tests.factories import NOW, Clinic

MANUAL = (Path(__file__).parents[2] / "docs/operations.md").read_text()
ROLE = "stillpoint"


@pytest.fixture
def serving(
    postgres: PostgresServer, postgres_clinic: tuple[str, Clinic], home: Path
) -> Iterator[Flask]:
    """The application as the role of the manual, on a database that another role owns."""
    name, role = f"t{uuid4().hex[:12]}", f"r{uuid4().hex[:12]}"
    owners = postgres.create(name, template=postgres_clinic[0])
    [told] = re.findall(r"```sql\n(.+?)```", MANUAL, re.DOTALL)
    owner = create_engine(owners)
    with owner.begin() as connection:
        for line in told.replace(f" {ROLE}", f" {role}").split(";\n"):
            connection.execute(text(line))
    clock.travel(NOW)
    url = make_url(owners).set(username=role, password="a long one")
    app = create_app(make_settings(home, url.render_as_string(hide_password=False)))
    yield app
    clock.come_back()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    owner.dispose()
    postgres.drop(name)


def test_the_clinic_runs_as_a_role_that_cannot_change_the_schema(
    serving: Flask, postgres_clinic: tuple[str, Clinic]
) -> None:
    """People book, staff work, the worker does what is due, and the site is ready. Holds sec_K4."""
    page = Browser(serving).get("/")
    for press in ("Book a visit", "60 minutes"):
        page = page.click(press)
    page = page.submit(button="Take 2:15pm")
    typed = {"name": "Amara Osei", "email": "amara@example.org", "phone": "07700 900 123"}
    page = page.submit(typed, having="name", button="Continue").submit(button="Book this visit")
    assert "Your visit is booked" in page.text
    desk = Browser(serving)
    with serving.app_context(), transaction():
        who = postgres_clinic[1].reception_user
        token = accounts.start_staff_session(who, second_factor=NOW, now=NOW)
    sign_in_with(desk, token)
    assert "Amara Osei" in desk.get("/day").text
    assert desk.get("/readyz").status == 200
    done = serving.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "act",
    [
        "CREATE TABLE own (id int)",
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "ALTER TABLE occupancy DROP CONSTRAINT pk_occupancy",
        "DROP TABLE audit",
        "TRUNCATE audit",
        "UPDATE audit SET actor = 'user:9'",
        "DELETE FROM audit",
    ],
)
def test_that_role_is_refused_what_only_the_owner_may(serving: Flask, act: str) -> None:
    """Holds sec_K4."""
    refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with serving.app_context(), refused, transaction():
        db.session.execute(text(act))


def test_the_unit_runs_as_its_own_user_and_writes_nothing_but_its_state() -> None:
    """Holds sec_K4."""
    [unit] = re.findall(r"```\n(\[Unit\].+?)```", MANUAL, re.DOTALL)
    said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    wanted = {
        "User": "stillpoint",
        "UMask": "0077",
        "StateDirectoryMode": "0700",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "NoNewPrivileges": "yes",
    }
    assert {key: said.get(key) for key in wanted} == wanted
    assert said["StateDirectory"] in said["WorkingDirectory"]
    assert said["WorkingDirectory"] not in {"/var/lib/stillpoint", "/home/stillpoint"}
