"""Before a later visit only what goes stale is asked; what was said before is compared with."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment
from booking.core.db import session, transaction
from booking.intake.models import AnswersVersion, Flag, FormState, IntakeForm, LaterForm
from booking.intake.queries.answers import form_of
from booking.intake.rules.answers import Answer, PartialDate
from booking.intake.rules.changes import Turn, changed_medicines
from booking.intake.rules.facts import counts
from booking.intake.rules.recheck import rechecked
from tests.browser import Browser
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, Clinic, make_appointment
from tests.intake.conftest import Arrive
from tests.intake.journey import ANSWERS, TICKS, fill, fill_until, open_page

DAYS = timedelta(days=1)
LIST = {**ANSWERS, "med_any": "list"}
AGAIN = {"u_now": ["none"], "preg_status": "no", "med_change": "no", "health_change": "no"}


def later_visit(app: Flask, clinic: Clinic, first: int, *, days: int = 7) -> tuple[int, str]:
    """A visit of the same person some days later: its id, and the address of its questions."""
    with app.app_context(), transaction():
        patient = session().get_one(Appointment, first).patient_id
        starts = MONDAY_10AM + days * DAYS
        row = make_appointment(
            clinic, patient_id=patient, starts_at=starts, ends_at=starts + timedelta(hours=1)
        )
        return row.id, f"/questions/{row.public_id}"


def send_first(amara: Browser, address: str) -> None:
    page = fill_until(open_page(amara, address, "urgent_now"), "Your list", LIST)
    for name in ("Folic acid", "Iron"):
        page = fill(page, {"med_name": name, "med_still": "yes"}, button="Save and add another")
    page = fill_until(fill(page, {}), "Check your answers", LIST)
    assert page.submit(TICKS, button="Send my answers").status == 200


@pytest.fixture
def again(app: Flask, clinic: Clinic, amara: Browser, visit, sign_in_as) -> tuple[int, str]:
    send_first(amara, visit[1])
    found = later_visit(app, clinic, visit[0])
    sign_in_as(amara, found[0])
    return found


@pytest.fixture
def sign_in_as(app: Flask):
    """Give a browser the session of another visit's link; its own cookie stays."""
    from booking.accounts import actions as accounts
    from booking.core import clock
    from tests.conftest import sign_in_with

    def come(browser: Browser, appointment: int) -> None:
        with app.app_context(), transaction():
            token = accounts.start_visit_session(appointment, by_mail=True, now=clock.now())
        sign_in_with(browser, token)

    return come


def go_through(browser: Browser, address: str, given: dict) -> None:
    page = browser.get(f"{address}/list").click("About today")
    page = fill_until(page, "Check your answers", given)
    assert "What acupuncture involves" in page.text
    assert page.submit({"correct": "y"}, button="Send my answers").status == 200


def test_everybody_is_reminded_to_eat_before_coming(amara: Browser, visit) -> None:
    """On the page that says the answers were sent, and on that of the visit."""
    send_first(amara, visit[1])
    for address in (f"{visit[1]}/sent", f"/visit/{visit[1].rsplit('/', 1)[1]}"):
        assert "Please eat something before you come." in amara.get(address).text, address


def test_only_what_goes_stale_is_asked(amara: Browser, again) -> None:
    assert "About 2 minutes" in amara.get(again[1].replace("questions", "visit")).text
    assert "about 2 minutes" in amara.get(again[1]).text
    page = amara.get(f"{again[1]}/list")
    for asked in ("About today", "Pregnancy now", "Since last time"):
        assert asked in page.text
    for known in ("Your health", "Allergies", "About you", "Medicines and supplements"):
        assert known not in page.text


def test_each_medicine_is_gone_through_and_each_needs_an_answer(
    app: Flask, amara: Browser, again
) -> None:
    page = amara.get(f"{again[1]}/list").click("Since last time")
    assert "Folic acid" in page.text
    page = fill(page, {"now-1": "stopped"})
    assert page.status == 422
    assert "Please choose for “Iron" in page.text
    fill(page, {"now-1": "stopped", "now-2": "changed"})
    with app.app_context():
        form = form_of(again[0])
        newest = (
            session()
            .scalars(
                select(AnswersVersion)
                .where(AnswersVersion.form_id == form.id)
                .order_by(AnswersVersion.number.desc())
            )
            .first()
        )
        rows = [item for item in every(newest.response["item"]) if item["linkId"] == "med_now"]
        codes = [row["answer"][0]["valueCoding"]["code"] for row in rows]
    assert codes == ["stopped", "changed"]


def every(items: list) -> list:
    return [each for item in items for each in (item, *every(item.get("item", [])))]


def test_another_browser_is_not_shown_what_was_listed_before(
    app: Flask, arrive: Arrive, again, sign_in_as
) -> None:
    other = arrive()
    sign_in_as(other, again[0])
    page = other.get(f"{again[1]}/list").click("Since last time")
    assert "Folic acid" not in page.text
    assert "Any new, changed or stopped medicines" in page.text


def test_the_short_form_is_a_new_form_with_its_own_versions(
    app: Flask, amara: Browser, again, visit
) -> None:
    go_through(amara, again[1], {**AGAIN, "now-1": "still", "now-2": "stopped"})
    with app.app_context():
        first, second = form_of(visit[0]), form_of(again[0])
        assert second.sent_at is not None
        assert session().get_one(LaterForm, second.id).earlier_id == first.id
        versions = session().scalars(select(AnswersVersion).filter_by(form_id=second.id)).all()
        assert versions[-1].response["questionnaire"].endswith("|2")
        assert "Amara" in str(versions[-1].response), "what was said before still stands"


