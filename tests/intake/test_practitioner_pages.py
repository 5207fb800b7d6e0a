"""The practitioner's pages: what was raised and why, her answers, the decision."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Appointment, Clearance, Status
from booking.audit.models import AuditRow
from booking.core.db import session, transaction
from booking.intake.models import Choice, Decision, Flag, FormState, IntakeForm
from booking.intake.queries import answers
from booking.intake.rules.answers import TALK, Answer
from tests.browser import Page
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment
from tests.intake.filled import QUIET, listed, make_form, make_sent, said, save

HOUR = timedelta(hours=1)
BLEEDS = {**listed("Clexane 40 mg every evening"), "faint_hist": said("yes")}


def sent(
    app: Flask, clinic: Clinic, changes: Mapping[str, Answer | None] | None = None, **visit: Any
) -> str:
    with app.app_context(), transaction():
        return str(make_sent(clinic, changes or {}, **visit).appointment.public_id)


def visit_of(public_id: str) -> Appointment:
    wanted = select(Appointment).where(Appointment.public_id == UUID(public_id))
    return session().scalars(wanted).one()


def clearance(app: Flask, public_id: str) -> Clearance:
    with app.app_context():
        return visit_of(public_id).clearance


def form_of(public_id: str) -> IntakeForm:
    found = answers.form_of(visit_of(public_id).id)
    assert found is not None
    return found


def decide(page: Page, choice: str = "adapt", note: str = "Shallow needling") -> Page:
    return page.submit({"choice": choice, "note": note}, button="Record decision")


def test_what_was_raised_stands_on_top_with_answer_rule_and_source(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    page = cast["mei"].get(f"/forms/{sent(app, clinic, BLEEDS)}/read")
    text = page.text
    assert "“Clexane 40 mg every evening”" in text
    assert "Rule B-COAG, version 1: blood thinner is answered “Yes”, or any medicine" in text
    assert "BAcC guide, as quoted in the BAcC’s answers to the public (A4)" in text
    assert "(General knowledge, not verified.)" in text
    assert text.index("Takes a medicine that thins") < text.index("May faint")
    assert text.index("May faint") < text.index("The answers")
    assert "You are the first to open these answers." in text


def test_every_kind_of_unknown_is_told_apart(app: Flask, clinic: Clinic, cast: Cast) -> None:
    page = cast["mei"].get(f"/forms/{sent(app, clinic, {'fits': TALK, 'immune': None})}/read")
    assert "Left out: <b>Weak immune system or cancer</b>" in page.text
    assert "Fits or epilepsy: <b>I&#39;d rather talk about this in person</b>" in page.text


def test_opening_is_recorded_and_shown_to_the_next(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic)
    with app.app_context():
        before = session().scalars(select(AuditRow.id)).all()
    cast["mei"].get(f"/forms/{visit}/read")
    with app.app_context():
        rows = session().scalars(select(AuditRow).where(AuditRow.id.not_in(before))).all()
        assert [(row.actor, row.tag) for row in rows] == [
            (f"user:{clinic.mei_user}", "intake:opened")
        ]
        assert rows[0].details == {
            "form_id": form_of(visit).id,
            "version": 1,
            "view": "practitioner",
        }
    assert "Only you have opened these answers" in cast["mei"].get(f"/forms/{visit}/read").text
    cast["reception"].get(f"/forms/{visit}")
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "Last opened by Dana Whitlock, today 12:00pm." in page.text


def test_her_list_has_her_own_visits_only(app: Flask, clinic: Clinic, cast: Cast) -> None:
    sent(app, clinic, BLEEDS)
    page = cast["mei"].get("/forms/to-read")
    assert "Amara Osei" in page.text
    assert "1 before treatment" in page.text
    assert "1 note" in page.text
    assert "Amara Osei" not in cast["ines"].get("/forms/to-read").text


@pytest.mark.parametrize(
    ("who", "status"),
    [("mei", 200), ("ines", 404), ("reception", 403), ("owner", 403)],
)
def test_only_a_practitioner_with_a_visit_of_hers_reads_her_answers(
    app: Flask, clinic: Clinic, cast: Cast, who: str, status: int
) -> None:
    visit = sent(app, clinic, {"else": Answer(text="canary-else")})
    page = cast[who].get(f"/forms/{visit}/read")
    assert page.status == status
    assert ("canary-else" in page.text) == (status == 200)


def test_a_cancelled_visit_gives_no_right_to_read(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic)
    with app.app_context(), transaction():
        visit_of(visit).status = Status.CANCELLED
    assert cast["mei"].get(f"/forms/{visit}/read").status == 404


def test_a_colleague_who_sees_her_too_reads_but_does_not_decide(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, BLEEDS)
    with app.app_context(), transaction():
        make_appointment(
            clinic,
            patient_id=visit_of(visit).patient_id,
            practitioner_id=clinic.ines,
            room_id=clinic.rooms[1],
            starts_at=MONDAY_10AM + 3 * HOUR,
            ends_at=MONDAY_10AM + 4 * HOUR,
        )
    page = cast["ines"].get(f"/forms/{visit}/read")
    assert page.status == 200
    assert "This visit is with Mei Tan, who records the decision" in page.text
    token = dict(page.forms[0].fields)["csrf_token"]
    answer = {"csrf_token": token, "version": "1", "choice": "go-ahead", "note": "x"}
    assert cast["ines"].post(f"/forms/{visit}/decide", answer).status == 404
    assert clearance(app, visit) is Clearance.WAITING


@pytest.mark.parametrize("who", ["ines", "reception", "owner", "stranger"])
def test_nobody_else_decides(app: Flask, clinic: Clinic, cast: Cast, who: str) -> None:
    visit = sent(app, clinic, BLEEDS)
    page = cast["mei"].get(f"/forms/{visit}/read")
    token = dict(page.forms[0].fields)["csrf_token"]
    answer = {"csrf_token": token, "version": "1", "choice": "go-ahead", "note": "x"}
    assert cast[who].post(f"/forms/{visit}/decide", answer).status in {400, 401, 403, 404}
    with app.app_context():
        assert session().scalars(select(Decision)).all() == []


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("go-ahead", Clearance.CLEAR),
        ("adapt", Clearance.CLEAR),
        ("delay", Clearance.STOPPED),
        ("refer", Clearance.STOPPED),
    ],
)
def test_a_decision_clears_the_visit_or_stops_it(
    app: Flask, clinic: Clinic, cast: Cast, choice: str, expected: Clearance
) -> None:
    visit = sent(app, clinic, {**BLEEDS, "implant_elec": said("yes")})
    assert clearance(app, visit) is Clearance.WAITING
    page = decide(cast["mei"].get(f"/forms/{visit}/read"), choice, "canary-note")
    assert clearance(app, visit) is expected
    assert "canary-note" in page.text
    assert "Mei Tan, Fri 2 July, 12:00pm" in page.text
    with app.app_context():
        rows = session().scalars(select(Decision)).all()
        flags = {flag.id: flag.rule_id for flag in session().scalars(select(Flag))}
        assert {flags[row.flag_id] for row in rows} == {"B-COAG", "B-DEV"}
        assert all(b"canary" not in (row.note_sealed or b"") for row in rows)
        decided = session().scalars(select(AuditRow).where(AuditRow.tag == "intake:decision"))
        assert {row.details["flag_id"] for row in decided} == {row.flag_id for row in rows}


def test_each_flag_can_have_a_decision_of_its_own_and_the_visit_waits_for_all(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, {**BLEEDS, "implant_elec": said("yes")})
    page = cast["mei"].get(f"/forms/{visit}/read")
    values = {"B-DEV-choice": "adapt", "B-DEV-note": "No electricity"}
    wrong = page.submit(
        {"B-DEV-choice": "adapt"}, button="Record for this one", having="B-DEV-note"
    )
    assert wrong.status == 422
    assert wrong.title.startswith("Error: ")
    page = page.submit(values, button="Record for this one", having="B-DEV-note")
    assert "No electricity" in page.text
    assert clearance(app, visit) is Clearance.WAITING
    page = page.submit(
        {"B-COAG-choice": "delay", "B-COAG-note": "Ask first"},
        button="Record for this one",
        having="B-COAG-note",
    )
    assert clearance(app, visit) is Clearance.STOPPED
    with app.app_context():
        rows = session().scalars(select(Decision).order_by(Decision.id)).all()
        flags = {flag.id: flag.rule_id for flag in session().scalars(select(Flag))}
        assert [(flags[row.flag_id], row.choice) for row in rows] == [
            ("B-DEV", Choice.ADAPT),
            ("B-COAG", Choice.DELAY),
        ]
    token = dict(page.forms[0].fields)["csrf_token"]
    for rule, status in (("B-PREG", 409), ("N-FAINT", 409), ("X", 404)):
        given = {f"{rule}-choice": "go-ahead", f"{rule}-note": "x", f"{rule}-version": "1"}
        answer = cast["mei"].post(
            f"/forms/{visit}/decide", {"csrf_token": token, "rule": rule, **given}
        )
        assert answer.status == status


def test_a_decision_can_be_made_anew_and_the_earlier_one_is_kept(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, BLEEDS)
    decide(cast["mei"].get(f"/forms/{visit}/read"), "delay", "Ask the clinic first")
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "Decide anew" in page.text
    decide(page, "go-ahead", "They agree")
    assert clearance(app, visit) is Clearance.CLEAR
    with app.app_context():
        rows = session().scalars(select(Decision).order_by(Decision.id)).all()
        assert [row.choice for row in rows] == [Choice.DELAY, Choice.GO_AHEAD]
        assert rows[0].note == "Ask the clinic first"


def test_a_double_click_records_one_decision(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, BLEEDS)
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert decide(page).status == 200
    assert decide(page).status == 200
    with app.app_context():
        assert len(session().scalars(select(Decision)).all()) == 1


def test_a_decision_needs_its_choice_and_its_reason_and_loses_nothing_typed(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, BLEEDS)
    page = (
        cast["mei"]
        .get(f"/forms/{visit}/read")
        .submit({"note": "a long thought"}, button="Record decision")
    )
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert "Choose what you decided." in page.text
    assert "a long thought" in page.text
    page = decide(page, "go-ahead", "")
    assert page.status == 422
    assert "Write what you decided and why." in page.text
    assert decide(page, "teleport", "x").status == 422
    assert decide(page, "adapt", "x" * 2001).status == 422
    assert clearance(app, visit) is Clearance.WAITING


def test_a_decision_on_answers_that_changed_meanwhile_is_not_taken(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, BLEEDS)
    page = cast["mei"].get(f"/forms/{visit}/read")
    with app.app_context(), transaction():
        save(form_of(visit), {**QUIET, **listed("Clexane", "warfarin")})
    page = decide(page, "go-ahead", "my reasons")
    assert page.status == 409
    assert "The answers have changed since you opened this page." in page.text
    assert "my reasons" in page.text
    assert "warfarin" in page.text
    assert clearance(app, visit) is Clearance.WAITING
    assert decide(page, "adapt", "Shallow").status == 200
    assert clearance(app, visit) is Clearance.CLEAR


def test_one_decision_covers_urgent_flags_too(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, {"u_now": said("one_leg"), "bleed_dis": said("yes")})
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "One decision for the 2 items that wait for you." in page.text
    decide(page, "refer", "Sent to the urgent line")
    assert clearance(app, visit) is Clearance.STOPPED


def test_a_form_that_raised_nothing_has_nothing_to_decide(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic)
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "That does not mean safe. Please read them." in page.text
    assert "Record decision" not in page.text
    assert clearance(app, visit) is Clearance.CLEAR


def test_a_form_never_begun_is_gone_through_in_person_and_decided_on(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        visit = str(make_appointment(clinic).public_id)
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "Everything is still to be asked in person." in page.text
    assert "To ask in private before treatment" in page.text
    with app.app_context():
        assert session().scalars(select(Flag)).all() == []
    decide(page, "go-ahead", "Asked everything at the visit")
    assert clearance(app, visit) is Clearance.CLEAR


def test_a_decision_made_before_the_form_came_does_not_cover_what_it_says(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        form = make_form(make_appointment(clinic))
        save(form, {"u_now": said("none")})
        visit = str(form.appointment.public_id)
    decide(cast["mei"].get(f"/forms/{visit}/read"), "go-ahead", "Asked")
    assert clearance(app, visit) is Clearance.CLEAR
    with app.app_context(), transaction():
        form = form_of(visit)
        form.sent_at = NOW
        save(form, {**QUIET, **BLEEDS}, now=NOW + timedelta(minutes=1))
        assert form.state is FormState.SUBMITTED
    assert clearance(app, visit) is Clearance.WAITING


def test_a_visit_begins_only_after_the_decision(
    app: Flask, clinic: Clinic, cast: Cast, at: Callable[..., None]
) -> None:
    visit = sent(app, clinic, BLEEDS)
    at(MONDAY_10AM)
    token = dict(cast["mei"].get(f"/forms/{visit}/read").forms[0].fields)["csrf_token"]
    refused = cast["mei"].post(f"/visits/{visit}/start", {"csrf_token": token})
    assert refused.status == 409
    assert "still need a decision" in refused.text
    decide(cast["mei"].get(f"/forms/{visit}/read"))
    assert cast["mei"].post(f"/visits/{visit}/start", {"csrf_token": token}).status == 200
    with app.app_context():
        assert visit_of(visit).status is Status.IN_ROOM


def test_a_visit_that_asks_for_no_form_is_held_back_by_what_a_form_of_it_raised(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        quiet = make_appointment(clinic)
        quiet.clearance = Clearance.NOT_NEEDED
        visit = str(quiet.public_id)
    page = cast["mei"].get(f"/forms/{visit}/read")
    assert "This kind of visit asks for no form." in page.text
    assert "Record decision" not in page.text
    with app.app_context(), transaction():
        save(make_form(visit_of(visit)), {"u_now": said("none")})
    assert clearance(app, visit) is Clearance.NOT_NEEDED
    with app.app_context(), transaction():
        save(form_of(visit), {"u_now": said("faint")})
    assert clearance(app, visit) is Clearance.WAITING


def test_a_hostile_note_stays_text(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, {**BLEEDS, "else": Answer(text="<script>alert(1)</script>")})
    page = decide(cast["mei"].get(f"/forms/{visit}/read"), "adapt", "<img src=x onerror=y>")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def test_nothing_of_an_answer_is_in_a_title_or_an_address(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, BLEEDS)
    for who, address in (("mei", f"/forms/{visit}/read"), ("reception", f"/forms/{visit}")):
        page = cast[who].get(address)
        assert page.title.startswith("Form")
        assert "Amara" not in page.title
        for href, _words in page.links:
            assert "Clexane" not in href
            assert "B-COAG" not in href


def test_what_is_not_done_here_is_not_warned_of(app: Flask, clinic: Clinic, cast: Cast) -> None:
    lungs = {"lung": said("yes"), "fits": said("yes"), "fits_last": said("longer_ago")}
    reading = f"/forms/{sent(app, clinic, lungs)}/read"
    for offered in (["electroacupuncture", "moxa", "cupping"], ["cupping"]):
        settings = cast["owner"].get("/settings/care")
        saved = settings.submit({"techniques": offered}, button="Save")
        assert saved.status == 200
        text = cast["mei"].get(reading).text
        assert ("No moxa, or smokeless only" in text) is ("moxa" in offered)
        assert ("No electroacupuncture." in text) is ("electroacupuncture" in offered)
        # What is to be heeded whatever is done stays, and so does what was answered.
        assert "Extra care if poorly controlled" in text
        assert "Has had a fit or seizure" in text
    page = cast["owner"].get("/settings/care").text
    ticked = {
        name
        for name in ("electroacupuncture", "moxa", "cupping")
        if re.search(rf"<input checked[^>]*value=\"{name}\"", page)
    }
    assert ticked == {"cupping"}
