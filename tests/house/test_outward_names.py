"""Every inner name has an outward one, and no page or message for others can reach the inner."""

import re
from pathlib import Path

import pytest
from flask import Flask

from booking.clinic.models import Location, Organisation, Practitioner, Service
from booking.core.db import session, transaction
from tests.conftest import Cast
from tests.factories import Clinic

TEMPLATES = Path(__file__).parents[2] / "templates"
# As templates name rows: their inner names, a room's, and the practitioner's title of the staff's.
INNER = re.compile(
    r"\b(service|location|room|place_row|organisation|clinic)\.name\b"
    r"|\b(practitioner|who|person|visit)\.title\b"
)
# Printed for the staff, or shown to them only.
INSIDE = re.compile(r"/staff/|components/(staff|rail)|^(care/desk|waiting/(list|add))")


def outward() -> list[Path]:
    """Messages, and pages drawn for patients or for anybody, with the parts those take in."""
    found = {
        file
        for file in TEMPLATES.rglob("*.*")
        if "email/" in str(file) or "components/patient.html" in file.read_text()
    }
    while True:
        named = {
            TEMPLATES / name
            for file in found
            for name in re.findall(r"""(?:from|include|extends) "([^"]+)\"""", file.read_text())
        }
        if named <= found:
            return sorted(found)
        found |= named


@pytest.mark.parametrize("file", outward(), ids=lambda f: str(f.relative_to(TEMPLATES)))
def test_no_outward_template_reaches_an_inner_name(file: Path) -> None:
    if not INSIDE.search(str(file.relative_to(TEMPLATES))):
        assert INNER.search(file.read_text()) is None


def test_the_lint_finds_what_it_looks_for() -> None:
    for text in ("{{ service.name }}", "{{ visit.service.name }}", "{{ who.title }}"):
        assert INNER.search(text), text
    for text in ("{{ service.outward_name }}", "{{ who.outward_title }}", "{{ sender.name }}"):
        assert not INNER.search(text), text
    assert len(outward()) > 60


@pytest.fixture
def named(app: Flask, clinic: Clinic) -> Clinic:
    """A clinic whose inner names tell everything."""
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).name = "canary Fertility Acupuncture"
        session().get_one(Location, clinic.location).name = "canary IVF rooms"
        session().get_one(Service, clinic.first_visit).name = "canary after a loss"
        mei = session().get_one(Practitioner, clinic.mei)
        mei.title, mei.outward_title = "canary early pregnancy", "Practitioner"
    return clinic


def test_the_owner_sees_both_names_of_all_and_a_message_with_the_outward_ones(
    named: Clinic, cast: Cast
) -> None:
    page = cast["owner"].get("/staff").click("Names")
    inside, _heading, message = page.text.partition("A message, as it would arrive")
    assert inside.count("canary") == 4
    assert "canary" not in message
    for words in ("Canal Street &lt;visits@", "Appointment: ", "with Mei Tan", "invite.ics"):
        assert words in message
    for who in ("reception", "mei", "stranger"):
        assert cast[who].get("/names").status in {403, 401} or "canary" not in page.url


def test_a_title_inside_is_the_staffs_alone(app: Flask, named: Clinic, cast: Cast) -> None:
    with app.app_context():
        mei = session().get_one(Practitioner, named.mei).public_id
    for address in ("/", f"/practitioners/{mei}"):
        page = cast["stranger"].get(address)
        assert "Practitioner" in page.text
        assert "canary" not in page.text
