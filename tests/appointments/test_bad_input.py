"""What does not fit is answered kindly, with the right status, nothing typed lost, never a 500."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from booking.appointments.rules import Slot, read_slot, slot_text
from booking.clinic.models import Location, Practitioner, Service, ServicePractitioner
from booking.core.db import session, transaction
from booking.mail.message import Letter, build
from booking.mail.rules import Mailbox
from booking.patients.rules import clean_name
from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser, Page
from tests.factories import MONDAY_10AM, Clinic, make_practitioner

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
INJECTION = "=?utf-8?q?x=0d=0aBcc=3a_e=40e.org?="


def ids(app: Flask, clinic: Clinic) -> tuple[Practitioner, Location]:
    with app.app_context():
        return (
            session().get_one(Practitioner, clinic.mei),
            session().get_one(Location, clinic.location),
        )


def choose(page: Page, value: str) -> Page:
    token = dict(page.form("slot").fields)["csrf_token"]
    return page.browser.post(page.url, {"csrf_token": token, "slot": value})


@pytest.mark.parametrize(
    ("starts_at", "status"),
    [
        (MONDAY_10AM - 4 * 60 * MINUTE, 422),  # before hours
        (MONDAY_10AM + 6 * DAY, 422),  # a Sunday
        (MONDAY_10AM - 30 * DAY, 422),  # past
        (MONDAY_10AM + 7 * MINUTE, 422),  # between two starts
        (MONDAY_10AM + 400 * DAY, 422),  # beyond what is open
        (datetime(2028, 3, 26, 1, 30, tzinfo=UTC), 422),
        (datetime(1970, 1, 1, tzinfo=UTC), 422),
        (datetime(3871, 1, 1, tzinfo=UTC), 422),
    ],
)
def test_a_time_that_is_not_offered(
    app: Flask,
    browser: Browser,
    clinic: Clinic,
    steps: Steps,
    stored: Stored,
    starts_at: datetime,
    status: int,
) -> None:
    mei, place = ids(app, clinic)
    page = steps.times(browser)
    page = choose(page, slot_text(Slot(mei.public_id, place.public_id, starts_at)))
    assert page.status == status
    assert page.title.startswith("Error:")
    assert [b for form in page.forms for b in form.buttons if b[0] == "slot"]
    assert "020 7946 0102" in page.text
    assert stored.holds() == 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "1.2.3",
        "a" * 5000,
        "..",
        "%00",
        "' OR 1=1 --",
        "\u202e",
        f"{'f' * 32}.{'f' * 32}.5",
    ],
)
def test_a_tampered_slot(browser: Browser, steps: Steps, stored: Stored, value: str) -> None:
    page = choose(steps.times(browser), value)
    assert page.status == 422
    assert "Please choose again" in page.text
    assert stored.holds() == 0


def test_a_slot_of_another_service_or_person(
    app: Flask, browser: Browser, clinic: Clinic, steps: Steps, stored: Stored
) -> None:
    with app.app_context(), transaction():
        stranger = make_practitioner("Tom Bell").public_id
    _, place = ids(app, clinic)
    page = steps.times(browser)
    page = choose(page, slot_text(Slot(stranger, place.public_id, MONDAY_10AM)))
    assert page.status == 422
    assert stored.holds() == 0


@pytest.mark.parametrize("query", ["practitioner", "location"])
@pytest.mark.parametrize("value", ["x", "00000000-0000-0000-0000-000000000000", "'", "%", "🙂"])
def test_an_address_that_names_nobody(
    browser: Browser, steps: Steps, query: str, value: str
) -> None:
    url = steps.times(browser).url.split("?")[0]
    page = browser.get(url, {query: value})
    assert page.status == 422
    assert [b for form in page.forms for b in form.buttons if b[0] == "slot"]


def test_a_practitioner_who_does_not_give_this_visit(
    app: Flask, browser: Browser, clinic: Clinic, steps: Steps
) -> None:
    with app.app_context(), transaction():
        row = session().get_one(
            ServicePractitioner,
            {"service_id": clinic.first_visit, "practitioner_id": clinic.ines},
        )
        session().delete(row)
        ines = session().get_one(Practitioner, clinic.ines).public_id
    url = steps.times(browser).url.split("?")[0]
    page = browser.get(url, {"practitioner": str(ines)})
    assert page.status == 422
    assert "does not go with this visit" in page.text


@pytest.mark.parametrize(
    "value", ["x", "0001-01-01", "9999-12-31", "2027-13-45", "1999-02-29", "-1", "2027-W27"]
)
@pytest.mark.parametrize("query", ["day", "week"])
def test_any_day_in_an_address(browser: Browser, steps: Steps, query: str, value: str) -> None:
    """Holds sec_F4."""
    url = steps.times(browser).url.split("?")[0]
    page = browser.get(url, {query: value})
    assert page.status == 200
    assert "Choose a time" in page.title


def test_a_service_that_is_not_there(app: Flask, browser: Browser, clinic: Clinic) -> None:
    assert browser.get(f"/book/{uuid4()}/times").status == 404
    assert browser.get("/book/nothing/times").status == 404
    with app.app_context(), transaction():
        service = session().get_one(Service, clinic.follow_up)
        service.active = False
        public_id = service.public_id
    assert browser.get(f"/book/{public_id}/times").status == 404


HOSTILE = [
    ("Ana\r\nBcc: e@e.org", "Ana Bcc: e@e.org"),
    (INJECTION, INJECTION),
    ("Ana \u202egnp.exe\u202c", "Ana gnp.exe"),
    ("A\u0000na\u0007", "Ana"),
    ("\u200bAna\u200b", "Ana"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("{{ 7*7 }} Ana", "{{ 7*7 }} Ana"),
    ("Ọlá O'Néill-Ng 陳", "Ọlá O'Néill-Ng 陳"),
    ("a" * 100, "a" * 100),
]


@pytest.mark.parametrize(("typed", "kept"), HOSTILE)
def test_a_hostile_name_is_cleaned_and_cannot_reach_a_header(
    browser: Browser, steps: Steps, stored: Stored, typed: str, kept: str
) -> None:
    """Holds sec_F4."""
    page = steps.book(browser, name=typed)
    assert "Your visit is booked" in page.text
    [visit] = stored.visits()
    assert visit["name"] == kept
    [mail] = stored.mails()
    raw = build(
        Letter(
            sender=Mailbox(**mail["sender"]),
            to=Mailbox(mail["to_name"], mail["to_address"]),
            subject="Appointment",
            text="x",
            html="<p>x</p>",
            message_id="<a@canalstreet.example>",
            date=MONDAY_10AM,
        )
    )
    headers = raw.partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc:" not in headers
    assert "<script>alert" not in browser.get(page.url).text


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u202e\u202c", "\u200b", "12345", "!!!", "a" * 101, "a" * 10_240]
)
def test_a_name_that_cannot_be_used_is_asked_for_again(
    browser: Browser, steps: Steps, stored: Stored, typed: str
) -> None:
    page = steps.checked(browser, name=typed)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert dict(page.form("name").fields)["email"] == "amara@example.org"
    assert dict(page.form("name").fields)["name"][:101] == typed[:101]
    assert stored.visits() == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "amara",
        "a@b",
        "a@e.org,b@e.org",
        "A <a@e.org>",
        "a@e.org\r\nBcc: x@e.org",
        "jörg@example.org",
        f"{'a' * 300}@e.org",
        INJECTION,
    ],
)
def test_an_address_that_cannot_be_written_to_is_asked_for_again(
    browser: Browser, steps: Steps, stored: Stored, typed: str
) -> None:
    page = steps.checked(browser, email=typed)
    assert page.status == 422
    assert dict(page.form("name").fields)["name"] == "Amara Osei"
    assert stored.mails() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("07700 900 123", "+447700900123"),
        ("(0)7700-900.123", "+447700900123"),
        (" +44 7700 900123 ", "+447700900123"),
        ("+351 912 345 678", "+351912345678"),
        ("00351 912345678", "+351912345678"),
        ("０７７００ ９００１２３", "+447700900123"),
    ],
)
def test_a_number_may_be_written_in_any_way(
    browser: Browser, steps: Steps, stored: Stored, typed: str, kept: str
) -> None:
    steps.book(browser, phone=typed)
    assert stored.visits()[0]["phone"] == kept


@pytest.mark.parametrize("typed", ["", "123", "call me", "+", "9" * 40, "0" * 5000])
def test_a_number_no_telephone_has_is_asked_for_again(
    browser: Browser, steps: Steps, typed: str
) -> None:
    page = steps.checked(browser, phone=typed)
    assert page.status == 422
    assert "Enter a phone number, like 07700 900123" in page.text


@pytest.mark.parametrize("typed", [[], ["pigeon"], ["email", "pigeon"]])
def test_a_way_to_reach_her_is_one_of_those_shown(
    browser: Browser, steps: Steps, typed: list[str]
) -> None:
    assert steps.checked(browser, channels=typed).status == 422


def test_a_note_may_be_long_but_not_endless(browser: Browser, steps: Steps) -> None:
    page = steps.checked(browser, note="x" * 501)
    assert page.status == 422
    assert "x" * 501 in page.text
    assert page.submit({"note": "x" * 500}, having="name", button="Continue").status == 200


def test_a_body_over_the_limit(browser: Browser, steps: Steps, stored: Stored) -> None:
    """Holds sec_F3."""
    page = steps.take(browser)
    big = page.submit({**ABOUT, "note": "x" * 1_100_000}, having="name", button="Continue")
    assert big.status == 413
    assert "020 7946 0102" in big.text
    assert stored.holds() == 1
    assert browser.get("/book/about-you").status == 200


def test_pages_out_of_turn_lead_to_the_first(browser: Browser, clinic: Clinic) -> None:
    """Holds sec_D8."""
    for path in ("/book/about-you", "/book/check"):
        assert browser.get(path).url == "/book"
    assert browser.get(f"/book/done/{uuid4()}").status == 404


def test_the_last_page_before_the_one_before_it(browser: Browser, steps: Steps) -> None:
    steps.take(browser)
    assert browser.get("/book/check").url == "/book/about-you"


def test_a_cookie_with_anything_in_it(browser: Browser, clinic: Clinic) -> None:
    for value in ("x", str(uuid4()), 7, None, ["a"]):
        with browser.client.session_transaction() as cookie:
            cookie["hold"] = cookie["booked"] = value
        assert browser.get("/book/about-you").url == "/book"


def test_a_form_from_elsewhere_is_refused(browser: Browser, steps: Steps, stored: Stored) -> None:
    page = steps.times(browser)
    value = next(b[1] for form in page.forms for b in form.buttons if b[0] == "slot")
    assert browser.post(page.url, {"slot": value}).status == 400
    browser.client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert choose(page, value).status == 403
    assert stored.holds() == 0


def test_what_a_slot_says_is_what_its_button_shows(browser: Browser, steps: Steps) -> None:
    page = steps.times(browser)
    found = {
        words.split()[0]: read_slot(value).starts_at
        for form in page.forms
        for name, value, words in form.buttons
        if name == "slot"
    }
    assert found["10:00am"] == MONDAY_10AM


def test_cleaning_a_clean_name_changes_nothing() -> None:
    for _, kept in HOSTILE:
        assert clean_name(kept) == kept
