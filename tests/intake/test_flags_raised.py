"""What is stored when a page is saved and when a form is sent."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from booking.appointments.models import Clearance
from booking.audit.models import AuditRow
from booking.core.db import session, transaction
from booking.intake.jobs import ask_rules_again
from booking.intake.models import Choice, Decision, Flag, FormState, IntakeForm
from booking.intake.rules.answers import TALK, Answer, from_response
from booking.intake.rules.ruleset import shipped
from booking.mail.models import Mail
from tests.factories import NOW, Clinic, make_appointment
from tests.intake.filled import QUIET, listed, make_form, make_sent, said, save

LATER = NOW + timedelta(minutes=5)


def standing(form: IntakeForm) -> dict[str, str]:
    flags = session().scalars(select(Flag).where(Flag.form_id == form.id))
    return {flag.rule_id: flag.severity for flag in flags if flag.cleared_at is None}


def decide(form: IntakeForm, clinic: Clinic, choice: Choice) -> None:
    for flag in session().scalars(select(Flag).where(Flag.form_id == form.id)):
        row = Decision(
            flag_id=flag.id,
            owner_id=form.owner_id,
            choice=choice,
            decided_by=clinic.mei_user,
            decided_at=LATER,
        )
        session().add(row)
    session().flush()


@pytest.mark.both
def test_an_urgent_sign_is_raised_as_soon_as_its_page_is_saved(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        form = make_form(make_appointment(clinic))
        save(form, {"u_now": said("heavy_bleed"), "blood_thin": said("yes")})
        assert standing(form) == {"U-BLEED": "urgent"}
        assert form.state is FormState.DRAFT
        assert form.appointment.clearance is Clearance.WAITING


def test_the_desk_is_told_once_of_what_was_raised_in_one_go_and_not_what_it_is(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_form(make_appointment(clinic))
        answers = {"u_now": said("heavy_bleed", "fever")}
        save(form, answers)
        save(form, answers, now=LATER)
        mails = session().scalars(select(Mail)).all()
        assert [mail.kind for mail in mails] == ["intake/staff_urgent"]
        told = str(mails[0].snapshot).lower()
        assert mails[0].snapshot["to_address"] == "desk@canalstreet.example"
        for word in ("bleed", "fever", "amara", "pregnan", "urgent"):
            assert word not in told


def test_an_urgent_flag_stays_though_its_answer_is_changed(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        form = make_form(make_appointment(clinic))
        save(form, {"u_now": said("heavy_bleed")})
        save(form, {"u_now": said("none")}, now=LATER)
        assert standing(form) == {"U-BLEED": "urgent"}


def test_sending_runs_every_rule_and_keeps_the_answer_that_raised_it(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_sent(clinic, {**listed("Clexane 40 mg", "folic acid"), "fits": TALK})
        assert standing(form) == {"B-COAG": "before", "B-ASK": "before"}
        quotes = {flag.rule_id: flag.quote for flag in session().scalars(select(Flag))}
        rows = from_response(quotes["B-COAG"])["med_list"].rows
        assert rows == ({"med_name": Answer(text="Clexane 40 mg")},)
        assert from_response(quotes["B-ASK"]) == {"fits": TALK}
        assert form.state is FormState.SUBMITTED
        assert form.appointment.clearance is Clearance.WAITING


def test_a_form_that_raises_nothing_clears_its_visit_when_it_is_sent(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_sent(clinic, {})
        assert standing(form) == {}
        assert form.appointment.clearance is Clearance.CLEAR


def test_a_question_left_out_is_quoted_as_left_out(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        make_sent(clinic, {"heart_valve": None})
        (flag,) = session().scalars(select(Flag))
        assert flag.rule_id == "B-ASK"
        assert flag.quote == {"left_out": ["heart_valve"], "item": []}


def test_a_flag_is_taken_back_when_its_answer_no_longer_raises_it(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_sent(clinic, {"implant_elec": said("yes")})
        save(form, QUIET, now=LATER)
        assert standing(form) == {}
        assert form.appointment.clearance is Clearance.CLEAR


def test_a_decision_stands_until_what_was_decided_on_changes(app: Flask, clinic: Clinic) -> None:
    with app.app_context(), transaction():
        answers = {**QUIET, **listed("Clexane")}
        form = make_sent(clinic, answers)
        decide(form, clinic, Choice.ADAPT)
        save(form, {**answers, "gp": Answer(text="Dr Ng")}, now=LATER)
        assert form.appointment.clearance is Clearance.CLEAR
        save(form, {**QUIET, **listed("Clexane", "warfarin")}, now=LATER + timedelta(minutes=1))
        assert form.appointment.clearance is Clearance.WAITING


@pytest.mark.both
def test_another_version_of_the_rules_is_asked_without_anybody_opening_the_form(
    app: Flask, clinic: Clinic
) -> None:
    """A flag of a rule that changed is decided anew, one that was not raised then is raised."""
    with app.app_context(), transaction():
        form = make_sent(clinic, {**QUIET, **listed("Clexane"), "lung": said("yes")})
        decide(form, clinic, Choice.ADAPT)
        save(form, {**QUIET, **listed("Clexane"), "lung": said("yes")}, now=LATER)
        assert form.appointment.clearance is Clearance.CLEAR
        assert form.rules_version == shipped().version
    with app.app_context():
        assert ask_rules_again(now=LATER, base_url="http://localhost") == 0
    with app.app_context(), transaction():
        form = session().scalars(select(IntakeForm)).one()
        form.rules_version = "2026-01-01"
        session().scalars(select(Flag).filter_by(rule_id="B-COAG")).one().rule_version = "0"
        lung = session().scalars(select(Flag).filter_by(rule_id="B-LUNG")).one()
        lung.cleared_at = NOW  # it had not fired by the rules of then
    again = LATER + timedelta(minutes=5)
    with app.app_context():
        assert ask_rules_again(now=again, base_url="http://localhost") == 1
        assert ask_rules_again(now=again, base_url="http://localhost") == 0
    with app.app_context():
        form = session().scalars(select(IntakeForm)).one()
        assert set(standing(form)) == {"B-COAG", "B-LUNG", "N-MOXA"}
        assert form.rules_version == shipped().version
        assert form.appointment.clearance is Clearance.WAITING


def test_the_flags_of_a_form_are_sealed_and_the_audit_has_no_answer(
    app: Flask, clinic: Clinic
) -> None:
    with app.app_context(), transaction():
        form = make_sent(clinic, {**listed("warfarin canary7714")})
        (flag,) = session().scalars(select(Flag).where(Flag.form_id == form.id))
        assert b"canary7714" not in (flag.quote_sealed or b"")
        rows = session().scalars(select(AuditRow)).all()
        assert {row.tag for row in rows} == {"intake:flag", "intake:state"}
        assert "canary7714" not in str([row.details for row in rows])
