"""Patients sign in by a mailed link: no password, no hint who has booked, one person each."""

from datetime import timedelta

import pytest
from flask import Flask

from booking.access.policy import Role
from booking.accounts import queries
from booking.core import clock
from booking.core.db import transaction
from tests.accounts.conftest import mails, path_of
from tests.browser import Browser, Page
from tests.factories import NOW, make_patient


@pytest.fixture
def amara(app: Flask, clinic: object) -> int:
    """The person's id."""
    with app.app_context(), transaction():
        return make_patient().resource_id


def ask(app: Flask, name: str = "Amara Osei", email: str = "amara@example.org") -> Page:
    return Browser(app).get("/my/sign-in").submit({"name": name, "email": email})


def link(app: Flask) -> str:
    return path_of(mails(app, "accounts/sign_in_link")[-1]["link"])


def actor(browser: Browser) -> object:
    with browser.client.session_transaction() as cookie:
        token = cookie.get("_user_id", "")
    with browser.app.app_context():
        return queries.actor_of(queries.live_session(token, now=clock.now()))


@pytest.mark.both
def test_the_link_signs_the_person_in(app: Flask, amara: int) -> None:
    page = ask(app)
    assert page.url == "/my/check-your-mail"
    browser = Browser(app)
    answer = browser.get(link(app)).form("Show my appointments")
    assert actor(browser).roles == frozenset()
    done = browser.client.post(link(app), data=dict(answer.fields))
    assert done.headers["Location"] == "/my"
    who = actor(browser)
    assert who.roles == {Role.PATIENT}
    assert who.person_id == amara
    assert who.appointment_id is None


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("amara  OSEI ", "AMARA@Example.org"),
        ("Ámara Osei", "amara@example.org"),
    ],
)
def test_spelling_of_name_and_address_does_not_matter(
    app: Flask, amara: int, name: str, email: str
) -> None:
    ask(app, name, email)
    assert len(mails(app, "accounts/sign_in_link")) == 1


def test_everybody_gets_the_same_answer(app: Flask, amara: int) -> None:
    """Holds sec_A5."""

    def shown(name: str, email: str) -> tuple[int, str, str]:
        page = ask(app, name, email)
        return page.status, page.url, page.text

    answers = {
        shown("Amara Osei", "amara@example.org"),
        shown("Kofi Osei", "amara@example.org"),
        shown("Amara Osei", "nobody@example.org"),
    }
    assert len(answers) == 1
    assert len(mails(app, "accounts/sign_in_link")) == 1


def test_the_mail_goes_to_the_address_on_record(app: Flask, amara: int) -> None:
    ask(app, email="AMARA@EXAMPLE.ORG")
    sent = mails(app, "accounts/sign_in_link")[0]
    assert sent["to_address"] == "amara@example.org"
    assert str(sent["link"]).startswith("http://localhost/my/sign-in/")


def test_two_people_with_one_address_stay_two(app: Flask, amara: int) -> None:
    with app.app_context(), transaction():
        kofi = make_patient("Kofi Osei").resource_id
    ask(app, "Kofi Osei")
    browser = Browser(app)
    form = browser.get(link(app)).form()
    browser.client.post(link(app), data=dict(form.fields))
    assert actor(browser).person_id == kofi != amara


def test_a_mail_scanner_changes_nothing(app: Flask, amara: int) -> None:
    ask(app)
    scanner = Browser(app)
    for _ in range(5):
        assert scanner.head(link(app)).status_code == 200
        assert scanner.get(link(app)).status == 200
    assert actor(scanner).roles == frozenset()
    browser = Browser(app)
    browser.client.post(link(app), data=dict(browser.get(link(app)).form().fields))
    assert actor(browser).roles == {Role.PATIENT}


@pytest.mark.both
def test_the_link_works_once_and_for_a_quarter_of_an_hour(app: Flask, amara: int, at) -> None:
    ask(app)
    one, two = Browser(app), Browser(app)
    forms = [dict(b.get(link(app)).form().fields) for b in (one, two)]
    assert one.client.post(link(app), data=forms[0]).status_code == 303
    assert two.client.post(link(app), data=forms[1]).status_code == 410
    ask(app)
    at(NOW + timedelta(minutes=16))
    late = Browser(app).get(link(app))
    assert late.status == 410
    assert late.click("Send me a new link").url == "/my/sign-in"


def test_a_used_link_leads_in_where_she_is_in(app: Flask, amara: int) -> None:
    ask(app)
    browser = Browser(app)
    browser.get(link(app)).submit()
    again = browser.get(link(app))
    assert again.status == 410
    assert again.click("See your visits").url == "/my"


def test_a_link_to_an_address_corrected_since_is_over(app: Flask, amara: int) -> None:
    from sqlalchemy import update

    from booking.core.db import session
    from booking.patients.models import Patient

    ask(app)
    browser = Browser(app)
    form = dict(browser.get(link(app)).form().fields)
    with app.app_context(), transaction():
        session().execute(update(Patient).values(email_canonical="right@example.org"))
    assert browser.client.post(link(app), data=form).status_code == 410


def test_the_sessions_end(app: Flask, amara: int, at) -> None:
    ask(app)
    browser = Browser(app)
    browser.client.post(link(app), data=dict(browser.get(link(app)).form().fields))
    at(NOW + timedelta(minutes=29))
    assert actor(browser).roles == {Role.PATIENT}
    at(NOW + timedelta(minutes=31))
    assert actor(browser).roles == frozenset()


def test_asking_too_often_pauses_known_and_unknown_alike(app: Flask, amara: int) -> None:
    known = [ask(app).status for _ in range(6)]
    unknown = [ask(app, email="nobody@example.org").status for _ in range(6)]
    assert known == unknown == [200] * 5 + [429]
    page = ask(app)
    assert dict(page.form("email").fields)["email"] == "amara@example.org"
    assert int(page.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("", "amara@example.org"),
        ("Amara Osei", ""),
        ("A\r\nBcc: x", "amara@example.org"),
        ("Amara Osei", "amara@example.org, eve@example.org"),
        ("A" * 10_000, "amara@example.org"),
    ],
)
def test_odd_input_is_answered_kindly_and_kept(
    app: Flask, amara: int, name: str, email: str
) -> None:
    page = ask(app, name, email)
    assert page.status == 422
    assert dict(page.form("email").fields)["email"] == email
    assert mails(app, "accounts/sign_in_link") == []


def test_the_pages_and_addresses_say_nothing_of_why(app: Flask, amara: int) -> None:
    ask(app)
    for page in (Browser(app).get("/my/sign-in"), ask(app), Browser(app).get(link(app))):
        said = (page.title + page.url).lower()
        for word in ("acupunct", "pregnan", "fertil", "intake", "consult"):
            assert word not in said
