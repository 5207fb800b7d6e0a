"""Who reaches which page. Walks every address of the application; nothing is exempt by accident."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from booking import create_app
from booking.access.gate import PUBLIC, public
from booking.access.policy import ROLE_PERMISSIONS, STAFF, Permission, Role
from booking.accounts import actions
from booking.accounts.models import LinkPurpose, OneTimeLink, User
from booking.appointments.models import Appointment
from booking.core import clock
from booking.core.db import Base, db, session, transaction
from tests.browser import Browser
from tests.conftest import sign_in_with
from tests.databases import make_settings
from tests.factories import Clinic, make_appointment, make_patient

# Every page open to strangers. Add a line only for a page that has to be.
PUBLIC_PAGES = {
    "static",
    # whether the process works, for whoever watches it
    "healthz",
    "readyz",
    # signing in, and links that carry their own key
    "accounts.change_password",
    "accounts.forgotten",
    "accounts.forgotten_sent",
    "accounts.join",
    "accounts.new_password",
    "accounts.new_password_set",
    "accounts.patient_enter",
    "accounts.patient_entered",
    "accounts.patient_link",
    "accounts.patient_link_sent",
    "accounts.patient_sign_in",
    "accounts.sign_in",
    "accounts.sign_in_with_password",
    "accounts.sign_out",
    "accounts.signed_out",
    "accounts.welcome",
    # booking without an account: what a browser keeps and has booked is in its own cookie
    "appointments.about_you",
    "appointments.book",
    "appointments.check",
    "appointments.choose_time",
    "appointments.choose_visit",
    "appointments.correct_address",
    "appointments.done",
    "appointments.save_about_you",
    "appointments.take_time",
    "appointments.younger",
    # links to one visit: looking at them changes nothing
    "appointments.cancel_by_link",
    "appointments.cancel_link",
    "appointments.form_link",
    "appointments.link",
    "appointments.move_link",
    "appointments.open_form",
    "appointments.open_visit",
    "appointments.take_by_link",
    # the clinic's own pages
    "clinic.landing",
    "clinic.privacy",
}

SAFE = {"GET", "HEAD", "OPTIONS"}


def mark_of(app: Flask, rule: Rule) -> object:
    return getattr(app.view_functions[rule.endpoint], "access", None)


def pages(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or set()) and rule.endpoint != "static"
    ]


class Everybody:
    """One browser for each kind of person there is, and one real value for each kind of address."""

    def __init__(self, app: Flask, clinic: Clinic) -> None:
        self.app, self.clinic = app, clinic
        with app.app_context(), transaction():
            self.appointment = make_appointment(clinic).id
            self.stranger_patient = make_patient("Other Person", "other@example.org").id
            now = clock.now()
            appointment = session().get_one(Appointment, self.appointment)
            self.visit = appointment.public_id
            person = self._person(appointment)
            member = session().get_one(User, clinic.reception_user)
            member.totp_secret, member.totp_confirmed_at = "JBSWY3DPEHPK3PXP", now
            tokens = {
                "stranger": "",
                "half": actions.start_staff_session(member.id, second_factor=None, now=now),
                "patient": actions.start_person_session(person, now=now),
                "visit-link": actions.start_visit_session(self.appointment, now=now),
            }
            for who in ("owner", "mei", "ines", "reception"):
                user = getattr(clinic, f"{who}_user")
                tokens[who] = actions.start_staff_session(user, second_factor=now, now=now)
            self.links = {
                "welcome": self._link(LinkPurpose.STAFF_INVITE, email="x@y.example", name="X"),
                "patient_enter": self._link(
                    LinkPurpose.PATIENT_SIGN_IN,
                    person_id=person,
                    email="amara@example.org",
                    name="Amara Osei",
                ),
                "new_password": self._link(
                    LinkPurpose.NEW_PASSWORD, user_id=member.id, email=member.email_canonical
                ),
            }
            self.invitation = (
                session()
                .scalars(select(OneTimeLink.public_id).where(OneTimeLink.name == "X"))
                .one()
            )
        self.browsers = {who: Browser(app) for who in tokens}
        for who, token in tokens.items():
            if token:
                sign_in_with(self.browsers[who], token)

    def _person(self, appointment: Appointment) -> int:
        from booking.patients.models import Patient

        return session().get_one(Patient, appointment.patient_id).resource_id

    def _link(self, purpose: LinkPurpose, **values: object) -> str:
        return actions.create_link(OneTimeLink(purpose=purpose, **values), now=clock.now())

    def roles(self, who: str) -> set[Role]:
        return {
            "stranger": set(),
            "half": {Role.HALF_SIGNED_IN},
            "patient": {Role.PATIENT},
            "visit-link": {Role.VISIT_LINK},
            "owner": {Role.OWNER},
            "mei": {Role.PRACTITIONER},
            "ines": {Role.PRACTITIONER},
            "reception": {Role.RECEPTION},
        }[who]

    def may(self, who: str, permission: Permission) -> bool:
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles(who))

    def address(self, rule: Rule, *, real: bool = True) -> str:
        """An address of this page: with values that exist, or with ones that do not."""
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = type(rule._converters[name]).__name__
            values[name] = self._value(rule, name, kind, real=real)
        with self.app.test_request_context():
            return self.app.url_map.bind("localhost").build(rule.endpoint, values)

    def _value(self, rule: Rule, name: str, kind: str, *, real: bool) -> object:
        if kind == "UUIDConverter":
            invited = "invitation" in rule.rule
            return (self.invitation if invited else self.visit) if real else uuid4()
        if kind == "IntegerConverter":
            return 1 if real else 999_999
        if name == "day":
            return "2027-07-05"
        known = self.links.get(rule.endpoint.rsplit(".", 1)[-1], "")
        return known if real and known else "x" * 43


@pytest.fixture
def everybody(app: Flask, clinic: Clinic) -> Everybody:
    return Everybody(app, clinic)


def to_sign_in(status: int, location: str) -> bool:
    ways = ("/sign-in", "/my/sign-in", "/welcome/second-factor")
    return status == 401 or (status == 303 and location.startswith(ways))


def test_public_pages_are_a_short_reviewed_list(app: Flask) -> None:
    marks = {name: getattr(view, "access", None) for name, view in app.view_functions.items()}
    assert {name for name, mark in marks.items() if mark == PUBLIC} == PUBLIC_PAGES


def test_every_other_page_names_one_permission(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert mark_of(app, rule) == PUBLIC or isinstance(mark_of(app, rule), Permission)


def test_every_permission_belongs_to_somebody() -> None:
    assert set().union(*ROLE_PERMISSIONS.values()) == set(Permission)


def test_a_page_without_a_mark_is_closed_to_everybody(app: Flask, clinic: Clinic) -> None:
    app.add_url_rule("/unmarked", "unmarked", lambda: "secret")
    everybody = Everybody(app, clinic)
    for browser in everybody.browsers.values():
        answer = browser.client.get("/unmarked")
        assert answer.status_code == 403
        assert b"secret" not in answer.data


def test_each_person_opens_the_pages_of_her_roles_and_no_others(everybody: Everybody) -> None:
    wrong = []
    for rule in pages(everybody.app, "GET"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission):
            continue
        for who, browser in everybody.browsers.items():
            answer = browser.client.get(everybody.address(rule))
            location = answer.headers.get("Location", "")
            refused = answer.status_code == 403 or to_sign_in(answer.status_code, location)
            if mark is Permission.SECOND_FACTOR and who == "half":
                # From setting up, once that is done, to the code: still the second step.
                refused = answer.status_code != 200 and location != "/sign-in/code"
            if refused == everybody.may(who, mark) or answer.status_code >= 500:
                wrong.append((rule.rule, who, answer.status_code, answer.headers.get("Location")))
    assert wrong == []


def test_no_form_works_for_somebody_without_the_permission(everybody: Everybody) -> None:
    before = fingerprint(everybody.app)
    wrong = []
    for rule in pages(everybody.app, "POST"):
        mark = mark_of(everybody.app, rule)
        if not isinstance(mark, Permission):
            continue
        for who, browser in everybody.browsers.items():
            if everybody.may(who, mark):
                continue
            answer = browser.client.post(
                everybody.address(rule), data={"csrf_token": form_token(browser)}
            )
            if answer.status_code not in {401, 403}:
                wrong.append((rule.rule, who, answer.status_code))
    assert wrong == []
    assert fingerprint(everybody.app) == before


def test_between_the_two_steps_only_the_second_step_opens(everybody: Everybody) -> None:
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


def test_what_is_missing_and_what_is_not_hers_look_the_same(everybody: Everybody) -> None:
    """A practitioner asks for another's visit, and for one that does not exist."""
    for rule in pages(everybody.app, "GET"):
        mark = mark_of(everybody.app, rule)
        by_id = {"UUIDConverter"} & {type(c).__name__ for c in rule._converters.values()}
        if not isinstance(mark, Permission) or not by_id or not everybody.may("ines", mark):
            continue
        theirs = everybody.browsers["ines"].client.get(everybody.address(rule))
        missing = everybody.browsers["ines"].client.get(everybody.address(rule, real=False))
        assert theirs.status_code == missing.status_code == 404, rule.rule
        # The page's token carries the second it was made in.
        token = re.compile(rb'name="csrf_token" value="[^"]*"')
        assert token.sub(b"", theirs.data) == token.sub(b"", missing.data), rule.rule


