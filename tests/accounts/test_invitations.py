"""The owner invites; the invited sets a password and a second factor, and nothing more."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.access.policy import Role
from booking.accounts import actions
from booking.accounts.models import OneTimeLink, RecoveryCode, SignInSession, User
from booking.clinic.models import Practitioner
from booking.core import clock
from booking.core.db import session, transaction
from tests.accounts.conftest import PASSWORD, Member, mails, path_of
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.factories import NOW, Clinic, make_organisation, make_practitioner

INVITED = {"name": "Noor Haddad", "email": "Noor@CanalStreet.example", "roles": ["reception"]}


def invite(cast: Cast, **changes: str | list[str]) -> Page:
    return cast["owner"].get("/people").submit({**INVITED, **changes}, having="roles")


def link(app: Flask) -> str:
    return path_of(mails(app, "accounts/staff_invite")[-1]["link"])


def choose_password(browser: Browser, path: str, password: str = PASSWORD) -> Page:
    return browser.get(path).submit({"password": password, "password_again": password})


def secret_on(page: Page) -> str:
    found = re.search(r'<code class="num">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def finish(page: Page) -> Page:
    return page.submit({"code": pyotp.TOTP(secret_on(page)).at(clock.now())})


def is_in(browser: Browser) -> bool:
    return browser.client.get("/sign-in").status_code == 303


def count(app: Flask, table: type[object]) -> int:
    with app.app_context():
        return session().scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.both
def test_an_invited_person_ends_up_signed_in_with_both_factors(app: Flask, cast: Cast) -> None:
    assert "Noor Haddad" in invite(cast).text
    browser = Browser(app)
    page = choose_password(browser, link(app))
    assert page.url == "/welcome/second-factor"
    assert not is_in(browser)
    page = finish(page)
    assert is_in(browser)
    codes = re.findall(r">((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})<", page.text)
    assert len(codes) == len(set(codes)) == 8
    with app.app_context():
        who = session().scalars(select(User).where(User.name == "Noor Haddad")).one()
        assert who.email_canonical == "noor@canalstreet.example"
        assert [held.role for held in who.roles] == [Role.RECEPTION]
    again = Browser(app)
    page = again.get("/sign-in").submit({"email": INVITED["email"], "password": PASSWORD})
    page.click("I don't have my phone").submit({"code": codes[0]})
    assert is_in(again)


def test_the_mail_names_the_configured_address_whatever_the_host(app: Flask, cast: Cast) -> None:
    """Holds sec_C3."""
    client = cast["owner"].client
    token = dict(cast["owner"].get("/people").form("roles").fields)["csrf_token"]
    cookie = client.get_cookie("session")
    assert cookie is not None
    client.set_cookie("session", cookie.value, domain="127.0.0.1")
    answer = client.post(
        "/people",
        data={**INVITED, "csrf_token": token, "practitioner": ""},
        base_url="http://127.0.0.1",
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    assert answer.status_code == 303
    sent = str(mails(app, "accounts/staff_invite")[-1]["link"])
    assert sent.startswith("http://localhost/welcome/")


def test_opening_the_link_often_changes_nothing_and_it_still_works(app: Flask, cast: Cast) -> None:
    """Holds sec_C1."""
    invite(cast)
    browser = Browser(app)
    for _ in range(5):
        assert browser.head(link(app)).status_code == 200
        assert browser.get(link(app)).status == 200
    assert count(app, SignInSession) == 1
    assert choose_password(Browser(app), link(app)).url == "/welcome/second-factor"


def test_a_link_works_once(app: Flask, cast: Cast) -> None:
    invite(cast)
    path = link(app)
    choose_password(Browser(app), path)
    again = Browser(app).get(path)
    assert again.status == 410
    assert not again.forms


def test_bad_used_expired_and_withdrawn_links_look_the_same(app: Flask, cast: Cast, at) -> None:
    """Holds sec_C7."""

    def shown(path: str) -> tuple[int, str]:
        page = Browser(app).get(path)
        return page.status, page.text

    invite(cast)
    used = link(app)
    choose_password(Browser(app), used)
    invite(cast, email="second@canalstreet.example")
    withdrawn = link(app)
    cast["owner"].get("/people").submit(button="Withdraw")
    invite(cast, email="third@canalstreet.example")
    expired = link(app)
    at(NOW + timedelta(days=7, minutes=1))
    answers = {shown(used), shown(withdrawn), shown(expired), shown("/welcome/" + "x" * 43)}
    assert len(answers) == 1
    assert answers.pop()[0] == 410


def test_sending_again_ends_the_older_link(app: Flask, cast: Cast) -> None:
    """Holds sec_C4."""
    invite(cast)
    old = link(app)
    cast["owner"].get("/people").submit(button="Send again")
    new = link(app)
    assert new != old
    assert Browser(app).get(old).status == 410
    assert Browser(app).get(new).status == 200
    assert cast["owner"].get("/people").text.count("Noor Haddad</h3>") == 1


def test_a_link_for_one_purpose_opens_nothing_else(app: Flask, cast: Cast) -> None:
    """Holds sec_C2."""
    invite(cast)
    token = link(app).rsplit("/", 1)[1]
    for path in ("/my/sign-in/", "/new-password/"):
        assert Browser(app).get(path + token).status == 410


def test_only_a_hash_of_the_link_is_stored(app: Flask, cast: Cast) -> None:
    """Holds sec_C2."""
    invite(cast)
    token = link(app).rsplit("/", 1)[1]
    assert len(token) >= 43
    with app.app_context():
        row = session().scalars(select(OneTimeLink)).one()
        assert token.encode() not in row.token_hash


def test_address_and_roles_are_the_invitations_whatever_is_sent(app: Flask, cast: Cast) -> None:
    """Holds sec_C4, sec_D6."""
    invite(cast)
    browser = Browser(app)
    page = browser.get(link(app))
    token = dict(page.form("password").fields)["csrf_token"]
    browser.post(
        page.url,
        {
            "csrf_token": token,
            "name": "Noor Haddad",
            "password": PASSWORD,
            "password_again": PASSWORD,
            "email": "evil@evil.example",
            "roles": "owner",
            "practitioner": "1",
        },
    )
    with app.app_context():
        who = session().scalars(select(User).where(User.name == "Noor Haddad")).one()
        assert who.email_canonical == "noor@canalstreet.example"
        assert [held.role for held in who.roles] == [Role.RECEPTION]


def test_an_existing_account_cannot_be_invited_over(app: Flask, cast: Cast) -> None:
    """Holds sec_C4."""
    page = invite(cast, email="MEI@canalstreet.example")
    assert page.status == 422
    assert "already uses" in page.text
    assert mails(app, "accounts/staff_invite") == []


def test_an_invitation_never_changes_an_account_made_meanwhile(app: Flask, cast: Cast) -> None:
    invite(cast)
    with app.app_context(), transaction():
        actions.join(
            name="Noor the first",
            email="noor@canalstreet.example",
            roles=[Role.OWNER],
            password_hash="kept",
            now=clock.now(),
        )
    page = choose_password(Browser(app), link(app))
    assert page.status == 410
    with app.app_context():
        who = session().scalars(select(User).where(User.name == "Noor the first")).one()
        assert who.password_hash == "kept"


@pytest.mark.parametrize("who", ["mei", "reception"])
def test_only_owners_invite(cast: Cast, who: str) -> None:
    assert cast[who].client.get("/people").status_code == 403
    token = dict(cast["owner"].get("/people").form("roles").fields)["csrf_token"]
    assert cast[who].client.post("/people", data={**INVITED, "csrf_token": token}).status_code in {
        400,
        403,
    }


def test_a_patients_role_cannot_be_given(app: Flask, cast: Cast) -> None:
    for role in ("patient", "visit-link", "half-signed-in", "king"):
        assert invite(cast, roles=[role]).status == 422
    assert invite(cast, roles=[]).status == 422
    assert mails(app, "accounts/staff_invite") == []


def test_a_practitioner_gets_her_calendar(app: Flask, cast: Cast, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        free = make_practitioner("Tom Bell", position=3).id
    page = invite(cast, roles=["practitioner"])
    assert page.status == 422
    page = invite(cast, roles=["reception"], practitioner=str(free))
    assert page.status == 422
    page = invite(cast, roles=["practitioner"], practitioner=str(clinic.mei))
    assert page.status == 422
    invite(cast, name="Tom Bell", roles=["practitioner"], practitioner=str(free))
    choose_password(Browser(app), link(app))
    with app.app_context():
        who = session().scalars(select(User).where(User.name == "Tom Bell")).one()
        assert session().get_one(Practitioner, free).user_id == who.id


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12"),
        ("acupuncture2026!", "acupuncture"),
        ("CanalStreet-2026", "canal"),
        ("passwordpassword", "password"),
        ("Noor.Haddad.1987", "noor"),
        ("abcabcabcabcabc", "repeats itself"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(
    app: Flask, cast: Cast, password: str, said: str
) -> None:
    invite(cast)
    page = choose_password(Browser(app), link(app), password)
    assert page.status == 422
    assert said in page.text
    assert f'value="{password}"' not in page.text
    assert choose_password(Browser(app), link(app)).url == "/welcome/second-factor"


def test_two_different_passwords_are_noticed(app: Flask, cast: Cast) -> None:
    invite(cast)
    page = (
        Browser(app).get(link(app)).submit({"password": PASSWORD, "password_again": PASSWORD + "s"})
    )
    assert page.status == 422
    assert "not the same" in page.text


def test_without_the_second_factor_nobody_gets_further_by_any_way(app: Flask, cast: Cast) -> None:
    """Holds sec_A7."""
    invite(cast, roles=["owner"])
    browser = Browser(app)
    choose_password(browser, link(app))
    for path in ("/people", "/staff"):
        assert browser.client.get(path).headers["Location"].startswith("/welcome/second-factor")
    # Signing in by password leads to the same set-up, not past it.
    again = Browser(app)
    page = again.get("/sign-in").submit({"email": INVITED["email"], "password": PASSWORD})
    assert page.url == "/welcome/second-factor"
    assert again.get("/sign-in/code").url == "/welcome/second-factor"
    assert again.get("/sign-in/recovery-code").url == "/welcome/second-factor"
    assert not is_in(again)


def test_a_wrong_first_code_sets_nothing_up(app: Flask, cast: Cast) -> None:
    invite(cast)
    browser = Browser(app)
    page = choose_password(browser, link(app))
    page = page.submit({"code": "000000"})
    assert page.status == 422
    assert count(app, RecoveryCode) == 0
    finish(page)
    assert is_in(browser)
    assert count(app, RecoveryCode) == 8


def test_the_set_up_page_cannot_be_used_to_replace_a_second_factor(app: Flask, cast: Cast) -> None:
    invite(cast)
    page = choose_password(Browser(app), link(app))
    secret = secret_on(page)
    finish(page)
    half = Browser(app)
    half.get("/sign-in").submit({"email": INVITED["email"], "password": PASSWORD})
    page = half.get("/welcome/second-factor")
    assert page.url == "/sign-in/code"
    assert secret not in page.text
    token = dict(page.form("code").fields)["csrf_token"]
    code = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30))
    answer = half.post("/welcome/second-factor", {"csrf_token": token, "code": code})
    assert "Keep these codes" not in answer.text
    assert not is_in(half)


def test_the_picture_says_what_the_key_says(app: Flask, cast: Cast) -> None:
    from booking.accounts.actions import setup_picture

    invite(cast)
    page = choose_password(Browser(app), link(app))
    uri = re.search(r'href="(otpauth://[^"]+)"', page.text)
    assert uri
    address = uri[1].replace("&amp;", "&")
    assert f"secret={secret_on(page)}" in address
    assert setup_picture(address).path in page.text
    # The sheets draw lines round all pictures; round these squares they would fill the gaps.
    assert page.text.count('stroke="none"') == 2
    assert "style=" not in page.text


def test_stopping_somebody_ends_her_sign_in_at_once(app: Flask, cast: Cast, clinic) -> None:
    assert cast["reception"].client.get("/staff").headers["Location"] == "/today"
    page = cast["owner"].get("/people")
    page.submit(button="Stop sign-in Dana Whitlock")
    assert cast["reception"].client.get("/staff").headers["Location"].startswith("/sign-in")
    page = cast["owner"].get("/people")
    assert "Cannot sign in" in page.text
    page.submit(button="Let sign in again Dana")
    assert "Cannot sign in" not in cast["owner"].get("/people").text


def test_an_owner_cannot_stop_herself(app: Flask, cast: Cast, clinic: Clinic) -> None:
    with app.app_context():
        public_id = session().get_one(User, clinic.owner_user).public_id
    token = dict(cast["owner"].get("/people").form("roles").fields)["csrf_token"]
    page = cast["owner"].post(f"/people/{public_id}/stop", {"csrf_token": token})
    assert page.status == 409
    assert cast["owner"].get("/people").status == 200


def test_the_first_owner_sets_herself_up_from_the_servers_link(app: Flask) -> None:
    """Holds sec_A12."""
    with app.app_context(), transaction():
        make_organisation()
        old = actions.create_owner_link(now=clock.now())
        token = actions.create_owner_link(now=clock.now())
    assert Browser(app).get(f"/welcome/{old}").status == 410
    browser = Browser(app)
    page = browser.get(f"/welcome/{token}").submit(
        {
            "name": "Ada Okafor",
            "email": "ada@canalstreet.example",
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
    )
    finish(page)
    assert browser.client.get("/sign-in").headers["Location"] == "/staff"  # she is in
    assert Browser(app).get(f"/welcome/{token}").status == 410


def test_where_there_is_an_owner_the_servers_link_opens_nothing(app: Flask, clinic) -> None:
    with app.app_context(), transaction():
        token = actions.create_owner_link(now=clock.now())
    assert Browser(app).get(f"/welcome/{token}").status == 410


@pytest.mark.parametrize(
    "name", ["", "   ", "Eve\r\nBcc: x@y.example", "Eve\u202eve", "E" * 10_000, "Eve\x00"]
)
def test_hostile_names_are_answered_kindly(app: Flask, cast: Cast, name: str) -> None:
    page = invite(cast, name=name)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert mails(app, "accounts/staff_invite") == []


def test_somebody_who_lost_everything_starts_afresh_when_the_owner_says_so(
    app: Flask, cast: Cast, member: Member
) -> None:
    """Holds sec_A12."""
    old = Browser(app)
    page = old.get("/sign-in").submit({"email": member.email, "password": PASSWORD})
    page.submit({"code": member.code()})
    page = cast["owner"].get("/people").submit(button="Lost phone: send a link Rosa")
    assert "Link sent" in page.text
    assert is_in(old)
    path = path_of(mails(app, "accounts/new_password")[-1]["link"])
    browser = Browser(app)
    for _ in range(5):
        assert browser.head(path).status_code == 200
    page = choose_password(browser, path, "nine quiet herons at noon")
    assert page.url == "/welcome/second-factor"
    assert secret_on(page) != member.secret
    assert not is_in(old)
    assert mails(app, "accounts/way_in_changed") == []
    finish(page)
    assert is_in(browser)
    [told] = mails(app, "accounts/way_in_changed")
    assert (told["what"], told["to_address"]) == ("phone-set", member.email)
    assert Browser(app).get(path).status == 410
    again = Browser(app).get("/sign-in")
    assert again.submit({"email": member.email, "password": PASSWORD}).status == 422
    page = again.submit({"email": member.email, "password": "nine quiet herons at noon"})
    page = page.click("I don't have my phone").submit({"code": member.recovery_codes[0]})
    assert page.status == 422


def test_a_fresh_start_is_worth_nothing_once_the_password_changed(
    app: Flask, cast: Cast, member: Member
) -> None:
    cast["owner"].get("/people").submit(button="Lost phone: send a link Rosa")
    path = path_of(mails(app, "accounts/new_password")[-1]["link"])
    Browser(app).get("/sign-in/new-password").submit({"email": member.email})
    other = path_of(mails(app, "accounts/new_password")[-1]["link"])
    choose_password(Browser(app), other)
    assert Browser(app).get(path).status == 410
