"""No command prints or logs what people told, neither when it succeeds nor when it refuses."""

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.appointments.models import Appointment, Status
from booking.core import logs
from booking.core.db import session, transaction
from booking.core.sealed import new_ring
from booking.patients.models import Patient
from tests.factories import Clinic
from tests.house.everybody import Everybody

CANARY = "kanarienvogel"
# Of Flask and its extensions; for translators; or with a clinic and tests of their own.
NOT_HERE = {"run", "shell", "routes", "db", "words", "init", "demo", "bench"}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(before)


def test_no_command_says_what_people_told(
    app: Flask, clinic: Clinic, tmp_path: Path, logged: io.StringIO
) -> None:
    """Holds sec_I1."""
    ring = tmp_path / "keys.json"
    ring.write_bytes(app.extensions["settings"].key_ring.read_bytes())
    settings = replace(app.extensions["settings"], instance=tmp_path, key_ring=ring)
    app.extensions["settings"] = settings
    Everybody(app, clinic)
    with app.app_context(), transaction():
        for patient in session().scalars(select(Patient)):
            patient.name = patient.contact_note = f"{CANARY} {patient.id}"
            patient.email = f"{CANARY}{patient.id}@example.org"
            patient.wishes = {"avoid": CANARY}
        record = session().scalars(select(Patient.public_id).order_by(Patient.id)).first()
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(CANARY.encode() * 50)
    other = tmp_path / "other.json"
    new_ring(other)
    told: list[str] = []
    used: set[str] = set()

    def run(*words: str, fails: bool = False) -> None:
        done = app.test_cli_runner().invoke(args=list(words))
        used.add(words[0])
        told.append(done.output)
        assert (done.exit_code != 0) is fails, (words, done.output)

    for words in (("new",), ("rotate",), ("verify",)):
        run("keys", *words)
    run("keys", "retire", "no-such-key", fails=True)
    run("audit", "anchor")
    run("audit", "verify")
    run("backup", "--to", str(tmp_path / "backups"))
    run("restore", str(damaged), fails=True)
    run("restore", str(next((tmp_path / "backups").iterdir())), fails=True)  # one is there
    run("mail-release", "--waiting", "stop", fails=True)
    run("erase", str(uuid4()), fails=True)
    run("erase", str(record), fails=True)  # a visit to come
    with app.app_context(), transaction():
        session().execute(update(Appointment).values(status=Status.CANCELLED))
    run("erase", str(record))
    run("processing")
    run("worker", "--once")
    assert used | NOT_HERE == set(app.cli.commands) | NOT_HERE
    for text in (*told, logged.getvalue()):
        assert CANARY not in text
    assert any(told)
