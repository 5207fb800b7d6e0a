"""Passkeys in a real browser with an authenticator of its own, as the browser offers for tests."""

import dataclasses
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from booking import create_app
from booking.accounts import actions as accounts
from booking.core import assets, clock
from booking.core.db import db, transaction
from tests.databases import make_settings
from tests.e2e.conftest import STATIC, Quiet
from tests.e2e.looking import problems
from tests.factories import NOW, Clinic, make_clinic, make_patient

pytestmark = pytest.mark.browser


@pytest.fixture
def served(database_url: str, home: Path) -> Iterator[tuple[str, Flask, Clinic]]:
    """A site that knows its own address: a passkey is good for that one only."""
    assets.prepare(STATIC)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    settings = dataclasses.replace(make_settings(home, database_url), base_url=address)
    clock.travel(NOW)
    app = create_app(settings)
    with app.app_context(), transaction():
        clinic = make_clinic()
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address, app, clinic
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    clock.come_back()


@pytest.fixture
def context(chromium: Browser, served: tuple[str, Flask, Clinic]) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=served[0], viewport={"width": 390, "height": 844})
    yield made
    made.close()


def with_authenticator(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page whose device has a screen lock, and what its console complains about."""
    page, complaints = context.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if "Policy" in m.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    line = context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return page, complaints


def bring_in(context: BrowserContext, served: tuple[str, Flask, Clinic], token: str) -> None:
    address, app, _clinic = served
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = signer.dumps({"_user_id": token, "_fresh": True})
    name = app.config["SESSION_COOKIE_NAME"]
    context.add_cookies([{"name": name, "value": value, "url": address}])


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_a_passkey_is_made_used_to_sign_in_and_removed(
    context: BrowserContext, served: tuple[str, Flask, Clinic]
) -> None:
    """Holds sec_A10."""
    _address, app, clinic = served
    with app.app_context(), transaction():
        token = accounts.start_staff_session(
            clinic.reception_user, second_factor=clock.now(), now=clock.now()
        )
    bring_in(context, served, token)
    page, complaints = with_authenticator(context)
    page.goto("/sign-ins/passkeys")
    assert problems(page, widths=(390, 1440)) == []
    page.get_by_label("A name for it").fill("My phone")
    press(page, "Make the passkey")
    expect(page.get_by_role("heading", name="My phone")).to_be_visible()
    assert problems(page, widths=(390, 1440)) == []

    press(page, "Sign out")
    page.goto("/sign-in?next=/sign-ins")
    expect(page.get_by_text("it needs JavaScript")).to_be_hidden()
    assert problems(page, widths=(390, 1440)) == []
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("heading", name="My phone")).to_be_visible()

    clock.travel(clock.now() + NOW.resolution * 11 * 60 * 10**6)
    page.goto("/sign-in/again?next=/sign-ins/passkeys")
    press(page, "Use a passkey")
    page.get_by_label("A name for it").fill("Once more")
    press(page, "Make the passkey")  # the device has one for this person: nothing happens twice
    expect(page.get_by_text("Nothing was changed; try again")).to_be_visible()
    assert page.get_by_label("A name for it").input_value() == "Once more"
    assert complaints == []


def test_a_patient_signs_in_with_hers_and_sees_her_record(
    context: BrowserContext, served: tuple[str, Flask, Clinic]
) -> None:
    _address, app, _clinic = served
    with app.app_context(), transaction():
        person = make_patient().resource_id
        token = accounts.start_person_session(person, now=clock.now(), confirmed=clock.now())
    bring_in(context, served, token)
    page, complaints = with_authenticator(context)
    page.goto("/sign-ins")
    assert problems(page, widths=(390, 1440)) == []
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("A name for it").fill("My phone")
    press(page, "Make the passkey")
    expect(page.get_by_role("heading", name="My phone")).to_be_visible()
    context.clear_cookies()
    page.goto("/my/sign-in")
    press(page, "Sign in with a passkey")
    page.wait_for_url("**/my")
    page.goto("/my/record")
    expect(page.get_by_role("heading", name="All that we keep about you")).to_be_visible()
    assert complaints == []


def test_without_a_device_that_can_the_page_stays_and_says_so(
    context: BrowserContext, served: tuple[str, Flask, Clinic]
) -> None:
    page = context.new_page()
    page.goto("/sign-in")
    page.evaluate("void (navigator.credentials.get = () => Promise.reject(new Error('no')))")
    press(page, "Sign in with a passkey")
    expect(page.get_by_text("The passkey was not used.")).to_be_visible()
    page.get_by_label("E-mail address").fill("still@works.example")


def test_without_a_script_only_what_works_is_shown(
    chromium: Browser, served: tuple[str, Flask, Clinic]
) -> None:
    context = chromium.new_context(base_url=served[0], java_script_enabled=False)
    page = context.new_page()
    for path in ("/sign-in", "/my/sign-in"):
        page.goto(path)
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        expect(page.locator("[data-without-passkey]")).to_be_visible()
    context.close()
