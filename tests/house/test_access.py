"""Who reaches which page. Walks every address of the application; nothing is exempt by accident."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse as Response

from booking import create_app
from booking.access.gate import PUBLIC, public
from booking.access.policy import ROLE_PERMISSIONS, STAFF, Permission, Role
from booking.accounts.models import User
from booking.core import clock
from booking.core.db import Base, db, session, transaction
from booking.core.errors import Busy
from tests.browser import Browser
from tests.databases import make_settings
from tests.factories import Clinic
from tests.house.everybody import ROLES, Everybody
from tests.house.matrix import ACTS, OPEN, OPEN_PAGES, ROLES_NAMED, scope_of


def mark_of(app: Flask, rule: Rule) -> object:
    return getattr(app.view_functions[rule.endpoint], "access", None)


def pages(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or set()) and rule.endpoint != "static"
    ]


@pytest.fixture
def everybody(app: Flask, clinic: Clinic) -> Everybody:
    return Everybody(app, clinic)


def to_sign_in(status: int, location: str) -> bool:
    ways = ("/sign-in", "/my/sign-in", "/welcome/second-factor", "/locked")
    return status == 401 or (status == 303 and location.startswith(ways))


def test_every_page_stands_once_in_the_table_of_access(app: Flask) -> None:
    """docs/access.toml names each page under the permission that its code asks for.

    Holds sec_D1, sec_D2.
    """
    real: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            real.setdefault(str(mark_of(app, rule)), set()).add(f"{method} {rule.rule}")
    told = {str(act.permission): set(act.pages) for act in ACTS.values() if act.pages}
    told[PUBLIC] = set(OPEN_PAGES)
    for mark in sorted(real | told):
        missing, too_many = real.get(mark, set()), told.get(mark, set())
        assert missing - too_many == set(), f"not in docs/access.toml under {mark}"
        assert too_many - missing == set(), f"in docs/access.toml under {mark}, but there is none"
    assert sum(map(len, OPEN.values())) == len(OPEN_PAGES)


def test_the_code_grants_what_the_table_says_and_no_more() -> None:
    assert set(ACTS) == set(Permission)
    assert set(ROLES_NAMED) == {role.value for role in Role}
    for role in Role:
        granted = {act.permission for act in ACTS.values() if role in act.scopes}
        assert granted == ROLE_PERMISSIONS[role], role
    assert {scope for act in ACTS.values() for scope in act.scopes.values()} == {"all", "own"}
    assert all(act.scopes for act in ACTS.values())


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_methods_that_no_page_has_are_refused_whoever_asks(
    everybody: Everybody, method: str
) -> None:
    before = fingerprint(everybody.app)
    for rule in everybody.app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for who in ("stranger", "owner"):  # refused before anybody looks who it is
            answer = everybody.browsers[who].client.open(everybody.address(rule), method=method)
            assert answer.status_code == 405, (method, rule.rule)
    assert fingerprint(everybody.app) == before


def test_a_page_without_a_mark_is_closed_to_everybody(app: Flask, clinic: Clinic) -> None:
    """Holds sec_D1."""
    app.add_url_rule("/unmarked", "unmarked", lambda: "secret")
    everybody = Everybody(app, clinic)
    for browser in everybody.browsers.values():
        answer = browser.client.get("/unmarked")
        assert answer.status_code == 403
        assert b"secret" not in answer.data


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "CONNECT", "PROPFIND"])
def test_rarer_methods_are_refused_too(app: Flask, clinic: Clinic, method: str) -> None:
    for path in ("/", "/sign-in", "/people", "/my"):
        assert app.test_client().open(path, method=method).status_code == 405


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_person_opens_the_pages_of_the_table_and_no_others(
    everybody: Everybody, method: str
) -> None:
    """And looking changes nothing but the audit and when a sign-in was last used.

    Holds sec_D2, sec_D7, sec_E2.
    """
    before, wrong = fingerprint(everybody.app), []
    for rule in pages(everybody.app, method):
        mark = mark_of(everybody.app, rule)
        path = everybody.address(rule)
        for who, browser in everybody.browsers.items():
            answer = browser.client.open(path, method=method)
            if not isinstance(mark, Permission):
                continue
            location = answer.headers.get("Location", "")
            refused = answer.status_code == 403 or to_sign_in(answer.status_code, location)
            if mark is Permission.SECOND_FACTOR and who == "half":
                # From setting up, once that is done, to the code: still the second step.
                refused = answer.status_code != 200 and location != "/sign-in/code"
            if refused == everybody.may(who, mark) or answer.status_code >= 500:
                wrong.append((rule.rule, who, answer.status_code, location))
    # Nor does looking begin the form of a visit that has none yet.
    for rule in pages(everybody.app, method):
        path = everybody.address(rule).replace(str(everybody.visit), str(everybody.other_visit))
        if path == everybody.address(rule):
            continue
        for who in ("other-patient", "other-link", "reception", "ines"):
            everybody.browsers[who].client.open(path, method=method)
    assert wrong == []
    if fingerprint(everybody.app) != before:
        raise AssertionError(f"changed by {which_changes(everybody, method)}")


def which_changes(everybody: Everybody, method: str) -> list[tuple[str, str]]:
    """Look for the page and the person again, one by one, once it is known that there is one."""
    found = []
    for rule in pages(everybody.app, method):
        for who, browser in everybody.browsers.items():
            before = fingerprint(everybody.app)
            browser.client.open(everybody.address(rule), method=method)
            if fingerprint(everybody.app) != before:
                found.append((rule.rule, who))
    return found


def test_no_form_works_for_somebody_without_the_permission(everybody: Everybody) -> None:
    """Holds sec_D2."""
    before = fingerprint(everybody.app)
    wrong = []
    for rule in pages(everybody.app, "POST"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission):
            continue
        path = everybody.address(rule)
        for who, browser in everybody.browsers.items():
            if everybody.may(who, mark):
                continue
            answer = browser.client.post(path, data={"csrf_token": form_token(browser)})
            if answer.status_code not in {401, 403}:
                wrong.append((rule.rule, who, answer.status_code))
    assert wrong == []
    assert fingerprint(everybody.app) == before


def test_between_the_two_steps_only_the_second_step_opens(everybody: Everybody) -> None:
    """Holds sec_A7."""
    for rule in pages(everybody.app, "GET"):
        mark = mark_of(everybody.app, rule)
        if mark in {PUBLIC, Permission.SECOND_FACTOR}:
            continue
        answer = everybody.browsers["half"].client.get(everybody.address(rule))
        assert answer.status_code == 303, rule.rule
        assert answer.headers["Location"].startswith("/sign-in/code"), rule.rule


def test_a_stranger_is_led_to_the_sign_in_that_fits(everybody: Everybody) -> None:
    for rule in pages(everybody.app, "GET"):
        if mark_of(everybody.app, rule) == PUBLIC:
            continue
        answer = everybody.browsers["stranger"].client.get(everybody.address(rule))
        hers = str(mark_of(everybody.app, rule)).startswith("my:")
        assert answer.status_code == 303, rule.rule
        assert answer.headers["Location"].startswith("/my/sign-in" if hers else "/sign-in"), rule


OF_SOMEBODY = {"visit", "public_id", "passkey"}
"""Arguments of addresses that name a record somebody owns."""


def told(page: Response) -> str:
    """The page without what differs from one showing to the next."""
    passing = r'name="csrf_token" value="[^"]*"|data-ends-in="\d+"'
    return re.sub(passing, "", page.get_data(as_text=True))


def test_what_is_missing_and_what_is_not_hers_look_the_same(everybody: Everybody) -> None:
    """Another's visit or form, and one that does not exist: for staff, patients and links.

    Holds sec_D3.
    """
    looked_at = 0
    for rule in pages(everybody.app, "GET"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission) or not rule.arguments & OF_SOMEBODY:
            continue
        for who in ("ines", "other-patient", "other-link"):
            if scope_of(ROLES[who], mark) != "own":
                continue
            looked_at += 1
            client = everybody.browsers[who].client
            theirs = client.get(everybody.address(rule))
            missing = client.get(everybody.address(rule, real=False))
            assert theirs.status_code == missing.status_code == 404, (rule.rule, who)
            assert told(theirs) == told(missing), (rule.rule, who)
            assert "Amara" not in told(theirs)
    assert looked_at > 10


def test_no_form_reaches_what_is_not_hers(everybody: Everybody) -> None:
    """Holds sec_D3."""
    before = fingerprint(everybody.app)
    looked_at = 0
    for rule in pages(everybody.app, "POST"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission) or not rule.arguments & OF_SOMEBODY:
            continue
        for who in ("ines", "other-patient", "other-link"):
            if scope_of(ROLES[who], mark) != "own":
                continue
            looked_at += 1
            browser = everybody.browsers[who]
            answer = browser.client.post(
                everybody.address(rule), data={"csrf_token": form_token(browser)}
            )
            assert answer.status_code == 404, (rule.rule, who, answer.status_code)
    assert looked_at > 10
    assert fingerprint(everybody.app) == before


def test_a_visits_id_alone_tells_a_stranger_nothing(everybody: Everybody) -> None:
    """Holds sec_D5."""
    for rule in pages(everybody.app, "GET"):
        if "visit" not in rule.arguments:
            continue
        for who in ("stranger", "other-link", "other-patient"):
            answer = everybody.browsers[who].client.get(everybody.address(rule))
            assert answer.status_code in {303, 404}, (rule.rule, who)
            assert "Amara" not in told(answer)


def test_who_reaches_all_records_reaches_anothers(everybody: Everybody) -> None:
    """What the table calls "all" is not "own": else it would promise what is not so."""
    wrong = []
    for rule in pages(everybody.app, "GET"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission) or "uuid" not in rule.rule:
            continue
        for who in ("owner", "reception"):
            if scope_of(ROLES[who], mark) == "all":
                answer = everybody.browsers[who].client.get(everybody.address(rule))
                # 409: seen, but there is nothing to do about it as it stands
                if answer.status_code not in {200, 303, 409}:
                    wrong.append((rule.rule, who, answer.status_code))
    assert wrong == []


def test_a_stopped_member_reaches_what_a_stranger_does(everybody: Everybody) -> None:
    """Holds sec_B4, sec_D2."""
    stopped = everybody.browsers["mei"]
    with everybody.app.app_context(), transaction():
        session().get_one(User, everybody.clinic.mei_user).disabled_at = clock.now()
    for rule in pages(everybody.app, "GET"):
        if isinstance(mark_of(everybody.app, rule), Permission):
            answer = stopped.client.get(everybody.address(rule))
            assert to_sign_in(answer.status_code, answer.headers.get("Location", "")), rule.rule


def test_those_whose_it_is_do_reach_it(everybody: Everybody) -> None:
    """Else the two tests above would show nothing."""
    reached = {
        (rule.rule, who)
        for rule in pages(everybody.app, "GET")
        for who in ("mei", "reception", "patient", "visit-link")
        if rule.arguments & {"visit", "public_id"}
        and everybody.browsers[who].client.get(everybody.address(rule)).status_code == 200
    }
    assert ("/visit/<uuid:visit>", "visit-link") in reached
    assert ("/visit/<uuid:visit>", "patient") in reached
    assert ("/visits/<uuid:public_id>", "mei") in reached
    assert ("/visits/<uuid:public_id>", "reception") in reached
    assert ("/forms/<uuid:public_id>/read", "mei") in reached
    assert ("/forms/<uuid:public_id>", "reception") in reached


TOKENS: WeakKeyDictionary[Browser, str] = WeakKeyDictionary()


def form_token(browser: Browser) -> str:
    """A token of this browser's session, as any page with a form gives it; asked for once."""
    if browser not in TOKENS:
        page = browser.get("/sign-in/new-password")
        TOKENS[browser] = dict(page.form("email").fields)["csrf_token"]
    return TOKENS[browser]


