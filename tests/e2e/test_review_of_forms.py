"""The pages on which forms are reviewed, in a real browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from booking.core.db import transaction
from booking.intake.rules.answers import TALK, Answer
from tests.e2e.looking import WIDTHS, problems
from tests.factories import Clinic
from tests.intake.filled import listed, make_sent, said

pytestmark = pytest.mark.browser

Screen = Callable[..., Page]


@pytest.fixture
def visit(app: Flask, clinic: Clinic) -> str:
    """A visit whose form raised something of every severity."""
    answers = {
        **listed("Clexane 40 mg every evening", "zorbafex"),
        "u_now": said("one_leg"),
        "fits": TALK,
        "heart_valve": None,
        "access": said("quiet", "step_free"),
        "contact_note": Answer(text="Please text before you ring"),
    }
    with app.app_context(), transaction():
        return str(make_sent(clinic, answers).appointment.public_id)


@pytest.mark.parametrize(("scheme", "widths"), [("light", WIDTHS), ("dark", (390, 1440))])
def test_the_review_is_accessible_at_every_width(
    screen: Screen, visit: str, scheme: str, widths: tuple[int, ...]
) -> None:
    found = []
    for who, path in (
        ("reception", "/forms"),
        ("reception", f"/forms/{visit}"),
        ("reception", f"/forms/{visit}/ask"),
        ("mei", "/forms/to-read"),
        ("mei", f"/forms/{visit}/read"),
        ("reception", f"/forms/{visit}/consents"),
        ("owner", "/hand-over"),
    ):
        found += problems(screen(path, who=who, color_scheme=scheme), widths=widths)
    assert found == []


def test_the_rule_unfolds_and_a_decision_is_recorded_without_a_script(
    screen: Screen, visit: str
) -> None:
    page = screen(f"/forms/{visit}/read", who="mei", java_script_enabled=False)
    page.click("text=Why this rule >> nth=0")
    expect(page.get_by_text("Thrombosis UK on clots (P12)")).to_be_visible()
    page.click("text=Record decision")
    page.wait_for_selector(".errors:focus")
    page.check("#decision >> text=Refer")
    page.fill("#decision textarea", "Sent to the urgent line today")
    page.click("text=Record decision")
    expect(page.get_by_text("Sent to the urgent line today").first).to_be_visible()


def test_one_flag_is_decided_on_by_itself_without_a_script(screen: Screen, visit: str) -> None:
    page = screen(f"/forms/{visit}/read", who="mei", java_script_enabled=False)
    page.click("text=Decide on this one >> nth=1")
    own = page.locator("details[open]")
    own.get_by_label("Adapt the treatment").check()
    own.locator("textarea").fill("Shallow needles only")
    own.get_by_role("button", name="Record for this one").click()
    expect(page.get_by_text("Shallow needles only").first).to_be_visible()
    expect(page.get_by_text("Decide on this anew")).to_have_count(1)
