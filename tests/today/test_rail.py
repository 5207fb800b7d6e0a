"""The numbers beside the pages of the rail: what waits, for those who may open the page."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from booking.audit.models import AuditRow
from booking.cli.bench.alone import counted
from booking.core import clock
from booking.core.db import session, transaction
from booking.waiting.models import WaitingEntry
from booking.waiting.rules import EntryState
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic
from tests.house.everybody import Everybody
from tests.intake.filled import make_sent, said

pytestmark = pytest.mark.both
BEFORE = {"blood_thin": said("yes")}
NUMBER = re.compile(
    r'<span class="lbl">([^<]*)</span><span class="num[^"]*" aria-hidden="true">(\d+)</span>'
    r'<span class="vh">, ([^<]*)</span>'
)


def numbers(page: Page) -> dict[str, str]:
    """The words that stand for each number; the number shown is the one that is said."""
    rail = page.text.split('<nav aria-label="Main">')[1].split("</nav>")[0]
    found = NUMBER.findall(rail)
    assert all(said.split()[0] == shown for _name, shown, said in found)
    return {name: said for name, _shown, said in found}


def test_reception_reads_what_waits_behind_each_page(
    app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)
    desk = Everybody(app, clinic).browsers["reception"]
    assert numbers(desk.get("/today")) == {
        "Requests": "1 to answer",
        "Forms": "1 to review",
        "Calls": "2 to see to",
        "Waiting list": "1 waiting",
    }
    assert "To review 1" in re.sub("<[^>]*>", "", desk.get("/forms").text)


def test_a_practitioner_reads_her_own_and_nothing_of_the_desk(
    app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)
    browsers = Everybody(app, clinic).browsers
    assert numbers(browsers["mei"].get("/my-day")) == {"Requests": "1 to answer"}
    assert numbers(browsers["ines"].get("/my-day")) == {}
    assert numbers(browsers["owner"].get("/people")) == {}


def test_a_form_is_counted_until_its_practitioner_has_decided(
    app: Flask, cast: Cast, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)
    with app.app_context(), transaction():
        address = f"/forms/{make_sent(clinic, BEFORE).appointment.public_id}/read"
    assert numbers(cast["mei"].get("/my-day")) == {"Forms to read": "1 to decide"}
    assert numbers(cast["ines"].get("/my-day")) == {}
    cast["mei"].get(address).submit(
        {"choice": "adapt", "note": "Shallow"}, button="Record decision"
    )
    assert numbers(cast["mei"].get("/my-day")) == {}


def test_nothing_waiting_is_no_number(cast: Cast) -> None:
    assert numbers(cast["reception"].get("/today")) == {}


def test_what_is_settled_is_counted_no_more(
    app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)
    desk = Everybody(app, clinic).browsers["reception"]
    desk.get("/worklist").submit(button="Done, Amara Osei")
    with app.app_context(), transaction():
        session().query(WaitingEntry).one().state = EntryState.LEFT
    after = numbers(desk.get("/today"))
    assert after["Calls"] == "1 to see to"
    assert "Waiting list" not in after


def test_they_are_one_statement_and_no_opening_of_a_record(
    app: Flask, cast: Cast, clinic: Clinic, at: Callable[..., None]
) -> None:
    at(MONDAY_10AM - 120 * MINUTES)

    def cost() -> int:
        cast["reception"].get("/keys")
        with app.app_context(), counted(app) as statements:
            cast["reception"].get("/keys")
        assert sum("conversation_line" in each for each in statements) == 1
        return len(statements)

    few = cost()
    with app.app_context(), transaction():
        form = make_sent(clinic, {"faint_hist": said("yes")})
        session().add(
            WaitingEntry(
                patient_id=form.patient_id, service_id=clinic.follow_up, created_at=clock.now()
            )
        )
        written = session().query(AuditRow).count()
    assert cost() == few
    with app.app_context():
        assert session().query(AuditRow).count() == written
    assert numbers(cast["reception"].get("/keys")).keys() == {"Forms", "Waiting list"}
