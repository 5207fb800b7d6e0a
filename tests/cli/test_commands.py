"""The commands and processes of a real clinic: set up, serve, deliver, and refuse to start.

Each runs as people run it: a process of its own, told by its environment.
"""

import http.client
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from booking.clinic.rules import NO_LIMIT, MistakesInFile, read
from booking.core.db import transaction
from booking.core.sealed import DataKey
from booking.core.settings import Settings
from tests.browser import Browser
from tests.databases import PostgresServer
from tests.factories import make_clinic, make_patient
from tests.mail.receiver import authority, receiving

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "clinic.example.toml"
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]

GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "docs/gunicorn.conf.py"]


def environment(folder: Path, **values: str) -> dict[str, str]:
    """A safe production of its own in `folder`, with these values changed."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))}
    ours = {
        "BOOKING_INSTANCE": str(folder),
        "BOOKING_BASE_URL": "https://visits.canalstreet.example",
        "BOOKING_TRUSTED_HOSTS": "visits.canalstreet.example",
        "BOOKING_MAIL_FROM": "visits@canalstreet.example",
        "BOOKING_SMTP_HOST": "localhost",
    }
    return {**bare, **ours, **values}


def run(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FLASK, *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def set_up_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic") / "made"
    done = run("init", "--clinic", str(EXAMPLE), env=environment(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def made(set_up_once: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a clinic of its own that was set up from the example file."""
    return environment(Path(shutil.copytree(set_up_once, tmp_path / "clinic")))


# --- setting up ---------------------------------------------------------------------------------


