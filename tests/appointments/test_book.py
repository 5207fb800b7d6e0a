"""Booking as a person does it: from the first page to the message, without an account."""

from datetime import timedelta

import pytest

from tests.appointments.conftest import ABOUT, Steps, Stored
from tests.browser import Browser
from tests.factories import NOW, Clinic

MINUTE = timedelta(minutes=1)


@pytest.mark.both
def test_a_new_patient_books_with_five_activations(
    browser: Browser, clinic: Clinic, stored: Stored
) -> None:
    page = browser.get("/")
    page = page.click("Book a visit")
    page = page.click("60 minutes")
    assert "Choose a time" in page.title
    page = page.submit(button="Take 2:15pm")
    page = page.submit(dict(ABOUT), having="name", button="Continue")
    assert "Amara Osei" in page.text
    page = page.submit({"age": "old-enough"}, button="Book this visit")
    assert page.status == 200
    assert "Your visit is booked" in page.text
    [visit] = stored.visits()
    assert visit["status"] == "booked"
    assert visit["starts_at"] == NOW + 135 * MINUTE
    assert visit["phone"] == "+447700900123"
    assert stored.taken() == 3
    assert stored.holds() == 0
    assert stored.events()[-1] == "appointment:booked"


def test_the_message_is_discreet_and_complete(
    browser: Browser, steps: Steps, stored: Stored
) -> None:
    steps.book(browser)
    [mail] = stored.mails()
    [visit] = stored.visits()
    assert mail["kind"] == "appointments/confirmation"
    assert mail["to_address"] == "amara@example.org"
    invite = mail["invite"]
    assert (invite["method"], invite["sequence"], invite["uid"]) == ("REQUEST", 0, visit["uid"])
    assert invite["summary"] == "Appointment"
    assert "First visit" not in str(mail)
    assert set(mail["links"]) == {"visit", "move", "cancel", "form"}
    assert all(link.startswith("http://localhost/a/") for link in mail["links"].values())
