"""What only a patient has: a password or recovery codes. Her mailbox alone never gets them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts import actions
from booking.accounts.actions.own_ways import password_bucket
from booking.accounts.models import (
    PatientPassword,
    PatientRecoveryCode,
    RecoveryCode,
    Throttle,
)
from booking.core import clock
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.accounts.conftest import PASSWORD, Member, mails
from tests.browser import Browser, Page
from tests.conftest import sign_in_with
from tests.factories import NOW, Clinic, make_patient

WHO = {"name": "Amara Osei", "email": "amara@example.org"}
OWN = "wandering kettle sorrel"


@pytest.fixture
def person(app: Flask, clinic: Clinic) -> int:
    with app.app_context(), transaction():
        return make_patient().resource_id


def arrive(app: Flask, person: int, *, confirmed: bool = False) -> Browser:
    """She, or whoever reads her mail, in a browser of her own."""
    with app.app_context(), transaction():
        now = clock.now()
        token = actions.start_person_session(person, now=now, confirmed=now if confirmed else None)
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


def set_password(browser: Browser, password: str = OWN) -> Page:
    return browser.get("/my/password").submit(
        {"password": password, "password_again": password}, button="Set this password"
    )


def sign_in(app: Flask, password: str = OWN, **who: str) -> tuple[Browser, Page]:
    browser = Browser(app)
    page = browser.get("/my/password-sign-in")
    return browser, page.submit({**WHO, **who, "password": password}, having="password")


@pytest.mark.both
def test_her_password_signs_her_in_and_shows_all_of_hers(app: Flask, person: int) -> None:
    assert (
        "Your password works from now on." in set_password(arrive(app, person, confirmed=True)).text
    )
    browser, page = sign_in(app)
    assert page.url == "/my"
    assert browser.get("/my/record").status == 200
    with app.app_context():
        stored = session().scalars(select(PatientPassword.password_hash)).one()
    assert stored.startswith("$argon2id$")
    assert [told["what"] for told in mails(app, "accounts/way_in_changed")] == ["password-set"]


@pytest.mark.parametrize(
    "path", ["/my/password", "/sign-ins/passkeys", "/my/record", "/my/record/erase"]
)
def test_whoever_reads_her_mailbox_gets_no_further(app: Flask, person: int, path: str) -> None:
    partner = arrive(app, person)
    assert partner.get(path).url == "/my/code"


@pytest.mark.parametrize(
    "path", ["/my/password", "/my/password/remove", "/sign-ins/recovery-codes"]
)
def test_nor_by_sending_a_form(app: Flask, person: int, path: str) -> None:
    partner = arrive(app, person)
    token = dict(partner.get("/sign-ins").form("csrf_token").fields)["csrf_token"]
    values = {"csrf_token": token, "password": OWN, "password_again": OWN}
    assert partner.post(path, values).url == "/my/code"
    with app.app_context():
        for table in (PatientPassword, PatientRecoveryCode):
            assert session().scalars(select(table)).all() == []


def test_wrong_ones_look_the_same_for_known_and_unknown_people(app: Flask, person: int) -> None:
    set_password(arrive(app, person, confirmed=True))

    def answer(**who: str) -> tuple[int, str]:
        _browser, page = sign_in(app, "not the right one at all", **who)
        token = dict(page.form("email").fields)["csrf_token"]
        text = page.text.replace(token, "")
        for value in {**WHO, **who}.values():
            text = text.replace(value, "")
        return page.status, text

    known = answer()
    assert known[0] == 422
    assert known == answer(name="Nobody Here") == answer(email="nobody@example.org")


@pytest.mark.parametrize("name", ["Amara Osei", "Nobody Here"])
def test_every_answer_costs_exactly_one_check(
    app: Flask, person: int, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Holds sec_A5."""
    from argon2 import PasswordHasher

    checks = []
    really = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda *a, **k: (checks.append(1), really(*a, **k))[1]
    )
    sign_in(app, "not the right one at all", name=name)
    assert len(checks) == 1


def test_her_partner_at_the_same_address_does_not_get_in_with_it(app: Flask, person: int) -> None:
    with app.app_context(), transaction():
        make_patient("Kofi Osei", "amara@example.org")
    set_password(arrive(app, person, confirmed=True))
    assert sign_in(app, name="Kofi Osei")[1].status == 422


@pytest.mark.both
def test_guessing_has_to_wait_and_the_mailed_link_still_works(app: Flask, person: int) -> None:
    set_password(arrive(app, person, confirmed=True))
    for _try in range(5):
        assert sign_in(app, "not the right one at all")[1].status == 422
    page = sign_in(app)[1]
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
    Browser(app).get("/my/sign-in").submit(WHO, having="name")
    assert len(mails(app, "accounts/sign_in_link")) == 1


@pytest.mark.parametrize(
    "password", ["short", "fourteen chars", "amara osei amara", "passwordpassword"]
)
def test_a_password_that_stands_alone_is_long_and_not_a_guess(
    app: Flask, person: int, password: str
) -> None:
    assert set_password(arrive(app, person, confirmed=True), password).status == 422


def test_setting_one_signs_her_out_elsewhere_and_it_can_be_removed(app: Flask, person: int) -> None:
    elsewhere, here = arrive(app, person), arrive(app, person, confirmed=True)
    set_password(here)
    assert elsewhere.client.get("/my").status_code == 303
    page = here.get("/my/password").submit(button="Remove the password")
    assert "Your password works no more." in page.text
    assert sign_in(app)[1].status == 422


