"""Where a hole is reported: shown where the clinic has named a place."""

from pathlib import Path

from flask import Flask

from booking import create_app
from booking.core.db import db
from tests.databases import make_settings


def test_there_is_none_unless_named(app: Flask) -> None:
    assert app.test_client().get("/.well-known/security.txt").status_code == 404


def test_the_clinics_own_contact_is_shown(database_url: str, home: Path) -> None:
    """Holds sec_K4."""
    app = create_app(make_settings(home, database_url, security_contact="mailto:it@clinic.example"))
    answer = app.test_client().get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert lines["Contact"] == "mailto:it@clinic.example"
    assert lines["Expires"].endswith("Z")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