def test_init_makes_keys_and_database_and_loads_the_example(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    done = run("init", "--clinic", str(EXAMPLE), env=environment(folder))
    assert done.returncode == 0, done.stderr
    assert "https://visits.canalstreet.example/welcome/" in done.stdout
    assert "Loaded Canal Street Acupuncture" in done.stdout
    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o400
    for name in ("secret_key", "stillpoint.db"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600, name
    with closing(sqlite3.connect(folder / "stillpoint.db")) as database:
        rooms = database.execute("SELECT name FROM room ORDER BY position").fetchall()
        services = database.execute("SELECT name, price_minor FROM service").fetchall()
        parts = database.execute(
            "SELECT kind, minutes FROM service_segment WHERE service_id = 2 ORDER BY position"
        ).fetchall()
        invited = database.execute("SELECT email FROM one_time_link WHERE email <> ''").fetchall()
        queued = database.execute("SELECT count(*) FROM mail").fetchone()[0]
        own = database.execute("SELECT price_minor, gap FROM service_practitioner").fetchall()
        own_parts = database.execute("SELECT minutes FROM own_segment ORDER BY position").fetchall()
        hours = database.execute(
            "SELECT weekday, every_n_weeks FROM weekly_hours WHERE published ORDER BY weekday"
        ).fetchall()
        closures = database.execute("SELECT starts_at, ends_at, name FROM closure").fetchall()
    assert rooms == [("Room 1",), ("Room 2",)]
    assert services == [("First visit", 7500), ("Follow-up", 6200)]
    assert parts == [("hands-on", 20), ("resting", 15), ("hands-on", 10)]
    assert invited == [("mei@canalstreet.example",), ("dana@canalstreet.example",)]
    assert queued == 2
    assert own == [(None, None), (6600, None)]
    assert own_parts == [(25,), (10,), (10,)]
    assert hours == [(0, 1), (1, 1), (3, 1), (5, 2)]
    assert closures == [("2027-12-25 00:00:00.000000", "2027-12-27 00:00:00.000000", "Christmas")]


def test_init_again_writes_over_nothing(made: dict[str, str]) -> None:
    folder = Path(made["BOOKING_INSTANCE"])
    kept = {file: file.read_bytes() for file in folder.iterdir() if file.suffix != ".db-shm"}
    again = run("init", "--clinic", str(EXAMPLE), env=made)
    assert again.returncode == 1
    assert "already holds a clinic" in again.stderr
    for name in ("keys.json", "secret_key"):
        assert (folder / name).read_bytes() == kept[folder / name]
    with closing(sqlite3.connect(folder / "stillpoint.db")) as database:
        assert database.execute("SELECT count(*) FROM location").fetchone() == (1,)


def test_without_a_file_init_says_how_to_go_on(tmp_path: Path) -> None:
    done = run("init", env=environment(tmp_path / "clinic"))
    assert done.returncode == 0, done.stderr
    assert "docs/clinic.example.toml" in done.stdout
    assert "/welcome/" in done.stdout  # the owner describes the clinic in the browser


def test_init_sets_up_on_postgresql_too(tmp_path: Path, postgres: PostgresServer) -> None:
    name = f"t{uuid4().hex[:12]}"
    env = environment(tmp_path / "clinic", BOOKING_DATABASE_URL=postgres.create(name))
    try:
        done = run("init", "--clinic", str(EXAMPLE), env=env)
        assert done.returncode == 0, done.stderr
        assert "/welcome/" in done.stdout
        assert run("init", "--clinic", str(EXAMPLE), env=env).returncode == 1
        other = {**env, "BOOKING_INSTANCE": str(tmp_path / "elsewhere")}
        assert "does not fit this database" in run("init", env=other).stderr
    finally:
        postgres.drop(name)


def test_mistakes_are_named_line_by_line_and_nothing_is_made(tmp_path: Path) -> None:
    wrong = tmp_path / "clinic.toml"
    text = EXAMPLE.read_text()
    for right, odd in (
        ('zone = "Europe/London"', 'zone = "Europe/Londn"'),
        ('price = "75"', "price = 75"),
        ('practitioners = ["Mei Tan"]', 'practitioner = ["Mei Tan"]'),
        ('phone = "020 7946 0102"', ""),
    ):
        assert right in text
        text = text.replace(right, odd)
    wrong.write_text(text)
    zone_line = text[: text.index("zone =")].count("\n") + 1
    done = run("init", "--clinic", str(wrong), env=environment(tmp_path / "clinic"))
    assert done.returncode == 1
    for line in (
        f'line {zone_line}: locations 1, zone: must name a time zone, like "Europe/London"',
        'services 1, price: must be an amount in quotes, like "62" or "62.50"',
        "services 2, practitioner: is not a key this table knows",
        "clinic, phone: is missing",
    ):
        assert line in done.stderr
    assert not (tmp_path / "clinic").exists()


@pytest.mark.parametrize(
    ("right", "odd", "told"),
    [
        ('name = "Follow-up"', 'name = "First visit"', '"First visit" is there twice'),
        ('["Mei Tan"]', '["May Tan"]', '"May Tan" is not in this file'),
        ('rooms = ["Room 1", "Room 2"]\n', 'rooms = ["Room 1", "Room 1"]\n', "twice"),
        ("hands_on = 60", "hands_on = 0", "a whole number from 1 to 480"),
        ("{ resting = 15 }", "{ sleeping = 15 }", "must be one of"),
        ("first_visit = true", 'first_visit = "yes"', "true or false"),
        ('"dana@canalstreet.example"', '"dana@@example"', "one e-mail address"),
        ('email = "mei@', 'email = "dana@', "is there twice"),
        ('["reception"]', '["boss"]', "must be one of"),
        ("[[people]]", "[people]", "must be"),
        ("[clinic]", "[clinic", "This is not TOML"),
        ("grid_minutes = 15", "grid_minutes = 7", "divide the day"),
        ('mode = "online"', 'mode = "walk-in"', 'one of "online", "request", "phone"'),
        ('way = "in-person"', 'way = "by-post"', 'one of "in-person", "video"'),
        ('gap = "none"', "daily_cap = 0", "a whole number from 1 to 100"),
        ("https://meet", "http://meet", "must be a web address"),
        ('practitioner = "Mei Tan"', 'practitioner = "May Tan"', "services.by 1, practitioner"),
        ('at = "Canal Street rooms"', 'at = "Nowhere"', "practitioners.hours 1, at"),
        ('["saturday"]', '["caturday"]', "practitioners.hours 2, days: must be one of"),
        ('starts = "09:00"', 'starts = "9 am"', 'a time of day, like "09:00"'),
        ('ends = "17:30"', 'ends = "08:30"', "has to be later than the start"),
        ("last_day = 2027-12-26", "last_day = 2027-12-24", "closures 1, last_day"),
        ("first_day = 2027-12-25", 'first_day = "soon"', "a date without quotes"),
        ('locations = ["Canal', 'locations = ["Mill', "is not in this file"),
        ("[[services.by]]", "[services.by]", "double brackets"),
    ],
)
def test_each_kind_of_mistake_is_told(right: str, odd: str, told: str) -> None:
    text = EXAMPLE.read_text()
    assert right in text
    with pytest.raises(MistakesInFile) as mistakes:
        read(text.replace(right, odd, 1))
    assert told in str(mistakes.value)


def test_the_file_gives_one_practitioner_no_limit_and_a_service_only_a_number() -> None:
    text = EXAMPLE.read_text()
    own = text.replace('price = "66"', 'daily_cap = "no limit"', 1)
    assert own != text
    (given,) = [each for service in read(own).services for each in service.by]
    assert given.values["daily_cap"] == NO_LIMIT
    with pytest.raises(MistakesInFile, match="daily_cap"):
        read(text.replace('gap = "none"', 'daily_cap = "no limit"', 1))


def test_a_lost_key_ring_is_not_replaced_behind_a_database(made: dict[str, str]) -> None:
    ring = Path(made["BOOKING_INSTANCE"]) / "keys.json"
    ring.rename(ring.with_suffix(".away"))
    done = run("init", env=made)
    assert done.returncode == 1
    assert "bring it back" in done.stderr
    assert not ring.exists()


# --- refusing to start --------------------------------------------------------------------------

UNSAFE = {
    "BOOKING_SECRET_KEY": {"BOOKING_SECRET_KEY": "short"},
    "BOOKING_BASE_URL": {"BOOKING_BASE_URL": "http://visits.canalstreet.example"},
    "BOOKING_TRUSTED_HOSTS": {"BOOKING_TRUSTED_HOSTS": ""},
    "BOOKING_MAIL_FROM": {"BOOKING_MAIL_FROM": ""},
    "BOOKING_SMTP_HOST": {"BOOKING_SMTP_HOST": ""},
    "BOOKING_SMTP_SECURITY": {"BOOKING_SMTP_SECURITY": "none"},
    "FLASK_DEBUG": {"FLASK_DEBUG": "1"},
    "key ring is missing": {"BOOKING_KEY_RING": "/nowhere/keys.json"},
    "BOOKING_MODE": {"BOOKING_MODE": "developement"},
}


@pytest.mark.parametrize("named", sorted(UNSAFE))
def test_unsafe_settings_stop_a_server(made: dict[str, str], named: str) -> None:
    """Holds sec_C3, sec_G3, sec_I4, sec_K1."""
    started = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={**made, **UNSAFE[named]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 3, started.stderr
    assert named in started.stderr
    assert "Traceback" not in started.stderr


@pytest.mark.parametrize("name", ["keys.json", "secret_key", "stillpoint.db"])
def test_files_that_others_can_read_stop_a_server(made: dict[str, str], name: str) -> None:
    """Holds sec_G2, sec_K1."""
    (Path(made["BOOKING_INSTANCE"]) / name).chmod(0o644)
    started = run("worker", "--once", env=made)
    assert started.returncode == 3
    assert "readable by others" in started.stderr


def test_the_development_server_is_refused(made: dict[str, str]) -> None:
    """Holds sec_K1."""
    started = run("run", "--port", "0", env=made)
    assert started.returncode == 3
    assert "gunicorn" in started.stderr


# --- serving and delivering ---------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def gunicorn(env: dict[str, str], port: int) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen(
        [*GUNICORN, "-b", f"127.0.0.1:{port}", "wsgi:app"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield server
    finally:
        if server.poll() is None:
            server.kill()
        if server.stdout and not server.stdout.closed:
            server.stdout.close()
        server.wait()


def ask(port: int, path: str) -> tuple[int, str]:
    """Ask as the proxy does; wait a little for the server to come up."""
    for _try in range(100):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("GET", path, headers={"Host": "visits.canalstreet.example"})
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_gunicorn_serves_with_several_processes_and_stops_cleanly(made: dict[str, str]) -> None:
    """Holds sec_I3."""
    port = free_port()
    with gunicorn(made, port) as server:
        assert ask(port, "/healthz") == (200, "alive\n")
        assert ask(port, "/readyz") == (200, "ready\n")
        status, page = ask(port, "/")
        assert (status, "Canal Street" in page) == (200, True)
        assert ask(port, "/a/secret-token?also=secret")[0] in {404, 410}
        server.send_signal(signal.SIGTERM)
        logged, _none = server.communicate(timeout=90)
        assert server.returncode == 0, logged
    assert '"route": "/readyz"' in logged
    assert '"status": 200' in logged
    assert "secret" not in logged


def test_gunicorn_does_not_come_up_unsafely(made: dict[str, str]) -> None:
    with gunicorn({**made, "BOOKING_BASE_URL": ""}, free_port()) as server:
        told, _none = server.communicate(timeout=90)
    assert server.returncode != 0
    assert "BOOKING_BASE_URL must be the https address" in told


def test_the_worker_delivers_what_init_queued_over_verified_tls(
    made: dict[str, str], tmp_path: Path
) -> None:
    issuer = authority(tmp_path)
    with receiving(issuer.context()) as receiver:
        env = {
            **made,
            "BOOKING_SMTP_PORT": str(receiver.port),
            "BOOKING_SMTP_CA_FILE": str(issuer.cafile),
        }
        done = run("worker", "--once", env=env)
        assert done.returncode == 0, done.stderr
        found = [message_from_bytes(d.content, policy=policy.default) for d in receiver.delivered]
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in found) == [
        "dana@canalstreet.example",
        "mei@canalstreet.example",
    ]
    for mail in found:
        text = mail.get_body(("plain",)).get_content()
        assert "https://visits.canalstreet.example/welcome/" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_stops_when_told(made: dict[str, str], number: int) -> None:
    worker = subprocess.Popen(
        [*FLASK, "worker"], cwd=ROOT, env=made, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout
    assert "Delivering mail" in worker.stdout.readline()
    worker.send_signal(number)
    rest, _none = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert "has stopped" in rest


# --- readiness ----------------------------------------------------------------------------------


def test_health_asks_for_nothing_and_tells_nothing(browser: Browser) -> None:
    """Holds sec_J4, sec_J10."""
    assert browser.get("/healthz").text == "alive\n"
    assert browser.get("/readyz").text == "ready\n"


@pytest.mark.both
def test_a_database_behind_the_program_is_not_ready(app: Flask, browser: Browser) -> None:
    """Holds sec_J10."""
    from flask_migrate import downgrade

    with app.app_context():
        downgrade(revision="0001")
    page = browser.get("/readyz")
    assert (page.status, page.text) == (503, "not ready\n")


def test_a_ring_that_does_not_fit_is_not_ready(app: Flask, browser: Browser) -> None:
    """Holds sec_G5."""
    with app.app_context(), transaction():
        make_clinic()
        make_patient().contact_note = "sealed"
    assert browser.get("/readyz").status == 200
    app.extensions["readiness"].clear()
    with app.app_context(), transaction():
        from booking.core.db import session

        for row in session().query(DataKey):
            row.kid = "gone"
    assert browser.get("/readyz").status == 503


def test_the_answer_is_kept_for_some_seconds(app: Flask, browser: Browser) -> None:
    assert browser.get("/readyz").status == 200
    assert app.extensions["readiness"]["fine"] is True
    app.extensions["readiness"]["fine"] = False
    assert browser.get("/readyz").status == 503


def test_settings_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text("# ours\nBOOKING_MAIL_FROM = 'visits@canalstreet.example'\n")
    found = Settings.from_env({"BOOKING_SETTINGS": str(file), "BOOKING_INSTANCE": str(tmp_path)})
    assert found.mail_from == "visits@canalstreet.example"
