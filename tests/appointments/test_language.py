"""The language of pages and messages: chosen by the reader, among those the clinic offers."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.appointments.models import Appointment
from booking.calendars.queries.entries import entry_of
from booking.clinic.models import Organisation
from booking.core.db import session, transaction
from booking.core.translating import COOKIE
from booking.mail.models import Mail
from booking.patients.models import Patient
from tests.appointments.conftest import ABOUT
from tests.browser import Browser
from tests.factories import Clinic, make_appointment


@pytest.fixture
def offered(app: Flask, clinic: Clinic) -> Callable[..., None]:
    """Let the clinic offer these languages besides its own."""

    def offer(*locales: str) -> None:
        with app.app_context(), transaction():
            session().execute(update(Organisation).values(other_locales=" ".join(locales)))

    return offer


BRITISH, SPANISH = '<html lang="en-GB" dir="ltr">', '<html lang="es" dir="ltr">'


def spoken_to(browser: Browser, languages: str) -> str:
    """The clinic's first page for a browser with these languages."""
    return browser.client.get("/", headers={"Accept-Language": languages}).get_data(as_text=True)


def test_a_clinic_with_one_language_shows_no_choice(browser: Browser, clinic: Clinic) -> None:
    assert BRITISH in spoken_to(browser, "es")
    assert 'action="/language"' not in browser.get("/").text


def test_the_choice_keeps_the_page(browser: Browser, offered: Callable[..., None]) -> None:
    offered("es", "en_US")
    page = browser.get("/book").submit(button="Español")
    assert page.url == "/book"
    assert '<html lang="es" dir="ltr">' in page.text
    assert page.title.startswith("Elija una cita")
    assert SPANISH in browser.get("/").text
    back = browser.get("/").submit(button="English (UK)")
    assert BRITISH in back.text


def test_where_to_get_help_is_said_in_the_readers_language(
    app: Flask, browser: Browser, offered: Callable[..., None]
) -> None:
    offered("es")
    assert "Llame al 999 o vaya a las urgencias más cercanas." in spoken_to(browser, "es")
    browser.get("/").submit(button="Español")
    guide = browser.get("/guide").text
    assert "Llame al 111 en una crisis y elija la opción de salud mental" in guide
    with app.app_context(), transaction():
        session().execute(update(Organisation).values(emergency_department="St Ann's, 50 % off"))
    assert "vaya a St Ann&#39;s, 50 % off." in browser.get("/").text, "its own words stay"


def test_a_browser_is_spoken_to_in_its_own_language(
    browser: Browser, offered: Callable[..., None]
) -> None:
    offered("es")
    assert SPANISH in spoken_to(browser, "es-MX,en;q=0.5")
    assert BRITISH in spoken_to(browser, "fr,de")
    assert BRITISH in spoken_to(browser, "en-US,es")


@pytest.mark.parametrize("wanted", ["", "fr", "es ", "../../etc/passwd", "en_US"])
def test_a_language_not_offered_is_refused(
    browser: Browser, offered: Callable[..., None], wanted: str
) -> None:
    offered("es")
    answer = browser.get("/").submit({"language": wanted}, having="language")
    assert answer.status == 400
    browser.client.set_cookie(COOKIE, wanted)
    assert BRITISH in browser.get("/").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil", "", "/language"]
)
def test_nobody_is_led_to_another_site(
    browser: Browser, offered: Callable[..., None], elsewhere: str
) -> None:
    offered("es")
    page = browser.get("/book").submit({"language": "es", "next": elsewhere}, having="language")
    assert page.url == "/"


def test_who_books_in_spanish_is_written_to_in_spanish(
    app: Flask, browser: Browser, offered: Callable[..., None]
) -> None:
    offered("es")
    browser.client.set_cookie(COOKIE, "es")
    page = browser.get("/book").click("60 min").submit(button="14:15")
    page = page.submit({n: ABOUT[n] for n in ("name", "email", "phone")}, having="name")
    assert page.submit(having="nonce").status == 200
    with app.app_context():
        assert session().scalar(select(Patient.language)) == "es"
        mail = session().scalars(select(Mail).where(Mail.kind == "appointments/confirmation")).one()
        assert mail.snapshot["locale"] == "es"
        assert mail.snapshot["invite"]["summary"] == "Cita"


def test_a_calendar_reads_the_same_whoever_asks(
    app: Flask, clinic: Clinic, offered: Callable[..., None]
) -> None:
    offered("es")
    with app.app_context(), transaction():
        visit = make_appointment(clinic)
        visit.patient.language = "es"
        number = visit.id
    for spoken in ("en-GB", "es"):
        with app.test_request_context(headers={"Accept-Language": spoken}):
            mine = session().get_one(Appointment, number)
            assert entry_of(mine, reveal=None).summary == "Cita"
