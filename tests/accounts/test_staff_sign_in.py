"""Staff sign in: a password, then a code; and everything that must not get anybody in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.accounts import actions
from booking.accounts.models import RecoveryCode, SignInSession, User
from booking.core import clock
from booking.core.db import session, transaction
from tests.accounts.conftest import PASSWORD, Member
from tests.browser import Browser, Page
from tests.factories import NOW


def first_step(browser: Browser, member: Member, password: str = PASSWORD) -> Page:
    return browser.get("/sign-in").submit({"email": member.email, "password": password})


def sign_in(browser: Browser, member: Member) -> Page:
    return first_step(browser, member).submit({"code": member.code()})


def is_in(browser: Browser) -> bool:
    """Whether this browser has passed both steps: the first step then leads on."""
    return browser.client.get("/sign-in").status_code == 303


def cookie_of(browser: Browser) -> str:
    found = browser.client.get_cookie("session")
    return found.value if found else ""


@pytest.mark.both
def test_password_and_code_sign_in(browser: Browser, member: Member) -> None:
    page = first_step(browser, member)
    assert page.url == "/sign-in/code"
    assert not is_in(browser)
    page.submit({"code": member.code()})
    assert is_in(browser)


def test_blanks_in_the_code_and_capitals_in_the_address_do_not_matter(
    browser: Browser, member: Member
) -> None:
    page = browser.get("/sign-in").submit(
        {"email": f" {member.email.upper()} ", "password": PASSWORD}
    )
    code = member.code()
    page.submit({"code": f" {code[:3]} {code[3:]} "})
    assert is_in(browser)


def test_one_wants_to_be_where_she_was_going(browser: Browser, member: Member) -> None:
    page = browser.get("/sign-in?next=/day?show=mine")
    page = page.submit({"email": member.email, "password": PASSWORD})
    assert page.submit({"code": member.code()}).url == "/day?show=mine"


def test_a_foreign_address_to_go_to_is_dropped(browser: Browser, member: Member) -> None:
    page = browser.get("/sign-in?next=//evil.example/")
    page = page.submit({"email": member.email, "password": PASSWORD, "next": "//evil.example"})
    answer = browser.client.post(
        "/sign-in/code",
        data={
            "code": member.code(),
            "next": "https://evil.example",
            "csrf_token": dict(page.form("code").fields)["csrf_token"],
        },
    )
    assert answer.headers["Location"] == "/staff"


def test_wrong_passwords_look_the_same_for_known_and_unknown_addresses(
    app: Flask, member: Member
) -> None:
    """Holds sec_A5."""

    def answer(email: str) -> tuple[int, list[tuple[str, str]], str]:
        page = Browser(app).get("/sign-in")
        page = page.submit({"email": email, "password": "not the right one at all"})
        token = dict(page.form("email").fields)["csrf_token"]
        headers = [(k, v) for k, v in page.headers if k not in {"Set-Cookie", "Content-Length"}]
        return page.status, headers, page.text.replace(token, "").replace(email, "")

    known, unknown = answer(member.email), answer("nobody@canalstreet.example")
    assert known[0] == 422
    assert known == unknown


@pytest.mark.parametrize("email", ["rosa@canalstreet.example", "nobody@canalstreet.example"])
def test_every_answer_costs_exactly_one_check(
    app: Flask, member: Member, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    """Holds sec_A5."""
    from argon2 import PasswordHasher

    checks = []
    really = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher,
        "verify",
        lambda *a, **k: (checks.append(1), really(*a, **k))[1],
    )
    Browser(app).get("/sign-in").submit({"email": email, "password": "not the right one"})
    assert len(checks) == 1


def test_the_password_is_kept_as_argon2id(app: Flask, member: Member) -> None:
    """Holds sec_A3."""
    with app.app_context():
        stored = session().get_one(User, member.user_id).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_every_character_of_a_long_password_counts(app: Flask, member: Member) -> None:
    """Holds sec_A1."""
    long = "".join(chr(ord("!") + (n * 37) % 90) for n in range(128))
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).password_hash = actions.hashed_password(long)
    assert first_step(Browser(app), member, long[:-1] + "~").status == 422
    assert first_step(Browser(app), member, long).url == "/sign-in/code"


@pytest.mark.both
def test_a_code_works_once(app: Flask, member: Member) -> None:
    """Holds sec_A8."""
    code = member.code()
    one, two = Browser(app), Browser(app)
    first_step(one, member).submit({"code": code})
    assert is_in(one)
    page = first_step(two, member).submit({"code": code})
    assert page.status == 422
    assert not is_in(two)


@pytest.mark.parametrize(("minutes", "taken"), [(-0.5, True), (0.5, True), (-2, False), (2, False)])
def test_a_code_may_be_half_a_minute_off(
    browser: Browser, member: Member, at, minutes: float, taken: bool
) -> None:
    page = first_step(browser, member)
    at(NOW + timedelta(minutes=1, seconds=5))  # well inside one step
    page.submit({"code": member.code(clock.now() + timedelta(minutes=minutes))})
    assert is_in(browser) is taken


def test_five_wrong_codes_lead_back_to_the_password(browser: Browser, member: Member) -> None:
    """Holds sec_A8."""
    page = first_step(browser, member)
    for _ in range(4):
        page = page.submit({"code": "000000"})
        assert page.status == 422
        assert "not right" in page.text
    page = page.submit({"code": "000000"})
    assert page.status == 422
    assert "Please begin again" in page.text
    assert browser.client.get("/sign-in/code").headers["Location"].startswith("/sign-in")
    page = page.submit({"email": member.email, "password": PASSWORD})
    assert page.url == "/sign-in/code"


@pytest.mark.both
def test_wrong_codes_count_across_sign_ins_and_then_ask_for_patience(
    app: Flask, member: Member
) -> None:
    page = first_step(Browser(app), member)
    for _ in range(5):
        page = page.submit({"code": "000000"})
    page = first_step(Browser(app), member).submit({"code": member.code()})
    assert page.status == 429
    assert int(page.headers["Retry-After"]) <= 31
    assert "wait 1 minute" in page.text


def test_after_the_pause_the_right_code_gets_her_in(app: Flask, member: Member, at) -> None:
    page = first_step(Browser(app), member)
    for _ in range(5):
        page = page.submit({"code": "000000"})
    at(NOW + timedelta(minutes=2))
    browser = Browser(app)
    sign_in(browser, member)
    assert is_in(browser)


@pytest.mark.both
def test_five_wrong_passwords_ask_for_patience_and_keep_what_was_typed(
    browser: Browser, member: Member
) -> None:
    for _ in range(5):
        assert first_step(browser, member, "not the right one").status == 422
    page = first_step(browser, member)
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
    assert dict(page.form("email").fields)["email"] == member.email
    assert "Please wait" in page.text


def test_an_unknown_address_is_paused_alike(app: Flask, clinic: object) -> None:
    browser = Browser(app)
    values = {"email": "nobody@canalstreet.example", "password": "not the right one"}
    statuses = [browser.get("/sign-in").submit(values).status for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_all_spellings_of_an_address_share_one_count(app: Flask, clinic: object) -> None:
    spellings = [
        "ro@BÜCHER.example",
        "ro@xn--bcher-kva.example",
        "RO@bücher.example",
        " ro@bücher.example",
    ]
    page = Browser(app).get("/sign-in")
    for n in range(5):
        email = spellings[n % len(spellings)]
        assert page.submit({"email": email, "password": "guess guess guess"}).status == 422
    for email in spellings:
        assert page.submit({"email": email, "password": "guess guess guess"}).status == 429


def test_the_pause_holds_in_another_process_and_after_a_restart(
    app: Flask, member: Member, database_url: str, home, at
) -> None:
    """Holds sec_A6."""
    from booking import create_app
    from booking.core.db import db
    from tests.databases import make_settings

    for _ in range(5):
        first_step(Browser(app), member, "not the right one")
    other = create_app(make_settings(home, database_url))
    assert first_step(Browser(other), member).status == 429
    at(NOW + timedelta(minutes=2))
    assert first_step(Browser(other), member).url == "/sign-in/code"
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_right_password_sets_the_count_back(browser: Browser, app: Flask, member: Member) -> None:
    for _ in range(4):
        first_step(browser, member, "not the right one")
    first_step(browser, member)
    again = Browser(app)
    for _ in range(5):
        assert first_step(again, member, "not the right one").status == 422


def test_one_network_guessing_at_many_accounts_is_paused(app: Flask, clinic: object) -> None:
    from booking.accounts.rules import NETWORK

    browser = Browser(app)
    page = browser.get("/sign-in")
    statuses = {
        page.submit({"email": f"n{n}@canalstreet.example", "password": "guess " * 3}).status
        for n in range(NETWORK.free)
    }
    assert statuses == {422}
    last = page.submit({"email": "other@canalstreet.example", "password": "guess " * 3})
    assert last.status == 429


def test_the_throttle_table_names_nobody(app: Flask, member: Member, database_url: str) -> None:
    first_step(Browser(app), member, "not the right one")
    with app.app_context():
        from booking.accounts.models import Throttle

        buckets = session().scalars(select(Throttle.bucket)).all()
    assert len(buckets) == 2
    assert not any(b"rosa" in bucket or b"127.0.0.1" in bucket for bucket in buckets)


@pytest.mark.both
def test_a_recovery_code_works_once_instead_of_the_telephone(app: Flask, member: Member) -> None:
    """Holds sec_A9."""
    code = member.recovery_codes[0].lower().replace("-", " ")
    one, two = Browser(app), Browser(app)
    first_step(one, member).click("I don't have my phone").submit({"code": code})
    assert is_in(one)
    page = first_step(two, member).click("I don't have my phone").submit({"code": code})
    assert page.status == 422
    assert not is_in(two)


def test_recovery_codes_are_long_and_stored_as_hashes(app: Flask, member: Member) -> None:
    """Holds sec_A9."""
    with app.app_context():
        hashes = session().scalars(select(RecoveryCode.code_hash)).all()
    assert len(hashes) == len(member.recovery_codes) == 8
    for code in member.recovery_codes:
        bare = code.replace("-", "")
        assert len(bare) * 4.95 > 64
        assert not any(bare.encode() in stored for stored in hashes)


def test_somebody_elses_recovery_code_does_not_work(app: Flask, member: Member) -> None:
    with app.app_context(), transaction():
        from booking.access.policy import Role

        other = actions.join(
            name="Joanne Marsh",
            email="joanne@canalstreet.example",
            roles=[Role.OWNER],
            password_hash=None,
            now=clock.now(),
        )
        theirs = actions.new_recovery_codes(other.id)
    browser = Browser(app)
    first_step(browser, member).click("I don't have my phone").submit({"code": theirs[0]})
    assert not is_in(browser)


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\u202e123456", "0" * 5000]
)
def test_odd_codes_are_answered_kindly(browser: Browser, member: Member, code: str) -> None:
    assert first_step(browser, member).submit({"code": code}).status == 422


@pytest.mark.parametrize(
    "email",
    ["", "rosa", "a@b@c", "x" * 400 + "@canalstreet.example", "ro\x00sa@c.example", "\u202ea@b.cd"],
)
def test_odd_addresses_are_answered_kindly_and_kept(browser: Browser, clinic, email: str) -> None:
    page = browser.get("/sign-in").submit({"email": email, "password": "guess guess guess"})
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert dict(page.form("email").fields)["email"].replace("\ufffd", "\x00") == email


def test_the_session_cookie_is_new_after_each_step(browser: Browser, member: Member) -> None:
    """Holds sec_B2."""
    browser.get("/sign-in")
    seen = [cookie_of(browser)]
    first_step(browser, member)
    seen.append(cookie_of(browser))
    browser.get("/sign-in/code").submit({"code": member.code()})
    seen.append(cookie_of(browser))
    assert len(set(seen)) == 3


def test_a_cookie_from_before_the_second_step_is_worth_nothing_after_it(
    app: Flask, browser: Browser, member: Member
) -> None:
    """Holds sec_B2."""
    first_step(browser, member)
    planted = Browser(app)
    planted.client.set_cookie("session", cookie_of(browser))
    browser.get("/sign-in/code").submit({"code": member.code()})
    assert is_in(browser)
    assert not is_in(planted)
    assert planted.client.get("/sign-in/code").status_code == 303


def test_a_planted_cookie_does_not_follow_her_in(app: Flask, member: Member) -> None:
    """Holds sec_B2."""
    attacker, victim = Browser(app), Browser(app)
    attacker.get("/sign-in")
    victim.client.set_cookie("session", cookie_of(attacker))
    sign_in(victim, member)
    assert is_in(victim)
    assert not is_in(attacker)


@pytest.mark.both
def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    app: Flask, browser: Browser, member: Member
) -> None:
    """Holds sec_B1, sec_B8."""
    page = sign_in(browser, member)
    copy = cookie_of(browser)
    token = dict(browser.get("/sign-in/new-password").form("email").fields)["csrf_token"]
    answer = browser.client.post("/sign-out", data={"csrf_token": token})
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = Browser(app)
    thief.client.set_cookie("session", copy)
    assert not is_in(thief)
    assert thief.client.get("/staff").headers["Location"].startswith("/sign-in")
    assert page.status


def test_signing_out_takes_a_form_of_ours(browser: Browser, member: Member) -> None:
    """Holds sec_B8."""
    sign_in(browser, member)
    assert browser.client.get("/sign-out").status_code == 405
    assert browser.client.post("/sign-out").status_code == 400
    assert is_in(browser)


@pytest.mark.both
def test_a_session_ends_when_left_alone(browser: Browser, member: Member, at) -> None:
    sign_in(browser, member)
    at(NOW + timedelta(minutes=14))
    assert is_in(browser)
    at(NOW + timedelta(minutes=28))
    assert is_in(browser)
    at(NOW + timedelta(minutes=44))
    assert not is_in(browser)


def test_a_clinic_says_how_long_a_sign_in_may_be_left_alone(
    app: Flask, browser: Browser, member: Member, at
) -> None:
    """Holds sec_B3."""
    app.extensions["settings"] = replace(app.extensions["settings"], staff_idle_minutes=5)
    sign_in(browser, member)
    at(NOW + timedelta(minutes=4))
    assert is_in(browser)
    at(NOW + timedelta(minutes=10))
    assert not is_in(browser)


def test_no_session_outlives_a_working_day(browser: Browser, member: Member, at) -> None:
    """Holds sec_B3."""
    sign_in(browser, member)
    for minutes in range(10, 10 * 60, 10):
        at(NOW + timedelta(minutes=minutes))
        assert is_in(browser)
    at(NOW + timedelta(hours=10, minutes=3))
    assert not is_in(browser)


def test_the_last_use_is_written_at_most_once_a_minute(
    app: Flask, browser: Browser, member: Member, at
) -> None:
    sign_in(browser, member)

    def seen() -> object:
        with app.app_context():
            return session().scalar(select(func.max(SignInSession.last_seen_at)))

    begun = seen()
    at(NOW + timedelta(seconds=50))
    is_in(browser)
    assert seen() == begun
    at(NOW + timedelta(minutes=4))
    is_in(browser)
    assert seen() != begun


def test_only_a_hash_of_the_token_is_stored(app: Flask, browser: Browser, member: Member) -> None:
    """Holds sec_B1."""
    sign_in(browser, member)
    with browser.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert len(token) >= 43
    with app.app_context():
        stored = session().scalars(select(SignInSession.token_hash)).all()
    assert token.encode() not in stored


def test_a_stopped_member_is_out_at_once_and_cannot_come_in(
    app: Flask, browser: Browser, member: Member
) -> None:
    """Holds sec_B4."""
    sign_in(browser, member)
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).disabled_at = clock.now()
    assert not is_in(browser)
    assert first_step(Browser(app), member).status == 422


def test_no_long_lived_cookie_is_ever_set(browser: Browser, member: Member) -> None:
    """Holds sec_B6."""
    sign_in(browser, member)
    assert browser.client.get_cookie("remember_token") is None
    found = browser.client.get_cookie("session")
    assert found is not None
    assert found.expires is None
    assert found.http_only


def test_the_secret_of_the_telephone_is_sealed(app: Flask, member: Member) -> None:
    """Holds sec_A8."""
    with app.app_context():
        blob = session().get_one(User, member.user_id).totp_sealed
    assert blob is not None
    assert member.secret.encode() not in blob


def test_fields_say_what_password_managers_need(browser: Browser, member: Member) -> None:
    """Holds sec_A4."""
    page = browser.get("/sign-in")
    assert 'autocomplete="username"' in page.text
    assert 'autocomplete="current-password"' in page.text
    assert 'autocomplete="one-time-code"' in first_step(browser, member).text


def test_staff_pages_lead_a_stranger_to_sign_in_and_back(browser: Browser, clinic) -> None:
    answer = browser.client.get("/people")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/people"


def test_half_signed_in_leads_to_the_second_step(browser: Browser, member: Member) -> None:
    first_step(browser, member)
    answer = browser.client.get("/people")
    assert answer.headers["Location"] == "/sign-in/code?next=/people"


def test_what_was_typed_outlives_the_session(app: Flask, browser: Browser, cast, at) -> None:
    """Holds sec_B3, sec_E3."""
    owner = cast["owner"]
    page = owner.get("/people")
    at(NOW + timedelta(minutes=20))
    typed = {"name": "Noor Haddad", "email": "noor@canalstreet.example", "roles": ["reception"]}
    page = page.submit(typed, having="roles")
    assert page.status == 401
    assert page.link("Sign in") == "/sign-in"
    with app.app_context(), transaction():
        user = session().scalars(select(User.id).where(User.name == "Olive Hart")).one()
        token = actions.start_staff_session(user, second_factor=clock.now(), now=clock.now())
    from tests.conftest import sign_in_with

    owner.client.delete_cookie("session")
    sign_in_with(owner, token)
    page = page.submit(button="Send again")
    assert page.status == 400
    page = page.submit(button="Send again")
    assert page.url == "/people"
    assert "noor@canalstreet.example" in page.text


def test_a_password_is_never_shown_back(browser: Browser, clinic: object) -> None:
    """Holds sec_E3."""
    for name in ("password", "password_again"):
        page = browser.post("/sign-in", {name: "secret-canary", "email": "a@b.example"})
        assert page.status == 400
        assert "a@b.example" in page.text
        assert "secret-canary" not in page.text


@pytest.mark.both
def test_many_tries_at_once_are_as_many_counted_tries(app: Flask, member: Member) -> None:
    """Holds sec_A6."""
    browsers = [Browser(app) for _ in range(20)]
    pages = [browser.get("/sign-in") for browser in browsers]
    values = {"email": member.email, "password": "not the right one"}
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda page: page.submit(values).status, pages))
    assert sorted(statuses) == [422] * 5 + [429] * 15


@pytest.mark.both
def test_one_code_in_two_browsers_at_once_lets_one_in(app: Flask, member: Member) -> None:
    """Holds sec_A8."""
    browsers = [Browser(app) for _ in range(4)]
    pages = [first_step(browser, member) for browser in browsers]
    code = member.code()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda page: page.submit({"code": code}), pages))
    assert sum(is_in(browser) for browser in browsers) == 1


def test_a_page_that_renews_itself_does_not_keep_anybody_signed_in(
    browser: Browser, member: Member, at
) -> None:
    sign_in(browser, member)
    for minutes in (5, 10, 14):
        at(NOW + timedelta(minutes=minutes))
        browser.client.get("/staff", headers={"Sec-Fetch-Dest": "empty"})
    at(NOW + timedelta(minutes=17))
    assert not is_in(browser)


def test_saying_so_keeps_her_signed_in_and_tells_how_long(
    browser: Browser, member: Member, at
) -> None:
    sign_in(browser, member)
    at(NOW + timedelta(minutes=13))
    answer = browser.client.get("/still-here", headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 200
    assert 890 <= int(answer.text) <= 900
    at(NOW + timedelta(minutes=26))
    assert is_in(browser)
    at(NOW + timedelta(minutes=60))
    assert browser.client.get("/still-here").status_code == 401


def test_nobody_is_told_of_an_end_who_is_not_signed_in(browser: Browser, cast) -> None:
    assert "data-ends-in" not in browser.get("/sign-in").text
    assert 'data-ends-in="8' in cast["owner"].get("/people").text


def test_a_hash_made_with_weaker_settings_is_replaced_when_she_signs_in(
    app: Flask, member: Member
) -> None:
    """Holds sec_A3."""
    from argon2 import PasswordHasher

    weak = PasswordHasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(PASSWORD)
    with app.app_context(), transaction():
        session().get_one(User, member.user_id).password_hash = weak
    assert first_step(Browser(app), member).url == "/sign-in/code"
    with app.app_context():
        assert session().get_one(User, member.user_id).password_hash != weak
    assert first_step(Browser(app), member).url == "/sign-in/code"


def test_one_household_is_one_network(app: Flask) -> None:
    from booking.accounts.actions.throttle import network

    with app.app_context():
        assert network("2001:db8:1:2::5") == network("2001:db8:1:2:ffff::9")
        assert network("2001:db8:1:2::5") != network("2001:db8:1:3::5")
        assert network("192.0.2.1") != network("192.0.2.2")
        assert network(None) == network("not an address")


def test_a_forged_forwarding_header_does_not_change_the_network(app: Flask, clinic) -> None:
    """Holds sec_B7."""
    from booking.accounts.models import Throttle

    page = Browser(app).get("/sign-in")
    token = dict(page.form("email").fields)["csrf_token"]
    for n in range(3):
        page.browser.client.post(
            "/sign-in",
            data={"email": "a@b.example", "password": "guess", "csrf_token": token},
            headers={"X-Forwarded-For": f"192.0.2.{n}"},
        )
    with app.app_context():
        counted = session().scalars(select(Throttle.failures)).all()
    assert sorted(counted) == [3, 3]


def test_sessions_links_and_counters_are_gone_a_month_after_they_are_over(
    app: Flask, browser: Browser, member: Member, at
) -> None:
    from booking.accounts.models import OneTimeLink, Throttle
    from booking.core import clock
    from booking.rights.jobs import keep_to_schedule

    def left() -> list[int]:
        with app.app_context():
            keep_to_schedule(now=clock.now(), base_url="")
        tables = (SignInSession, OneTimeLink, Throttle)
        with app.app_context():
            counts = [session().scalar(select(func.count()).select_from(t)) for t in tables]
        return [count or 0 for count in counts]

    browser.get("/sign-in/new-password").submit({"email": member.email})
    sign_in(browser, member)
    at(NOW + timedelta(days=29))
    first_step(Browser(app), member)
    assert left() == [3, 1, 2]
    at(NOW + timedelta(days=32))
    first_step(Browser(app), member)
    # The half sign-in of three days ago and today's; the network was counted at both.
    assert left() == [2, 0, 1]
