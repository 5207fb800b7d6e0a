"""Nothing anybody typed reaches a log: not by a form, an address, or an error."""

import io
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from booking.access.gate import public
from booking.core import logs
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.browser import Browser
from tests.factories import Clinic, make_patient
from tests.house.everybody import Everybody

CANARY = "kanarienvogel"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a production process would write, from every logger there is."""
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


def fill(browser: Browser, path: str) -> int:
    """Send every form of a page with the canary in each field; return how many there were."""
    page = browser.get(path)
    for form in page.forms:
        values = {name: CANARY for name in form.names if name != "csrf_token"}
        browser.client.post(
            form.action or path, data={**dict(form.fields), **values}, follow_redirects=True
        )
    return len(page.forms)


def test_no_form_and_no_address_is_logged(app: Flask, clinic: Clinic, written: io.StringIO) -> None:
    """Holds sec_C6, sec_I1, sec_I3."""
    logs.note_requests(app)
    everybody = Everybody(app, clinic)
    sent = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        for who in ("stranger", "patient", "visit-link", "reception", "mei", "owner"):
            path = everybody.address(rule)
            sent += fill(everybody.browsers[who], path)
            everybody.browsers[who].client.get(f"{path}?q={CANARY}")
    everybody.browsers["stranger"].client.get(f"/{CANARY}")
    assert sent > 100
    told = written.getvalue()
    assert '"event": "request"' in told
    assert CANARY not in told
    for token in everybody.links.values():
        if len(token) > 20:  # a name in an address is no key
            assert token not in told


@pytest.mark.both
def test_no_error_carries_a_value(app: Flask, clinic: Clinic, written: io.StringIO) -> None:
    """Holds sec_I4."""

    @app.get("/falls-over")
    @public
    def falls_over() -> str:
        raise RuntimeError(CANARY)

    @app.get("/refused")
    @public
    def refused() -> str:
        with transaction():
            first = make_patient(CANARY, f"{CANARY}@example.org")
            session().add(Patient(**{**_values(first), "name": CANARY}))
            session().flush()
        return ""

    client = app.test_client()
    for path in ("/falls-over", "/refused"):
        answer = client.get(path)
        assert answer.status_code in {409, 500}, path
        assert CANARY not in answer.text
    assert '"error"' in written.getvalue()
    assert CANARY not in written.getvalue()


def _values(row: Patient) -> dict[str, object]:
    return {c.name: getattr(row, c.name) for c in Patient.__table__.c if c.name != "id"}


def test_a_database_that_refuses_says_no_value(app: Flask, clinic: Clinic) -> None:
    """Holds sec_I2."""
    with app.app_context(), pytest.raises(IntegrityError) as refused, transaction():
        first = make_patient(CANARY, f"{CANARY}@example.org")
        session().add(Patient(**_values(first)))
        session().flush()
    assert CANARY not in str(refused.value)


def test_an_unlisted_key_is_dropped_and_control_characters_are_escaped() -> None:
    """Holds sec_I1, sec_I5."""
    line = logging.LogRecord("booking.x", logging.INFO, "f", 1, CANARY, (), None)
    line.event, line.kind, line.name_of_patient = "x", "a\nb", CANARY
    told = logs.JsonLines().format(line)
    assert CANARY not in told
    assert "\n" not in told
