"""The worker anchors the audit by itself, once a day, and covers nothing up."""

import logging
from datetime import timedelta

import pytest
from flask import Flask

from booking import create_app
from booking.app import JOBS
from booking.core import clock
from booking.core.db import db, session, transaction
from tests.databases import make_settings


@pytest.fixture
def own(database_url: str, tmp_path, at) -> Flask:
    """An installation with a folder of its own, in which something was recorded."""
    app = create_app(make_settings(tmp_path, database_url))
    at(clock.now())
    app.test_cli_runner().invoke(args=["keys", "new"])
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    clock.come_back()


def work(app: Flask) -> list[str]:
    """What the worker's own job leaves in the file."""
    import threading

    [job] = [each for each in JOBS if each.name == "anchor"]
    with app.app_context():
        job.run(threading.Event())
    file = app.extensions["settings"].audit_anchors
    return file.read_text().splitlines() if file.exists() else []


def test_one_anchor_a_day_however_often_it_looks(own: Flask) -> None:
    assert len(work(own)) == 1
    assert len(work(own)) == 1
    clock.travel(clock.now() + timedelta(days=1))
    assert len(work(own)) == 2
    done = own.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.output == "The audit chain is whole. Anchors that fit: 2.\n"


def test_rows_cut_off_are_logged_and_not_covered_by_a_new_anchor(
    own: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    work(own)
    with own.app_context(), transaction():
        session().execute(db.text("DROP TRIGGER audit_no_delete"))
        session().execute(db.text("DELETE FROM audit"))
    clock.travel(clock.now() + timedelta(days=1))
    with caplog.at_level(logging.ERROR):
        assert len(work(own)) == 1
    assert [record.event for record in caplog.records] == ["audit-broken"]


def test_before_anything_is_recorded_there_is_nothing_to_anchor(
    database_url: str, tmp_path
) -> None:
    app = create_app(make_settings(tmp_path, database_url))
    assert work(app) == []
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
