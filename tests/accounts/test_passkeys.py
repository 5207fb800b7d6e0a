"""Passkeys: the whole sign-in of staff, a confirmed one of patients; and what is no sign-in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.accounts import actions
from booking.accounts.models import Passkey, PasskeyChallenge, User
from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from tests.accounts.authenticator import PRESENT, Key
from tests.accounts.conftest import PASSWORD, Member, mails, path_of
from tests.browser import Browser, Page
from tests.conftest import sign_in_with
from tests.factories import NOW, Clinic, make_patient

LATER = timedelta(minutes=11)


def token_of(browser: Browser, path: str = "/sign-in/new-password") -> str:
    return dict(browser.get(path).form("csrf_token").fields)["csrf_token"]


def options(browser: Browser, path: str = "/sign-in/passkey/options") -> dict[str, Any]:
    """What the page's script asks the site for."""
    answer = browser.client.post(path, data={"csrf_token": token_of(browser)})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json
    return told


def send(browser: Browser, answer: str, path: str = "/sign-in/passkey", **more: str) -> Page:
    return browser.post(path, {"csrf_token": token_of(browser), "answer": answer, **more})


def sign_in(browser: Browser, key: Key) -> Page:
    return send(browser, key.use(options(browser)))


def is_in(browser: Browser) -> bool:
    return browser.client.get("/sign-ins").status_code == 200


def by_hand(app: Flask, member: Member) -> Browser:
    """A browser of hers, signed in by password and code just now."""
    browser = Browser(app)
    with app.app_context(), transaction():
        token = actions.start_staff_session(
            member.user_id, second_factor=clock.now(), now=clock.now()
        )
    sign_in_with(browser, token)
    return browser


def add(browser: Browser, key: Key, name: str = "My phone") -> Page:
    told = options(browser, "/sign-ins/passkeys/options")
    return send(browser, key.make(told), "/sign-ins/passkeys", name=name)


@pytest.fixture
def key(app: Flask, member: Member) -> Key:
    """A passkey of the member."""
    made = Key()
    assert add(by_hand(app, member), made).url == "/sign-ins"
    return made


@pytest.mark.both
def test_a_passkey_is_the_whole_sign_in_of_a_member_of_staff(
    app: Flask, member: Member, key: Key
) -> None:
    browser = Browser(app)
    page = sign_in(browser, key)
    assert page.status == 200
    assert is_in(browser)
    with app.app_context():
        rows = session().scalars(select(AuditRow).order_by(AuditRow.id))
        told = [(row.tag, row.details) for row in rows]
        kept = session().scalars(select(Passkey)).one()
    assert ("account:signed-in", {"how": "passkey"}) in told
    assert kept.sign_count == 1
    assert len(mails(app, "accounts/new_browser")) == 1
    assert kept.last_used_at is not None


def test_her_list_names_it_and_she_is_told_by_mail(app: Flask, member: Member, key: Key) -> None:
    """Holds sec_A12."""
    browser = by_hand(app, member)
    assert "My phone" in browser.get("/sign-ins").text
    [told] = mails(app, "accounts/way_in_changed")
    assert (told["what"], told["to_address"]) == ("passkey-added", member.email)


def test_what_is_asked_tells_nothing_and_wants_her_finger(app: Flask, key: Key) -> None:
    told = options(Browser(app))
    assert told["userVerification"] == "required"
    assert told["rpId"] == "localhost"
    assert told.get("allowCredentials", []) == []


def spoil(key: Key, how: str) -> None:
    match how:
        case "another site":
            key.origin = "https://evil.example"
        case "a sister site":
            key.origin = "http://localhost.evil.example"
        case "plain port":
            key.origin = "http://localhost:8000"
        case "another rp id":
            key.rp_id = "evil.example"
        case "nobody verified":
            key.flags = PRESENT
        case "nobody there":
            key.flags = 0
        case "another key":
            key.private = Key().private
        case "an unknown key":
            key.id = Key().id
        case "another person's handle":
            key.handle = "AAAA"