def test_no_form_works_without_its_token(everybody: Everybody) -> None:
    """Holds sec_E1."""
    before = fingerprint(everybody.app)
    for rule in pages(everybody.app, "POST"):
        for browser in everybody.browsers.values():
            answer = browser.client.post(everybody.address(rule), data={"name": "typed"})
            assert answer.status_code in {400, 401, 403}, rule.rule
    assert fingerprint(everybody.app) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_no_form_works_from_another_site(everybody: Everybody, headers: dict[str, str]) -> None:
    """Holds sec_E1."""
    browser = everybody.browsers["owner"]
    token = form_token(browser)
    for rule in pages(everybody.app, "POST"):
        answer = browser.client.post(
            everybody.address(rule), data={"csrf_token": token}, headers=headers
        )
        assert answer.status_code == 403, rule.rule


def fingerprint(app: Flask) -> str:
    """A hash of every row but the audit and when a session was last used."""
    told = hashlib.sha256()
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            if table.name == "audit":
                continue
            columns = [column for column in table.c if column.name != "last_seen_at"]
            rows = sorted(repr(tuple(row)) for row in session().execute(select(*columns)))
            told.update(f"{table.name}{rows}".encode())
    return told.hexdigest()


def test_data_in_the_query_changes_nothing(everybody: Everybody) -> None:
    """Holds sec_D6."""
    before = fingerprint(everybody.app)
    query = {"email": "a@b.example", "password": "p", "name": "n", "code": "1", "go": "save"}
    for rule in pages(everybody.app, "GET"):
        everybody.browsers["owner"].client.get(everybody.address(rule), query_string=query)
    assert fingerprint(everybody.app) == before


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
POLICY = {
    "default-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "style-src 'self'",
    "script-src 'self'",
}


