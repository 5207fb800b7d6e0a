"""A mailbox may be a couple's, a guardian's, or passed on: an address alone reaches no record."""

import pytest
from flask import Flask

from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.accounts.conftest import mails, path_of
from tests.browser import Browser
from tests.factories import Clinic, make_appointment, make_patient

MAILBOX = "family@example.org"


@pytest.fixture
def visits(app: Flask, clinic: Clinic) -> dict[str, str]:
    """Amara and Kofi share a mailbox, and book for their child with it; each has a visit."""
    found = {}
    with app.app_context(), transaction():
        for number, name in enumerate(("Amara Osei", "Kofi Osei", "Ama Osei")):
            patient = make_patient(name, MAILBOX)
            row = make_appointment(
                clinic,
                patient_id=patient.id,
                starts_at=clock.now().replace(hour=9 + 2 * number, minute=0, second=0),
                ends_at=clock.now().replace(hour=10 + 2 * number, minute=0, second=0),
            )
            found[name] = str(row.public_id)
    return found


def links(app: Flask, name: str, email: str = MAILBOX) -> list[str]:
    Browser(app).get("/my/sign-in").submit({"name": name, "email": email}, having="name")
    return [path_of(told["link"]) for told in mails(app, "accounts/sign_in_link")]


@pytest.mark.parametrize("name", ["Amara Osei", "Kofi Osei", "Ama Osei"])
def test_one_mailbox_three_people_and_each_link_is_one_persons(
    app: Flask, visits: dict[str, str], name: str
) -> None:
    [link] = links(app, name)
    browser = Browser(app)
    browser.get(link).submit()
    shown = browser.get("/my").text
    assert [who for who, visit in visits.items() if visit in shown] == [name]
    for who, visit in visits.items():
        expected = 200 if who == name else 404
        assert browser.get(f"/visit/{visit}").status == expected


def test_the_address_with_a_name_nobody_booked_with_gets_no_link(
    app: Flask, visits: dict[str, str]
) -> None:
    assert links(app, "Somebody Else") == []


def test_whoever_has_the_mailbox_now_books_a_record_of_her_own(
    app: Flask, clinic: Clinic, visits: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        new = make_patient("Zadie Newhouse", MAILBOX)
        amara = session().query(Patient).filter_by(name="Amara Osei").one()
        assert new.resource_id != amara.resource_id
    [link] = links(app, "Zadie Newhouse")
    browser = Browser(app)
    browser.get(link).submit()
    assert not any(visit in browser.get("/my").text for visit in visits.values())


def test_whoever_knows_the_name_and_reads_the_mailbox_gets_neither_record_nor_keys(
    app: Flask, visits: dict[str, str]
) -> None:
    [link] = links(app, "Amara Osei")
    partner = Browser(app)
    partner.get(link).submit()
    for path in ("/my/record", "/my/record.json", "/my/record/erase", "/my/password"):
        assert partner.get(path).url == "/my/code", path
    assert partner.get("/sign-ins/passkeys").url == "/my/code"
