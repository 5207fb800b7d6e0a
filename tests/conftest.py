"""Fixtures. Tests commit for real, each on a copy of a migrated database; time stands at NOW."""

import gc
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from booking import create_app
from booking.access.policy import Role
from booking.accounts import actions as accounts
from booking.core import clock
from booking.core.db import db, transaction
from tests import factories
from tests.browser import Browser
from tests.databases import PostgresServer, make_settings, migrate
from tests.factories import NOW, Clinic
from tests.helpers import compiled, memory
from tests.helpers.left_out import left_out

# No test looks at a clock, and a busy machine is no finding.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run drills in their long form")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both: runs on SQLite and on PostgreSQL")
    compiled.share()
    if place := memory.folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


def pytest_collection_finish() -> None:
    # What is imported by now stays. Looking through it for garbage took a fifth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 50)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both")
        kinds = ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database_kind", kinds, scope="function")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def sqlite_template(home: Path) -> Path:
    file = home / "template.db"
    migrate(home, f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def sqlite_clinic(home: Path, sqlite_template: Path) -> tuple[Path, Clinic]:
    """A migrated file with the tests' clinic in it, and its ids."""
    file = home / "clinic.db"
    shutil.copy(sqlite_template, file)
    return file, set_up_clinic(home, f"sqlite:///{file}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    try:
        server = PostgresServer()
    except Exception as why:
        left_out(f"no PostgreSQL to test with ({why!r})")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, home: Path) -> Iterator[str]:
    name = f"tpl{uuid4().hex[:10]}"
    migrate(home, postgres.create(name))
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def postgres_clinic(
    postgres: PostgresServer, postgres_template: str, home: Path
) -> Iterator[tuple[str, Clinic]]:
    """A migrated database with the tests' clinic in it, and its ids."""
    name = f"tpl{uuid4().hex[:10]}"
    yield name, set_up_clinic(home, postgres.create(name, template=postgres_template))
    postgres.drop(name)


def set_up_clinic(home: Path, url: str) -> Clinic:
    app = create_app(make_settings(home, url))
    with app.app_context(), transaction():
        clinic = factories.make_clinic()
    with app.app_context():
        db.engine.dispose()
    return clinic


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """The address of a fresh migrated database of the kind the test runs on.

    Where the test asks for the clinic, it is in there already.
    """
    with_clinic = "clinic" in request.fixturenames
    if database_kind == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        if with_clinic:
            template, _ = request.getfixturevalue("sqlite_clinic")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'test.db')}"
        return
    server = request.getfixturevalue("postgres")
    template = request.getfixturevalue("postgres_template")
    if with_clinic:
        template, _ = request.getfixturevalue("postgres_clinic")
    name = f"t{uuid4().hex[:12]}"
    yield server.create(name, template=template)
    server.drop(name)


@pytest.fixture
def app(database_url: str, home: Path) -> Iterator[Flask]:
    clock.travel(NOW)
    app = create_app(make_settings(home, database_url))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    clock.come_back()


@pytest.fixture
def clinic(app: Flask, database_kind: str, request: pytest.FixtureRequest) -> Clinic:
    """The ids of the clinic that the test's database was made with."""
    kind = "sqlite" if database_kind == "sqlite" else "postgres"
    _, clinic = request.getfixturevalue(f"{kind}_clinic")
    return clinic


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A stranger's browser."""
    return Browser(app)


@pytest.fixture
def at() -> Callable[..., None]:
    """Let the clock stand elsewhere: `at(instant)`."""
    return clock.travel


class Cast:
    """The people of the tests, each in a browser of her own, signed in."""

    def __init__(self, app: Flask, clinic: Clinic) -> None:
        self.app, self.clinic = app, clinic
        self._known: dict[str, Browser] = {}

    def __getitem__(self, who: str) -> Browser:
        if who not in self._known:
            self._known[who] = self._arrive(who)
        return self._known[who]

    def _arrive(self, who: str) -> Browser:
        """`mei`, `ines`, `reception`, `owner`: staff with second factor; `stranger`: nobody."""
        browser = Browser(self.app)
        if who == "stranger":
            return browser
        user = getattr(self.clinic, f"{who}_user")
        with self.app.app_context(), transaction():
            token = accounts.start_staff_session(user, second_factor=clock.now(), now=clock.now())
        sign_in_with(browser, token)
        return browser


def sign_in_with(browser: Browser, token: str) -> None:
    """Put a session's token where the cookie carries it."""
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True


@pytest.fixture
def cast(app: Flask, clinic: Clinic) -> Cast:
    return Cast(app, clinic)


@pytest.fixture(autouse=True)
def nobody_calls_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anywhere but this machine."""
    really = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test wanted to call {host}")
        really(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


STAFF_ROLES = (Role.OWNER, Role.PRACTITIONER, Role.RECEPTION)
