"""Staff type a form given on paper, by phone or in person; it stays marked until confirmed."""

import pytest
from flask import Flask
from sqlalchemy import select

from booking.core.db import session
from booking.intake.models import (
    AnswersVersion,
    Consent,
    ConsentKind,
    IntakeForm,
    Through,
    TypedForm,
    Way,
)
from tests.browser import Browser, Page
from tests.conftest import Cast
from tests.intake.journey import ANSWERS


def type_it(cast: Cast, address: str, *, who: str = "reception", **changes: object) -> Page:
    page = cast[who].get(f"/forms/{address.rsplit('/', 1)[1]}/type")
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
    assert " checked" not in page.text
    page = page.submit({"read_info": "y"}, button="I have read it and it is right")
    assert "I have read it" not in page.text
    with app.app_context():
        assert session().scalars(select(TypedForm)).one().confirmed_by == "patient"
        consent = session().scalars(select(Consent)).one()
        assert (consent.kind, consent.through) == (ConsentKind.INFORMATION, Through.LINK)


def test_what_is_typed_of_a_permission_says_how_and_by_whom(app: Flask, cast: Cast, visit) -> None:
    type_it(cast, visit[1], gp="Dr Ahmed", gp_share="any_time")
    with app.app_context():
        consent = session().scalars(select(Consent)).one()
        assert (consent.kind, consent.through) == (ConsentKind.GP, Through.PHONE)
        assert consent.recorded_by == cast.clinic.reception_user


def test_a_practitioner_types_and_confirms_for_a_patient_of_her_own(
    app: Flask, cast: Cast, visit
) -> None:
    public_id = visit[1].rsplit("/", 1)[1]
    assert f"/forms/{public_id}/type" in cast["mei"].get(f"/forms/{public_id}/read").text
    page = type_it(cast, visit[1], who="mei", **{"way-way": "visit"})
    assert page.url.endswith("/read")
    assert "not confirmed yet" in page.text
    page = page.submit(button="Gone through together")
    assert "not confirmed yet" not in page.text
    with app.app_context():
        typed = session().scalars(select(TypedForm)).one()
        assert (typed.typed_by, typed.way) == (cast.clinic.mei_user, Way.VISIT)


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