def test_changing_it_takes_a_fresh_sign_in(app: Flask, person: int) -> None:
    browser = arrive(app, person, confirmed=True)
    clock.travel(NOW + timedelta(minutes=11))
    assert browser.get("/my/password").url.startswith("/sign-in/again")


def codes_on(page: Page) -> list[str]:
    return re.findall(r'nowrap">([A-Z0-9-]{19})<', page.text)


@pytest.mark.both
def test_a_recovery_code_confirms_one_sign_in_by_mail(app: Flask, person: int) -> None:
    page = arrive(app, person, confirmed=True).get("/sign-ins").submit(button="Make new codes")
    codes = codes_on(page)
    assert len(codes) == 8
    by_mail = arrive(app, person)
    assert by_mail.get("/my/record").url == "/my/code"
    by_mail.get("/my/code").submit({"code": codes[0].lower()}, having="code")
    assert by_mail.get("/my/record").status == 200
    again = arrive(app, person)
    assert again.get("/my/code").submit({"code": codes[0]}, having="code").status == 422
    with app.app_context(), transaction():
        other = make_patient("Kofi Osei", "amara@example.org").resource_id
    theirs = arrive(app, other)
    assert theirs.get("/my/code").submit({"code": codes[1]}, having="code").status == 422


def test_new_codes_put_the_ones_before_out_of_use(app: Flask, person: int) -> None:
    """Holds sec_A9."""
    browser = arrive(app, person, confirmed=True)
    old = codes_on(browser.get("/sign-ins").submit(button="Make new codes"))
    page = browser.get("/sign-ins").submit(button="Make new codes")
    assert "Leave this page" in page.text
    by_mail = arrive(app, person)
    assert by_mail.get("/my/code").submit({"code": old[0]}, having="code").status == 422
    with app.app_context():
        hashes = session().scalars(select(PatientRecoveryCode.code_hash)).all()
    assert len(hashes) == 8
    assert not any(old[0].replace("-", "").encode() in stored for stored in hashes)


def test_a_patients_sign_in_ends_when_left_alone_or_after_a_day(
    app: Flask, person: int, at
) -> None:
    browser = arrive(app, person, confirmed=True)
    at(NOW + timedelta(minutes=29))
    assert browser.client.get("/my").status_code == 200
    at(NOW + timedelta(minutes=60))
    assert browser.client.get("/my").status_code == 303
    busy = arrive(app, person)
    for minutes in range(85, 60 + 24 * 60, 25):
        at(NOW + timedelta(minutes=minutes))
        assert busy.client.get("/my").status_code == 200
    at(NOW + timedelta(minutes=61 + 24 * 60))
    assert busy.client.get("/my").status_code == 303


# --- staff ---


def test_staff_make_new_codes_after_a_fresh_code_and_are_told(app: Flask, member: Member) -> None:
    """Holds sec_A9."""
    browser = Browser(app)
    first = browser.get("/sign-in").submit(
        {"email": member.email, "password": PASSWORD}, having="password"
    )
    first.submit({"code": member.code()}, having="code")
    clock.travel(NOW + timedelta(minutes=11))
    page = browser.get("/sign-ins").submit(button="Make new codes")
    assert "Once more, please" in page.text
    page = page.submit({"proof": member.code()}, having="proof")
    assert len(codes_on(page)) == 8
    assert [told["what"] for told in mails(app, "accounts/way_in_changed")] == ["codes-made"]
    with app.app_context():
        assert len(session().scalars(select(RecoveryCode)).all()) == 8
    other = Browser(app)
    half = other.get("/sign-in").submit(
        {"email": member.email, "password": PASSWORD}, having="password"
    )
    half = half.click("I don't have my phone")
    assert half.submit({"code": member.recovery_codes[0]}, having="code").status == 422


def enter(browser: Browser) -> None:
    page = browser.get("/my/password-sign-in")
    assert page.submit({**WHO, "password": OWN}, having="password").url == "/my"


@pytest.mark.both
def test_a_password_used_in_a_browser_she_never_had_is_told_by_mail_once(
    app: Flask, person: int
) -> None:
    """Holds sec_A12."""
    hers = arrive(app, person, confirmed=True)
    set_password(hers)
    for browser, told in ((hers, 0), (Browser(app), 1), (hers, 1), (Browser(app), 2)):
        for _again in range(2):
            enter(browser)
            assert len(mails(app, "accounts/patient_browser")) == told
    assert {each["to_address"] for each in mails(app, "accounts/patient_browser")} == {WHO["email"]}


def test_nothing_is_told_where_mail_is_not_safe_for_her(app: Flask, person: int) -> None:
    set_password(arrive(app, person, confirmed=True))
    with app.app_context(), transaction():
        session().scalars(select(Patient)).one().channels = "phone"
    enter(Browser(app))
    assert mails(app, "accounts/patient_browser") == []


def test_whatever_a_stranger_has_guessed_a_new_password_opens(app: Flask, person: int) -> None:
    """Holds sec_A6."""
    hers = arrive(app, person, confirmed=True)
    set_password(hers)
    with app.app_context(), transaction():
        name = password_bucket("amara@example.org")
        session().add(Throttle(bucket=name, failures=90, last_at=NOW))
    clock.travel(NOW + timedelta(minutes=20))
    assert sign_in(app)[1].status == 429
    set_password(arrive(app, person, confirmed=True), "another kettle of sorrel")
    assert sign_in(app, "another kettle of sorrel")[1].url == "/my"