@pytest.mark.parametrize(
    "how",
    [
        "another site",
        "a sister site",
        "plain port",
        "another rp id",
        "nobody verified",
        "nobody there",
        "another key",
        "an unknown key",
        "another person's handle",
    ],
)
def test_what_does_not_hold_lets_nobody_in_and_looks_the_same(
    app: Flask, member: Member, key: Key, how: str
) -> None:
    """Holds sec_A10."""
    browser = Browser(app)
    spoil(key, how)
    page = sign_in(browser, key)
    assert page.status == 422
    assert "That passkey could not be used" in page.text
    assert not is_in(browser)


@pytest.mark.both
def test_an_answer_works_once(app: Flask, key: Key) -> None:
    """Holds sec_A10."""
    browser = Browser(app)
    answer = key.use(options(browser))
    send(browser, answer)
    assert is_in(browser)
    browser.client.post("/sign-out", data={"csrf_token": token_of(browser)})
    assert send(browser, answer).status == 422
    assert not is_in(browser)


def test_a_refused_answer_has_used_its_challenge_up(app: Flask, key: Key) -> None:
    browser = Browser(app)
    told = options(browser)
    key.origin = "https://evil.example"
    assert send(browser, key.use(told)).status == 422
    key.origin = "http://localhost"
    assert send(browser, key.use(told)).status == 422
    assert not is_in(browser)


def test_a_challenge_holds_for_its_own_browser_and_purpose_only(
    app: Flask, member: Member, key: Key
) -> None:
    """Holds sec_A10."""
    other = Browser(app)
    told = options(Browser(app))
    assert send(other, key.use(told)).status == 422
    hers = by_hand(app, member)
    to_make = options(hers, "/sign-ins/passkeys/options")
    assert send(hers, key.use(to_make), "/sign-in/again/passkey").status == 422
    to_use = options(hers)
    to_use["user"] = to_make["user"]
    assert send(hers, Key().make(to_use), "/sign-ins/passkeys", name="x").status == 422


def test_a_challenge_lasts_five_minutes_and_leaves_nothing(
    app: Flask, key: Key, at: Callable[..., None]
) -> None:
    browser = Browser(app)
    told = options(browser)
    at(NOW + timedelta(minutes=5, seconds=30))
    assert send(browser, key.use(told)).status == 422
    options(browser)
    with app.app_context():
        assert session().scalar(select(func.count()).select_from(PasskeyChallenge)) == 1


def test_a_counter_that_went_back_is_a_copied_key(app: Flask, key: Key) -> None:
    sign_in(Browser(app), key)
    key.count -= 1
    browser = Browser(app)
    assert sign_in(browser, key).status == 422
    assert not is_in(browser)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "7", '{"rawId": 7}', "{" * 3000, '{"rawId":"a"}'],
)
def test_odd_answers_are_refused_kindly(browser: Browser, clinic: Clinic, answer: str) -> None:
    assert send(browser, answer).status == 422


def test_a_removed_one_works_no_more_and_the_only_one_stays(
    app: Flask, member: Member, key: Key
) -> None:
    browser = by_hand(app, member)
    page = browser.get("/sign-ins").submit(button="Remove My phone")
    assert "That passkey works no more." in page.text
    assert sign_in(Browser(app), key).status == 422
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).totp_confirmed_at = None
    only = Key()
    add(browser, only, "The only one")
    page = browser.get("/sign-ins").submit(button="Remove The only one")
    assert page.status == 409
    fresh = Browser(app)
    sign_in(fresh, only)
    assert is_in(fresh)


def test_nobody_removes_anothers(app: Flask, member: Member, key: Key, cast) -> None:
    mei = cast["mei"]
    with app.app_context():
        public_id = session().scalars(select(Passkey.public_id)).one()
    page = send(mei, "", f"/sign-ins/passkeys/{public_id}/remove")
    assert page.status == 404
    browser = Browser(app)
    sign_in(browser, key)
    assert is_in(browser)


def test_anothers_passkey_proves_nothing(app: Flask, member: Member, key: Key, cast, at) -> None:
    at(NOW + LATER)
    mei = cast["mei"]
    at(NOW + 2 * LATER)
    page = send(mei, key.use(options(mei)), "/sign-in/again/passkey", next="/sign-ins")
    assert page.status == 422
    assert mei.get("/sign-ins/passkeys").url.startswith("/sign-in/again")