def check_headers(answer: Response, where: str) -> None:
    headers = answer.headers
    is_feed = answer.mimetype == "text/calendar" and "ETag" in headers
    wanted = {**HEADERS, "Cache-Control": "private, no-cache"} if is_feed else HEADERS
    for name, value in wanted.items():
        assert headers.get(name) == value, f"{name} on {where}"
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert policy >= POLICY, where
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Permissions-Policy" in headers
    assert "X-Powered-By" not in headers
    assert "Server" not in headers


def test_every_answer_carries_the_headers(everybody: Everybody) -> None:
    """Holds sec_E4, sec_E5, sec_E7, sec_E9, sec_K3."""
    for rule in pages(everybody.app, "GET"):
        for who in ("stranger", "visit-link", "owner"):
            answer = everybody.browsers[who].client.get(everybody.address(rule))
            check_headers(answer, f"{rule.rule} as {who}")
    for rule in pages(everybody.app, "POST"):
        check_headers(everybody.browsers["owner"].client.post(everybody.address(rule)), rule.rule)


def test_errors_carry_the_headers_too(app: Flask, clinic: Clinic) -> None:
    """Holds sec_E6."""

    @app.get("/falls-over")
    @public
    def falls_over() -> str:
        raise RuntimeError("on purpose")

    @app.get("/waits")
    @public
    def waits() -> str:
        raise Busy

    client = app.test_client()
    answers = {
        303: client.get("/day"),
        400: client.get("/", headers={"Host": "evil.example"}),
        410: client.get(f"/a/{'x' * 43}"),
        503: client.get("/waits"),
        404: client.get("/nowhere"),
        405: client.get("/sign-out"),
        413: client.post("/sign-in", data={"email": "x" * (1024 * 1024 + 1)}),
        500: client.get("/falls-over"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        check_headers(answer, str(status))
    for path in ("/static/css/base.css", "/static/none.css", "/static/../wsgi.py"):
        with client.get(path) as answer:
            kept = {**answer.headers, "Cache-Control": "no-store"}  # files alone may be kept
        assert {name: kept.get(name) for name in HEADERS} == HEADERS, path
    assert b"on purpose" not in answers[500].data
    assert b"Traceback" not in answers[500].data


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80", ""],
)
def test_other_host_names_are_refused(app: Flask, clinic: Clinic, host: str) -> None:
    """Holds sec_C3."""
    answer = app.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert b"evil" not in answer.data


@pytest.fixture
def https_app(database_url: str, home: object) -> Iterator[Flask]:
    app = create_app(
        make_settings(home, database_url, base_url="https://localhost")  # type: ignore[arg-type]
    )
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_cookie_on_https_is_bound_to_this_host(https_app: Flask, clinic: Clinic) -> None:
    """Holds sec_B5."""
    answer = https_app.test_client().get("/sign-in", base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    name, _, rest = cookies[0].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-session"
    assert attributes == {"secure", "httponly", "path=/", "samesite=lax"}
    told = answer.headers["Strict-Transport-Security"]
    assert "max-age=31536000" in told
    assert "includeSubDomains" in told


def test_the_cookie_says_nothing_about_anybody(everybody: Everybody) -> None:
    """Holds sec_B5."""
    from itsdangerous import base64_decode

    for browser in everybody.browsers.values():
        browser.get("/sign-in/new-password")
        cookie = browser.client.get_cookie("session")
        if cookie is None:
            continue
        payload = cookie.value.lstrip(".").split(".")[0]
        plain = base64_decode(payload)
        if cookie.value.startswith("."):
            import zlib

            plain = zlib.decompress(plain)
        for word in (b"Amara", b"Dana", b"@", b"reception", b"owner", b"patient"):
            assert word not in plain


def test_a_visit_session_is_over_when_the_patients_is(everybody: Everybody) -> None:
    clock.travel(clock.now() + timedelta(hours=25))
    for who, browser in everybody.browsers.items():
        if ROLES[who] & STAFF or who == "half":
            assert browser.client.get("/staff").headers["Location"].startswith("/sign-in")


def test_public_ids_are_random(everybody: Everybody) -> None:
    """Holds sec_D5."""
    assert UUID(str(everybody.visit)).version == 4
    assert UUID(str(everybody.uuids["/people/invitations/"])).version == 4
