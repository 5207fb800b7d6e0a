"""Staff type a form given on paper, by phone or in person; it stays marked until confirmed."""

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.db import session
from booking.intake.models import AnswersVersion, IntakeForm, TypedForm
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.intake.journey import ANSWERS


def type_it(cast: Cast, address: str, **changes: object) -> Page:
    page = cast["reception"].get(f"/forms/{address.rsplit('/', 1)[1]}/type")
    given = {**ANSWERS, "way-way": "phone", **changes}
    return page.submit(given, button="Save the form")


def test_a_typed_form_is_sent_and_marked(app: Flask, cast: Cast, visit) -> None:
    page = type_it(cast, visit[1], **{"med_any": "list", "way-medicines": "Clexane\nIron"})
    assert "not confirmed yet" in page.text
    with app.app_context():
        assert session().scalars(select(IntakeForm)).one().sent_at is not None
        version = session().scalars(select(AnswersVersion)).one()
        assert version.saved_by.startswith("user:")
        assert "Clexane" in str(version.response)


def test_she_confirms_it_by_her_link(app: Flask, cast: Cast, visit, amara: Browser) -> None:
    type_it(cast, visit[1])
    page = amara.get(f"{visit[1]}/sent")
    assert "I have read it" not in page.submit(button="I have read it and it is right").text
    with app.app_context():
        assert session().scalars(select(TypedForm)).one().confirmed_by == "patient"


def test_the_desk_confirms_it_at_the_visit(app: Flask, cast: Cast, visit) -> None:
    page = type_it(cast, visit[1]).submit(button="Gone through together")
    assert "not confirmed yet" not in page.text
    with app.app_context():
        assert session().scalars(select(TypedForm)).one().confirmed_by.startswith("user:")


def test_what_is_needed_may_not_be_missing(app: Flask, cast: Cast, visit) -> None:
    page = type_it(cast, visit[1], u_now=[])
    assert page.status == 422
    with app.app_context():
        assert session().scalars(select(AnswersVersion)).all() == []


def test_a_form_she_has_begun_is_not_typed_over(cast: Cast, visit, amara: Browser) -> None:
    type_it(cast, visit[1])
    assert type_it(cast, visit[1]).status == 422


@pytest.mark.parametrize(("who", "status"), [("ines", 404), ("owner", 403)])
def test_nobody_else_types(cast: Cast, visit, who: str, status: int) -> None:
    assert cast[who].get(f"/forms/{visit[1].rsplit('/', 1)[1]}/type").status == status
