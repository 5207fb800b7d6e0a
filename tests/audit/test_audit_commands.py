"""The audit shows what was changed, even rows cut off at its end; no audit, no reading."""

import json
from pathlib import Path

import pytest
from flask import Flask

from booking import create_app
from booking.core.db import db, session, transaction
from tests.databases import make_settings
from tests.house.everybody import Everybody


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Flask:
    app = create_app(make_settings(tmp_path, database_url))
    for _time in range(3):
        app.test_cli_runner().invoke(args=["keys", "new"])
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def verified(app: Flask) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    return done.exit_code, done.output


def tamper(app: Flask, *statements: str) -> None:
    """As somebody with the database file in hands would, past the triggers."""
    with app.app_context(), transaction():
        for each in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", *statements):
            session().execute(db.text(each))


def anchored(app: Flask) -> Path:
    assert app.test_cli_runner().invoke(args=["audit", "anchor"]).exit_code == 0
    return app.extensions["settings"].audit_anchors


def test_an_untouched_audit_is_whole_and_fits_its_anchor(own: Flask) -> None:
    file = anchored(own)
    assert file.stat().st_mode & 0o777 == 0o600
    assert verified(own) == (0, "The audit chain is whole. Anchors that fit: 1.\n")
    assert json.loads(file.read_text())["row"] == 3


def test_a_changed_row_is_found(own: Flask) -> None:
    tamper(own, "UPDATE audit SET actor = 'user:9' WHERE id = 2")
    assert verified(own) == (1, "Broken at row 2.\n")


def test_rows_cut_off_at_the_end_are_found_by_the_anchor(own: Flask) -> None:
    """Holds sec_H2."""
    anchored(own)
    tamper(own, "DELETE FROM audit WHERE id = 3")
    code, told = verified(own)
    assert code == 1
    assert "does not fit the anchor in line 1" in told


def test_a_damaged_list_of_anchors_is_told(own: Flask) -> None:
    file = anchored(own)
    file.write_text(file.read_text() + "not a line\n")
    code, told = verified(own)
    assert code == 1
    assert "line 2" in told


# --- what is not recorded is not shown ---


HOLDING = ("desk.", "intake.", "today.", "records.", "conversations.")
"""Pages of the staff that hold something of a patient."""


@pytest.mark.both
def test_a_record_is_not_shown_where_the_opening_cannot_be_recorded(app: Flask, clinic) -> None:
    """Holds sec_H1."""
    everybody = Everybody(app, clinic)
    paths = [
        everybody.address(rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint.startswith(HOLDING)
    ]
    shown = {
        (who, path)
        for who in ("reception", "mei", "owner")
        for path in paths
        if "Amara" in everybody.browsers[who].get(path).text
    }
    assert len(shown) >= 4, shown
    with app.app_context(), transaction():
        refuse_audit(app)
    for who, path in shown:
        page = everybody.browsers[who].get(path)
        assert page.status == 500, (who, path)
        assert "Amara" not in page.text, (who, path)


def refuse_audit(app: Flask) -> None:
    if db.engine.dialect.name == "postgresql":
        full = "ALTER TABLE audit ADD CONSTRAINT full_up CHECK (id < 0) NOT VALID"
        session().execute(db.text(full))
        return
    session().execute(
        db.text(
            "CREATE TRIGGER full_up BEFORE INSERT ON audit "
            "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    )