def form_token(browser: Browser) -> str:
    """A token of this browser's session, as any page with a form gives it."""
    page = browser.get("/sign-in/new-password")
    return dict(page.form("email").fields)["csrf_token"]


def test_no_form_works_without_its_token(everybody: Everybody) -> None:
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


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(everybody: Everybody, method: str) -> None:
    before = fingerprint(everybody.app)
    for rule in pages(everybody.app, method):
        for browser in everybody.browsers.values():
            browser.client.open(everybody.address(rule), method=method)
        assert fingerprint(everybody.app) == before, f"{method} {rule.rule}"


def test_data_in_the_query_changes_nothing(everybody: Everybody) -> None:
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


def check_headers(answer: object, where: str) -> None:
    headers = answer.headers  # type: ignore[attr-defined]
    for name, value in HEADERS.items():
        assert headers.get(name) == value, f"{name} on {where}"
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert policy >= POLICY, where
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Permissions-Policy" in headers
    assert "X-Powered-By" not in headers
    assert "Server" not in headers


def test_every_answer_carries_the_headers(everybody: Everybody) -> None:
    for rule in pages(everybody.app, "GET"):
        for who in ("stranger", "visit-link", "owner"):
            answer = everybody.browsers[who].client.get(everybody.address(rule))
            check_headers(answer, f"{rule.rule} as {who}")
    for rule in pages(everybody.app, "POST"):
        check_headers(everybody.browsers["owner"].client.post(everybody.address(rule)), rule.rule)


def test_errors_carry_the_headers_too(app: Flask, clinic: Clinic) -> None:
    @app.get("/falls-over")
    @public
    def falls_over() -> str:
        raise RuntimeError("on purpose")

    client = app.test_client()
    answers = {
        400: client.get("/", headers={"Host": "evil.example"}),
        404: client.get("/nowhere"),
        405: client.get("/sign-out"),
        413: client.post("/sign-in", data={"email": "x" * (1024 * 1024 + 1)}),
        500: client.get("/falls-over"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        check_headers(answer, str(status))
    assert b"on purpose" not in answers[500].data
    assert b"Traceback" not in answers[500].data


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80", ""],
)
def test_other_host_names_are_refused(app: Flask, clinic: Clinic, host: str) -> None:
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
        if everybody.roles(who) & STAFF or who == "half":
            assert browser.client.get("/staff").headers["Location"].startswith("/sign-in")


def test_public_ids_are_random(everybody: Everybody) -> None:
    assert UUID(str(everybody.visit)).version == 4
    assert UUID(str(everybody.invitation)).version == 4