def test_her_own_proves_that_it_is_her_and_gives_a_new_cookie(
    app: Flask, member: Member, key: Key, at
) -> None:
    browser = by_hand(app, member)
    at(NOW + LATER)
    assert browser.get("/sign-ins/passkeys").url.startswith("/sign-in/again")
    before = browser.client.get_cookie("session").value
    page = send(
        browser, key.use(options(browser)), "/sign-in/again/passkey", next="/sign-ins/passkeys"
    )
    assert page.url == "/sign-ins/passkeys"
    thief = Browser(app)
    thief.client.set_cookie("session", before)
    assert not is_in(thief)


def test_it_proves_what_was_sent_too_and_nothing_typed_is_lost(
    app: Flask, clinic: Clinic, cast, at
) -> None:
    owner, mine = cast["owner"], Key()
    add(owner, mine)
    at(NOW + LATER)
    values = {"name": "Noor", "email": "noor@canalstreet.example", "roles": ["reception"]}
    page = owner.get("/people").submit(values, having="roles")
    assert page.status == 200
    assert "Once more" in page.text
    wrong = page.submit({"answer": Key().use({"challenge": "AAAA"})}, having="answer")
    assert wrong.status == 422
    assert mails(app, "accounts/staff_invite") == []
    wrong.submit({"answer": mine.use(options(owner))}, having="answer")
    assert [told["to_name"] for told in mails(app, "accounts/staff_invite")] == ["Noor"]


def test_adding_one_takes_a_fresh_sign_in(app: Flask, member: Member, at) -> None:
    """Holds sec_A10."""
    browser = by_hand(app, member)
    told = options(browser, "/sign-ins/passkeys/options")
    at(NOW + LATER)
    refused = browser.client.post(
        "/sign-ins/passkeys/options", data={"csrf_token": token_of(browser)}
    )
    assert refused.status_code == 403
    page = send(browser, Key().make(told), "/sign-ins/passkeys", name="x")
    assert page.url.startswith("/sign-in/again")
    with app.app_context():
        assert session().scalars(select(Passkey)).all() == []


def test_a_stopped_member_is_not_let_in(app: Flask, member: Member, key: Key) -> None:
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).disabled_at = clock.now()
    browser = Browser(app)
    assert sign_in(browser, key).status == 422
    assert not is_in(browser)


def test_with_password_and_passkey_no_phone_can_be_set_up_in_between(
    app: Flask, member: Member, key: Key
) -> None:
    """Holds sec_A7."""
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).totp_confirmed_at = None
    browser = Browser(app)
    page = browser.get("/sign-in").submit({"email": member.email, "password": PASSWORD})
    assert page.url == "/sign-in/code"
    assert "Now your passkey" in page.text
    assert browser.get("/welcome/second-factor").url == "/sign-in/code"
    token = token_of(browser)
    browser.post("/welcome/second-factor", {"csrf_token": token, "code": member.code()})
    for path in ("/welcome/passkey/options", "/welcome/passkey"):
        assert browser.client.post(path, data={"csrf_token": token}).status_code == 403
    assert not is_in(browser)
    browser.get("/sign-in/recovery-code").submit({"code": member.recovery_codes[0]})
    assert is_in(browser)


def test_a_new_member_may_set_up_a_passkey_instead_of_a_phone(app: Flask, member: Member) -> None:
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).totp_confirmed_at = None
    browser, mine = Browser(app), Key()
    page = browser.get("/sign-in").submit({"email": member.email, "password": PASSWORD})
    assert page.url == "/welcome/second-factor"
    again = send(browser, "{}", "/welcome/passkey")
    assert again.status == 422
    assert "That passkey could not be used" in again.text
    told = options(browser, "/welcome/passkey/options")
    page = send(browser, mine.make(told), "/welcome/passkey")
    assert page.text.count("<code") == 8
    assert is_in(browser)
    fresh = Browser(app)
    sign_in(fresh, mine)
    assert is_in(fresh)