def test_the_practitioner_sees_first_what_is_different(
    app: Flask, amara: Browser, again, cast: Cast
) -> None:
    given = {**AGAIN, "now-1": "still", "now-2": "stopped", "med_change": "yes"}
    go_through(amara, again[1], {**given, "med_change_text": "A new nose spray"})
    page = cast["mei"].get(f"/forms/{again[1].rsplit('/', 1)[1]}/read")
    since, raised = page.text.index("Since last time"), page.text.index("Raised by the answers")
    assert since < raised
    assert page.text.index("Stopped") < raised
    assert "A new nose spray" in page.text


def test_a_form_outdated_on_the_day_of_a_moved_visit_is_raised_on_opening(
    app: Flask, clinic: Clinic, amara: Browser, visit, cast: Cast
) -> None:
    send_first(amara, visit[1])
    reading = f"/forms/{visit[1].rsplit('/', 1)[1]}/read"
    assert "Answers out of date" not in cast["mei"].get(reading).text
    with app.app_context(), transaction():
        moved = session().get_one(Appointment, visit[0])
        moved.starts_at += 40 * DAYS
        moved.ends_at += 40 * DAYS
    assert "Answers out of date" in cast["mei"].get(reading).text
    with app.app_context():
        assert session().scalars(select(Flag).filter_by(rule_id="N-OLD")).one().cleared_at is None


def test_what_was_sent_can_be_corrected_and_is_looked_at_again(
    app: Flask, amara: Browser, visit
) -> None:
    send_first(amara, visit[1])
    with app.app_context(), transaction():
        form = session().scalars(select(IntakeForm)).one()
        form.reception_done_at = form.created_at
        before = session().query(AnswersVersion).count()
    page = amara.get(f"{visit[1]}/mine").click("Change Do you have diabetes?")
    assert "Correct what you sent." in page.text
    assert "Page " not in page.text
    assert "Save and leave" not in page.text
    page = fill(page, {"diabetes": "yes"}, button="Save the correction")
    assert page.url.endswith("/mine"), page.text
    with app.app_context():
        assert session().query(AnswersVersion).count() == before + 1
        assert session().scalars(select(Flag).filter_by(rule_id="B-DM")).one()
        form = session().scalars(select(IntakeForm)).one()
        assert form.state is FormState.SUBMITTED


def test_a_sent_form_is_not_changed_by_a_page_left_open(amara: Browser, visit, stored) -> None:
    page = open_page(amara, visit[1], "health_diabetes")
    send_first(amara, visit[1])
    fill(page, {"diabetes": "yes"})
    assert stored.answers()["diabetes"] == Answer(codes=("no",))


STOPPED_THEN = {
    "med_name": Answer(text="Ibuprofen"),
    "med_still": Answer(codes=("no",)),
    "med_stopped": Answer(date=PartialDate(2024, 5)),
}


def test_the_day_on_which_a_medicine_was_stopped_outlives_going_through_them() -> None:
    [row] = rechecked([STOPPED_THEN], ["stopped"])
    assert row["med_stopped"] == STOPPED_THEN["med_stopped"]
    assert not counts(row, "NSAID", today=date(2027, 7, 5)), "stopped three years ago"


@pytest.mark.parametrize("state", ["still", "changed"])
@pytest.mark.parametrize("dated", [True, False])
def test_a_medicine_taken_again_is_told_to_the_practitioner(state: str, dated: bool) -> None:
    before = dict(STOPPED_THEN)
    if not dated:
        del before["med_stopped"]
    now = rechecked([before], [state])
    [change] = changed_medicines(
        {"med_list": Answer(rows=(before,))}, {"med_list": Answer(rows=now)}
    )
    assert change.turn is Turn.STARTED


def test_of_two_medicines_of_one_name_the_one_stopped_is_told() -> None:
    rows = [
        {"med_name": Answer(text="Clexane"), "med_dose": Answer(text=dose)}
        for dose in ("20 mg", "40 mg")
    ]
    now = rechecked(rows, ["stopped", "still"])
    changes = changed_medicines(
        {"med_list": Answer(rows=tuple(rows))}, {"med_list": Answer(rows=now)}
    )
    assert [(c.turn, c.row["med_dose"].text) for c in changes] == [(Turn.STOPPED, "20 mg")]


def test_an_answer_counts_before_any_other_visit_wherever_the_one_it_was_sent_for_has_gone(
    app: Flask, clinic: Clinic, amara: Browser, visit, sign_in_as
) -> None:
    """The visit whose form was sent is moved behind another: nothing is asked twice."""
    send_first(amara, visit[1])
    other = later_visit(app, clinic, visit[0], days=-2)
    sign_in_as(amara, other[0])
    assert "You have told us about yourself before." in amara.get(other[1]).text
    go_through(amara, other[1], {**AGAIN, "now-1": "still", "now-2": "stopped"})
    with app.app_context():
        assert session().get_one(LaterForm, form_of(other[0]).id).earlier_id
        assert session().get(LaterForm, form_of(visit[0]).id) is None
