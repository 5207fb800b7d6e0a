"""Keys of the ring come and go while everything runs; nothing becomes unreadable on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from booking import create_app
from booking.core import rotation
from booking.core.db import db, session, transaction
from booking.core.errors import SealBroken, WrongState
from booking.core.sealed import DataKey, KeyRing, destroy_key, seal, unseal
from tests.databases import make_settings

OWNERS = [uuid4() for _ in range(130)]


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Flask:
    """An application with a ring of its own and 130 owners with something sealed."""
    app = create_app(make_settings(tmp_path, database_url))
    with app.app_context(), transaction():
        app.config["blobs"] = {
            owner: seal(b"canary", owner=owner, place="t.c", row=owner) for owner in OWNERS
        }
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def file_of(app: Flask) -> Path:
    return app.extensions["settings"].key_ring


def all_open(app: Flask) -> bool:
    with app.app_context():
        return all(
            unseal(blob, owner=owner, place="t.c", row=owner) == b"canary"
            for owner, blob in app.config["blobs"].items()
        )


def flask(app: Flask, *words: str) -> str:
    return app.test_cli_runner().invoke(args=list(words)).output


@pytest.mark.both
def test_rotation_changes_the_wrapping_and_nothing_else(own: Flask) -> None:
    assert "Added k2" in flask(own, "keys", "new")
    assert KeyRing.read(file_of(own)).primary == "k1"
    assert "wrapped anew: 130" in flask(own, "keys", "rotate")
    assert all_open(own)
    with own.app_context():
        assert rotation.counts() == {"k2": 130}
    assert "k2: 130 data keys, in use" in flask(own, "keys", "verify")
    assert "k1 is gone" in flask(own, "keys", "retire", "k1")
    assert set(KeyRing.read(file_of(own)).keys) == {"k2"}
    assert all_open(own)
    assert file_of(own).stat().st_mode & 0o777 == 0o400


def test_a_process_that_began_before_reads_and_writes_on(own: Flask, database_url: str) -> None:
    flask(own, "keys", "new")
    other = create_app(own.extensions["settings"])
    flask(own, "keys", "rotate")
    flask(own, "keys", "retire", "k1")
    owner = uuid4()
    with other.app_context():
        assert all(
            unseal(blob, owner=each, place="t.c", row=each) == b"canary"
            for each, blob in own.config["blobs"].items()
        )
        with transaction():
            blob = seal(b"later", owner=owner, place="t.c", row=owner)
        db.session.remove()
        db.engine.dispose()
    with own.app_context():
        assert unseal(blob, owner=owner, place="t.c", row=owner) == b"later"


@pytest.mark.both
def test_rotation_while_others_write(own: Flask) -> None:
    """Holds sec_G2."""
    stop, wrong = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            owner = uuid4()
            try:
                with own.app_context(), transaction():
                    seal(b"canary", owner=owner, place="t.c", row=owner)
            except Exception as why:  # shown by the assertion below
                wrong.append(why)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for each in writers:
        each.start()
    flask(own, "keys", "new")
    told = flask(own, "keys", "rotate")
    stop.set()
    for each in writers:
        each.join()
    assert not wrong
    assert "k2 is in use" in told
    flask(own, "keys", "rotate")
    assert "opens every data key" in flask(own, "keys", "verify")
    assert all_open(own)


def test_a_rotation_that_was_stopped_half_way_goes_on(own: Flask) -> None:
    flask(own, "keys", "new")
    rotation.make_primary(file_of(own), "k2")
    with own.app_context():
        own.extensions["key_ring"] = KeyRing.read(file_of(own))
        rotation.wrap_some()
        assert rotation.counts() == {"k1": 80, "k2": 50}
    assert all_open(own)
    refused = own.test_cli_runner().invoke(args=["keys", "retire", "k1"])
    assert refused.exit_code == 1
    assert "still wraps 80" in refused.output
    assert "wrapped anew: 80" in flask(own, "keys", "rotate")
    assert all_open(own)


def test_a_killed_rotation_leaves_a_ring_that_opens_everything(own: Flask, tmp_path: Path) -> None:
    """Killed in the middle of its second batch, with no chance to tidy up. Holds sec_G2."""
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("BOOKING_", "FLASK_"))},
        "BOOKING_MODE": "test",
        "BOOKING_INSTANCE": str(tmp_path),
        "BOOKING_DATABASE_URL": own.extensions["settings"].database_url,
        "BOOKING_KEY_RING": str(file_of(own)),
        "BOOKING_SECRET_KEY": "x" * 40,
    }
    flask(own, "keys", "new")
    code = (
        "import os, signal\n"
        "from sqlalchemy import event\n"
        "from booking.core.db import db\n"
        "from booking import create_app\n"
        "from booking.core import rotation\n"
        "from booking.core.sealed import ring_as_it_is\n"
        "app = create_app()\n"
        "file = app.extensions['settings'].key_ring\n"
        "rotation.make_primary(file, rotation.newest(file))\n"
        "left = [75]\n"
        "def count(connection, cursor, statement, *rest):\n"
        "    left[0] -= statement.startswith('UPDATE data_key')\n"
        "    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with app.app_context():\n"
        "    event.listen(db.engine, 'before_cursor_execute', count)\n"
        "    ring_as_it_is()\n"
        "    while rotation.wrap_some(): pass\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=env, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert all_open(own)
    with own.app_context():
        assert rotation.counts() == {"k1": 80, "k2": 50}
    assert "wrapped anew: 80" in flask(own, "keys", "rotate")
    assert all_open(own)


def test_the_audit_chain_outlives_every_rotation(own: Flask) -> None:
    flask(own, "keys", "new")
    flask(own, "keys", "rotate")
    flask(own, "keys", "retire", "k1")
    assert "whole" in flask(own, "audit", "verify")


def test_a_key_in_use_is_not_retired(own: Flask) -> None:
    """Holds sec_G2."""
    for kid, why in (("k1", "in use"), ("k9", "no key k9")):
        refused = own.test_cli_runner().invoke(args=["keys", "retire", kid])
        assert refused.exit_code == 1
        assert why in refused.output


def test_a_ring_from_before_there_was_a_root_keeps_its_first_key(own: Flask) -> None:
    file = file_of(own)
    told = json.loads(file.read_text())
    before = KeyRing.read(file)
    del told["root"]
    file.chmod(0o600)
    file.write_text(json.dumps(told))
    assert KeyRing.read(file).derived("x") != before.derived("x")
    first = KeyRing.read(file).derived("x")
    flask(own, "keys", "new")
    flask(own, "keys", "rotate")
    assert KeyRing.read(file).derived("x") == first
    refused = own.test_cli_runner().invoke(args=["keys", "retire", "k1"])
    assert "has to stay" in refused.output


def test_verify_names_what_the_ring_does_not_open(own: Flask, tmp_path: Path) -> None:
    """Holds sec_G5."""
    with own.app_context(), transaction():
        row = session().get_one(DataKey, 7)
        row.wrapped = bytes(len(row.wrapped))
    told = own.test_cli_runner().invoke(args=["keys", "verify"])
    assert told.exit_code == 1
    assert "1 data keys: 7" in told.output


@pytest.mark.both
def test_destroying_a_data_key_erases_what_was_sealed_with_it(own: Flask) -> None:
    """Holds sec_G5."""
    gone, kept = OWNERS[3], OWNERS[4]
    blobs = own.config["blobs"]
    with own.app_context():
        with transaction():
            destroy_key(gone)
        with pytest.raises(SealBroken):
            unseal(blobs[gone], owner=gone, place="t.c", row=gone)
        assert unseal(blobs[kept], owner=kept, place="t.c", row=kept) == b"canary"


def test_adding_survives_a_file_left_by_a_stopped_command(own: Flask) -> None:
    shutil.copy(file_of(own), file_of(own).with_name("keys.json.new"))
    assert "Added k2" in flask(own, "keys", "new")
    with pytest.raises(WrongState):
        rotation.make_primary(file_of(own), "k7")