def test_a_fresh_start_leaves_no_old_passkey(app: Flask, member: Member, key: Key, cast) -> None:
    cast["owner"].get("/people").submit(button="Lost phone: send a link Rosa Lindqvist")
    link = path_of(mails(app, "accounts/new_password")[-1]["link"])
    values = {"name": "Rosa Lindqvist", "password": "grey harbour in early fog"}
    Browser(app).get(link).submit({**values, "password_again": values["password"]})
    assert sign_in(Browser(app), key).status == 422


def test_taking_a_change_of_address_back_brings_her_own_keys_back(
    app: Flask, member: Member, key: Key, at
) -> None:
    """Somebody has her session: changes the address, then swaps the passkeys."""
    theirs = by_hand(app, member)
    theirs.get("/sign-ins/address").submit({"email": "thief@mail.example"})
    at(NOW + timedelta(minutes=1))
    Browser(app).get(path_of(mails(app, "accounts/new_address")[0]["link"])).submit()
    theirs, planted = by_hand(app, member), Key()
    add(theirs, planted, "Planted")
    theirs.get("/sign-ins").submit(button="Remove My phone")
    at(NOW + timedelta(minutes=2))
    Browser(app).get(path_of(mails(app, "accounts/address_changed")[0]["link"])).submit()
    assert sign_in(Browser(app), planted).status == 422
    browser = Browser(app)
    sign_in(browser, key)
    assert is_in(browser)


# --- patients ---


def patient(app: Flask, *, confirmed: bool) -> Browser:
    """A patient who came by a mailed link, and showed more than that or not."""
    with app.app_context(), transaction():
        person = make_patient().resource_id
        token = actions.start_person_session(
            person, now=clock.now(), confirmed=clock.now() if confirmed else None
        )
    browser = Browser(app)
    sign_in_with(browser, token)
    return browser


def test_a_patients_passkey_is_a_confirmed_sign_in(app: Flask, clinic: Clinic) -> None:
    """Holds sec_A7."""
    mine, browser = Key(), Browser(app)
    add(patient(app, confirmed=True), mine)
    page = send(browser, mine.use(options(browser)), "/my/passkey")
    assert page.url == "/my"
    assert browser.get("/my/record").status == 200
    assert [told["to_address"] for told in mails(app, "accounts/way_in_changed")] == [
        "amara@example.org"
    ]


def test_whoever_reads_her_mail_cannot_add_one(app: Flask, clinic: Clinic) -> None:
    partner = patient(app, confirmed=False)
    assert partner.get("/sign-ins/passkeys").url == "/my/code"
    token = token_of(partner)
    path = "/sign-ins/passkeys/options"
    assert partner.client.post(path, data={"csrf_token": token}).status_code == 403
    assert send(partner, "{}", "/sign-ins/passkeys", name="x").url == "/my/code"


def test_a_wrong_one_leads_back_to_the_patients_page(app: Flask, clinic: Clinic) -> None:
    browser = Browser(app)
    page = send(browser, "{}", "/my/passkey")
    assert page.status == 422
    assert "Send me a link" in page.text


def test_one_network_asks_for_so_many_challenges_only(app: Flask, clinic: Clinic) -> None:
    from booking.accounts.rules import NETWORK

    browser = Browser(app)
    data = {"csrf_token": token_of(browser)}
    path = "/sign-in/passkey/options"
    statuses = [browser.client.post(path, data=data).status_code for _ in range(NETWORK.free + 1)]
    assert set(statuses[:-1]) == {200}
    assert statuses[-1] == 429


def test_without_a_script_the_page_says_what_else_works(browser: Browser, clinic: Clinic) -> None:
    page = browser.get("/sign-in")
    assert "it needs JavaScript. Password and code always work." in page.text
    assert json.dumps(page.text).count("data-passkey") == 1


def test_it_opens_a_locked_screen_and_anothers_does_not(
    app: Flask, member: Member, key: Key, cast
) -> None:
    browser, mei = by_hand(app, member), cast["mei"]
    for locked in (browser, mei):
        assert "screen is locked" in locked.get("/keys").submit(button="Lock screen").text
    refused = send(mei, key.use(options(mei)), "/locked/passkey", next="/keys")
    assert refused.status == 422
    assert "That passkey could not be used" in refused.text
    opened = send(browser, key.use(options(browser)), "/locked/passkey", next="/keys")
    assert opened.url == "/keys"
