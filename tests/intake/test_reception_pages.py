"""Reception's pages: the queue, what there is to do about a form, and asking back."""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select

from booking.access.policy import Actor, Role
from booking.accounts import actions as accounts
from booking.appointments.models import Appointment, Clearance, Status
from booking.audit.models import AuditRow
from booking.clinic.models import Organisation, ReceptionView
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.errors import WrongState
from booking.intake.actions import review
from booking.intake.models import FormState, IntakeForm
from booking.intake.queries import board
from booking.intake.queries.queue import ON_A_PAGE, desk_queue
from booking.intake.rules.answers import TALK, Answer, PartialDate
from booking.intake.rules.visibility import Level
from booking.mail.models import Mail
from tests.browser import Browser, Page
from tests.conftest import Cast, sign_in_with
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient, make_user
from tests.intake.filled import QUIET, listed, make_form, make_sent, said, save

HOUR = timedelta(hours=1)


def sent(
    app: Flask, clinic: Clinic, changes: Mapping[str, Answer | None] | None = None, **visit: Any
) -> str:
    with app.app_context(), transaction():
        return str(make_sent(clinic, changes or {}, **visit).appointment.public_id)


def begun(app: Flask, clinic: Clinic, answers: Mapping[str, Answer], **visit: Any) -> str:
    with app.app_context(), transaction():
        form = make_form(make_appointment(clinic, **visit))
        save(form, answers)
        return str(form.appointment.public_id)


def other(app: Flask, name: str) -> int:
    with app.app_context(), transaction():
        return make_patient(name, f"{name.split()[0].lower()}@example.org").id


def form_of(visit: str) -> IntakeForm:
    found = session().scalar(
        select(IntakeForm).join(Appointment).where(Appointment.public_id == UUID(visit))
    )
    assert found is not None
    return found


def state(app: Flask, visit: str) -> FormState:
    with app.app_context():
        return form_of(visit).state


def clearance(app: Flask, visit: str) -> Clearance:
    with app.app_context():
        return form_of(visit).appointment.clearance


def names_in(page: Page) -> list[str]:
    found = ("Amara Osei", "Rosa Lindqvist", "Priya Raman", "Sam Eriksen")
    return sorted((name for name in found if name in page.text), key=page.text.index)


def show(app: Flask, level: Level) -> None:
    with app.app_context(), transaction():
        session().get_one(Organisation, 1).reception_view = ReceptionView(level.value)


def test_the_queue_puts_those_to_ring_first_and_then_goes_by_the_visit(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    sent(app, clinic)
    later = {"starts_at": MONDAY_10AM + 5 * HOUR, "ends_at": MONDAY_10AM + 6 * HOUR}
    begun(app, clinic, {"u_now": said("faint")}, patient_id=other(app, "Rosa Lindqvist"), **later)
    last = {"starts_at": MONDAY_10AM + 2 * HOUR, "ends_at": MONDAY_10AM + 3 * HOUR}
    sent(app, clinic, patient_id=other(app, "Priya Raman"), **last)
    page = cast["reception"].get("/forms")
    assert names_in(page) == ["Rosa Lindqvist", "Amara Osei", "Priya Raman"]
    assert page.text.count("Ring now") == 1


def test_someone_to_ring_stays_in_the_queue_though_her_visit_is_cancelled(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = begun(app, clinic, {"u_now": said("faint")})
    with app.app_context(), transaction():
        form_of(visit).appointment.status = Status.CANCELLED
    page = cast["reception"].get("/forms")
    assert "Amara Osei" in page.text
    assert "Ring now" in page.text
    cast["reception"].get(f"/forms/{visit}").submit(button="I have rung")
    assert "Amara Osei" not in cast["reception"].get("/forms").text


def test_the_board_is_told_what_the_forms_of_its_visits_ask_for(app: Flask, clinic: Clinic) -> None:
    four = [
        begun(app, clinic, {"u_now": said("faint")}),
        sent(app, clinic, {"bleed_dis": said("yes")}, **hours_later(app, "Rosa Lindqvist", 2)),
        sent(app, clinic, **hours_later(app, "Priya Raman", 3)),
        begun(app, clinic, {}, **hours_later(app, "Sam Eriksen", 4)),
    ]
    with app.app_context():
        ids = [form_of(visit).appointment_id for visit in four]
        badges = board.badges_for(ids)
        assert [badges[each][0].text for each in ids] == [
            "Ring now",
            "Practitioner first",
            "Form to review",
            "Form not sent",
        ]
        assert [call.name for call in board.calls_now()] == ["Amara Osei"]
        # The names of what raised them are nowhere in what the board is given.
        assert "U-BLEED" not in str(badges)


def test_the_day_board_names_whom_reception_has_to_ring_and_only_to_reception(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = begun(app, clinic, {"u_now": said("faint")})
    page = cast["reception"].get("/day")
    assert page.link("Amara Osei") == f"/forms/{visit}"
    assert "Ring now" not in cast["mei"].get("/day").text
    cast["reception"].get(f"/forms/{visit}").submit(button="I have rung")
    assert "Ring now" not in cast["reception"].get("/day").text


def hours_later(app: Flask, name: str, hours: int) -> dict[str, Any]:
    return {
        "patient_id": other(app, name),
        "starts_at": MONDAY_10AM + hours * HOUR,
        "ends_at": MONDAY_10AM + (hours + 1) * HOUR,
    }


@pytest.mark.both
def test_a_long_queue_comes_in_pages_urgent_first_then_by_the_visit(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    made = []
    with app.app_context(), transaction():
        for number in range(ON_A_PAGE + 5):
            starts = MONDAY_10AM + number * HOUR
            who = make_patient(f"Person {number:02}", f"p{number}@example.org")
            urgent = {"u_now": said("faint")} if number == ON_A_PAGE + 3 else {}
            form = make_sent(
                clinic, urgent, patient_id=who.id, starts_at=starts, ends_at=starts + HOUR
            )
            made.append(str(form.appointment.public_id))
    page = cast["reception"].get("/forms?list=to-review")
    names = re.findall(r"<b>(Person \d+)</b>", page.text)
    rest = [f"Person {n:02}" for n in range(ON_A_PAGE + 5) if n != ON_A_PAGE + 3]
    assert names == [f"Person {ON_A_PAGE + 3}", *rest[: ON_A_PAGE - 1]]
    assert "Page 1 of 2" in page.text
    after = next(href for href, words in page.links if words.strip() == "Next")
    assert after == "/forms?list=to-review&page=2#list"
    page = cast["reception"].get(after.replace("&amp;", "&"))
    assert re.findall(r"<b>(Person \d+)</b>", page.text) == rest[ON_A_PAGE - 1 :]
    beside = cast["reception"].get(f"/forms/{made[-1]}")
    assert "Page 2 of 2" in beside.text
    assert "Page 1 of 2" in cast["reception"].get(f"/forms/{made[0]}").text
    assert "Page 2 of 2" in cast["reception"].get("/forms?list=to-review&page=999").text
    own = cast["mei"].get("/forms/to-read?list=ready")
    assert "Page 1 of 2" in own.text
    first = cast["mei"].get("/forms/to-read").text
    assert re.findall(r"<b>(Person \d+)</b>", first) == [f"Person {ON_A_PAGE + 3}"]


@pytest.mark.both
def test_a_longer_queue_costs_no_more_queries(app: Flask, clinic: Clinic) -> None:
    def queries_for_the_queue() -> int:
        asked: list[str] = []
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
            desk_queue(tab=None, chosen=None, now=NOW)
        return len([each for each in asked if each.startswith("SELECT")])

    sent(app, clinic, {"bleed_dis": said("yes")})
    few = queries_for_the_queue()
    for hours, name in enumerate(("Rosa Lindqvist", "Priya Raman", "Sam Eriksen"), 2):
        sent(app, clinic, {"fits": said("yes")}, **hours_later(app, name, hours))
    assert queries_for_the_queue() == few


def test_nothing_of_a_form_reaches_the_log(
    app: Flask, clinic: Clinic, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    visit = sent(app, clinic, HIDDEN_AT_STANDARD)
    cast["reception"].get(f"/forms/{visit}").submit(button="I have rung")
    cast["mei"].get(f"/forms/{visit}/read")
    for word in (*CANARIES, "aspirin", "Amara"):
        assert word not in caplog.text


def test_a_visit_whose_form_nobody_began_waits_with_the_patient(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    with app.app_context(), transaction():
        visit = str(make_appointment(clinic).public_id)
    assert "Amara" not in cast["reception"].get("/forms").text
    page = cast["reception"].get("/forms").click("With patient")
    assert "Amara Osei" in page.text
    assert "Not begun" in page.text
    assert "Nothing to prepare" in cast["reception"].get(f"/forms/{visit}").text


def test_looking_at_the_queue_or_a_form_leaves_exactly_one_row_in_the_audit(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    """Holds sec_H1."""
    visit = sent(app, clinic)
    desk = cast["reception"]

    def new_rows(look: Callable[[], Page]) -> list[str]:
        with app.app_context():
            before = session().scalars(select(AuditRow.id)).all()
        assert look().status == 200
        with app.app_context():
            rows = session().scalars(select(AuditRow).where(AuditRow.id.not_in(before)))
            return [f"{row.actor} {row.tag}" for row in rows]

    who = f"user:{clinic.reception_user}"
    assert new_rows(lambda: desk.get("/forms")) == [f"{who} forms:listed"]
    assert new_rows(lambda: desk.get(f"/forms/{visit}")) == [f"{who} intake:opened"]
    assert new_rows(lambda: desk.get(f"/forms/{visit}/ask")) == [f"{who} intake:opened"]


def test_a_form_is_taken_and_can_be_taken_over_by_name(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic)
    page = cast["reception"].get(f"/forms/{visit}").submit(button="Take this form")
    assert "Taken by Dana Whitlock, 12:00pm" in page.text
    assert "Dana, 12:00pm" in page.text
    with app.app_context(), transaction():
        form_of(visit).claimed_by = clinic.owner_user
    page = cast["reception"].get(f"/forms/{visit}").submit(button="Take it over")
    assert "Taken by Dana Whitlock" in page.text


def test_two_who_take_the_same_form_at_once_do_not_both_have_it(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    """Holds sec_J14."""
    visit = sent(app, clinic)
    page = cast["reception"].get(f"/forms/{visit}")
    with app.app_context(), transaction():
        form_of(visit).claimed_by = clinic.owner_user
    refused = page.submit(button="Take this form")
    assert refused.status == 409
    assert "Somebody else has taken this form" in refused.text


@pytest.mark.both
def test_of_many_who_take_a_form_at_the_same_moment_one_has_it(app: Flask, clinic: Clinic) -> None:
    visit = UUID(sent(app, clinic))
    with app.app_context(), transaction():
        users = [make_user(f"D{n}", f"d{n}@example.org", Role.RECEPTION).id for n in range(4)]
    ready = Barrier(len(users))

    def take(user_id: int) -> bool:
        actor = Actor(roles=frozenset({Role.RECEPTION}), user_id=user_id)
        ready.wait()
        with app.app_context():
            try:
                with transaction():
                    review.claim(actor, visit, holder=None, now=NOW)
            except WrongState:
                return False
            return True

    with ThreadPoolExecutor(len(users)) as pool:
        took = list(pool.map(take, users))
    assert sum(took) == 1
    with app.app_context():
        assert form_of(str(visit)).claimed_by == users[took.index(True)]


def test_an_urgent_form_says_whom_to_ring_and_what_to_say_and_nothing_of_why(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = begun(app, clinic, {"u_now": said("heavy_bleed")})
    page = cast["reception"].get(f"/forms/{visit}")
    assert "Ring Amara Osei now on the safe number" in page.text
    assert "+44 7700 900123" in page.text
    assert "Please call NHS 111 or 999. Don’t wait for us." in page.text
    assert "Then tell Mei Tan." in page.text
    assert "leed" not in page.text
    page = page.submit(button="I have rung")
    assert "Dana has rung" in page.text
    assert "Ring now" not in page.text
    assert clearance(app, visit) is Clearance.WAITING


def test_the_gentle_script_is_used_where_the_rule_asks_for_it(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    answers = {"preg_status": said("yes"), "preg_scan": said("elsewhere")}
    page = cast["reception"].get(f"/forms/{begun(app, clinic, answers)}")
    assert "I am sorry to ring you about this." in page.text


def test_what_a_practitioner_decides_on_is_hers_and_the_desk_keeps_the_booking(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, {"preg_status": said("yes"), "preg_bleed": said("no")})
    page = cast["reception"].get(f"/forms/{visit}")
    assert "Mei reads this form before treatment" in page.text
    assert "Keep the booking. Please don’t ask Amara why. Mei has not opened it yet." in page.text
    cast["mei"].get(f"/forms/{visit}/read")
    assert "Mei last opened it: today 12:00pm" in cast["reception"].get(f"/forms/{visit}").text


def test_a_form_is_ready_when_both_parts_are_done(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, {"implant_elec": said("yes")})
    page = cast["reception"].get(f"/forms/{visit}").submit(button="My part is done")
    assert "It moves to Ready when Mei has recorded a decision." in page.text
    assert state(app, visit) is FormState.WITH_PRACTITIONER
    read = cast["mei"].get(f"/forms/{visit}/read")
    read.submit({"choice": "adapt", "note": "No electric stimulation"}, button="Record decision")
    assert state(app, visit) is FormState.READY
    page = cast["reception"].get(f"/forms/{visit}")
    assert "Mei has read this form and decided" in page.text
    assert "electric stimulation" not in page.text
    assert "Amara Osei" in cast["reception"].get("/forms").click("Ready").text


def test_the_desk_is_told_to_ask_when_the_visit_is_not_to_go_ahead(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, {"implant_elec": said("yes")})
    read = cast["mei"].get(f"/forms/{visit}/read")
    read.submit({"choice": "delay", "note": "Cardiology first"}, button="Record decision")
    page = cast["reception"].get(f"/forms/{visit}")
    assert "Ask Mei before the visit." in page.text
    assert "Cardiology" not in page.text


def test_reception_is_not_done_while_somebody_is_still_to_be_rung(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic)
    page = cast["reception"].get(f"/forms/{visit}")
    with app.app_context(), transaction():
        save(form_of(visit), {**QUIET, "u_now": said("one_leg")})
    refused = page.submit(button="My part is done")
    assert refused.status == 409
    assert "Please ring first" in refused.text
    assert "My part is done" not in cast["reception"].get(f"/forms/{visit}").text


def test_needs_at_the_desk_appear_as_cards(app: Flask, clinic: Clinic, cast: Cast) -> None:
    changes = {
        "access": said("step_free", "other"),
        "access_other": Answer(text="a chair with arms"),
        "language": said("yes"),
        "language_which": Answer(text="Portuguese"),
        "contact_note": Answer(text="Text before you ring"),
    }
    page = cast["reception"].get(f"/forms/{sent(app, clinic, changes)}")
    for words in ("a chair with arms", "Yes: Portuguese", "Text before you ring"):
        assert page.text.count(words) == 2, words


def test_someone_too_young_is_reception_s_to_see_to(app: Flask, clinic: Clinic, cast: Cast) -> None:
    young = {"dob": Answer(date=PartialDate(2012, 3, 4))}
    page = cast["reception"].get(f"/forms/{sent(app, clinic, young)}")
    assert "<h3>Under 16</h3>" in page.text
    assert "Follow the young-person steps." in page.text


def test_a_young_person_old_enough_to_book_has_steps_of_her_own(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    young = {"dob": Answer(date=PartialDate(2010, 3, 4))}
    page = cast["reception"].get(f"/forms/{sent(app, clinic, young)}")
    assert "<h3>Under 18</h3>" in page.text
    assert "not booked online" not in page.text


def answering(app: Flask, visit: str) -> Browser:
    browser = Browser(app)
    with app.app_context(), transaction():
        appointment = form_of(visit).appointment_id
        token = accounts.start_visit_session(appointment, by_mail=True, now=clock.now())
    sign_in_with(browser, token)
    return browser


def test_a_missing_answer_is_asked_for_comes_back_and_the_part_is_marked_done(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic)
    desk = cast["reception"]
    ask = desk.get(f"/forms/{visit}").click("Ask Amara a question")
    assert ask.text.index("Who is your GP") < ask.text.index("What name should we use")
    page = ask.submit({"questions": ["gp"]}, button="Send the question")
    assert page.status == 200
    assert "Asked again" in page.text
    assert state(app, visit) is FormState.NEEDS_INFORMATION
    assert "1 to answer" in desk.get("/forms").click("With patient").text

    with app.app_context():
        (mail,) = session().scalars(select(Mail).where(Mail.kind == "intake/question"))
        assert mail.snapshot["to_address"] == "amara@example.org"
        assert "/form" in mail.snapshot["link"]
        # The link's token is drawn by lot, so the letters are looked for in everything else.
        assert "GP" not in str({**mail.snapshot, "link": ""})

    hers = answering(app, visit).get("/questions/")
    assert hers.submit({"gp": "Dr Ng, Canal Street"}, having="gp").status == 200

    assert state(app, visit) is FormState.SUBMITTED
    page = desk.get(f"/forms/{visit}")
    assert "Dr Ng, Canal Street" in page.text
    page.submit(button="My part is done")
    assert state(app, visit) is FormState.READY


def test_she_sees_who_has_opened_her_answers(app: Flask, clinic: Clinic, cast: Cast) -> None:
    """Holds sec_H3."""
    visit = sent(app, clinic)
    hers = answering(app, visit)
    assert "Nobody at the clinic has opened them yet." in hers.get(f"/questions/{visit}/mine").text
    for _turn in range(2):
        cast["reception"].get(f"/forms/{visit}")
    cast["mei"].get(f"/forms/{visit}/read")
    text = hers.get(f"/questions/{visit}/mine").text
    assert "Dana Whitlock, reception</dt><dd>2 times, last on Fri 2 July, 12:00pm" in text
    assert "Mei Tan, practitioner</dt><dd>1 time, last on Fri 2 July, 12:00pm" in text


def test_asking_twice_while_it_waits_sends_one_message(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic)
    for _turn in range(2):
        page = cast["reception"].get(f"/forms/{visit}/ask")
        page.submit({"questions": ["gp"]}, button="Send the question")
    with app.app_context():
        mails = session().scalars(select(Mail).where(Mail.kind == "intake/question")).all()
        assert len(mails) == 1


def test_asking_nothing_says_what_to_do(app: Flask, clinic: Clinic, cast: Cast) -> None:
    page = (
        cast["reception"].get(f"/forms/{sent(app, clinic)}/ask").submit(button="Send the question")
    )
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert "Choose at least one question." in page.text


@pytest.mark.parametrize("question", ["preg_status", "u_now", "no_such_question", "correct"])
def test_what_the_desk_does_not_see_it_cannot_ask_about(
    app: Flask, clinic: Clinic, cast: Cast, question: str
) -> None:
    page = cast["reception"].get(f"/forms/{sent(app, clinic)}/ask")
    assert f'value="{question}"' not in page.text
    assert page.submit({"questions": [question]}, button="Send the question").status == 422


def test_the_link_is_sent_again_to_someone_who_has_not_sent_her_form(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = begun(app, clinic, {})
    page = cast["reception"].get(f"/forms/{visit}").submit(button="Send the link again")
    page.submit(button="Send the link again")
    with app.app_context():
        kinds = session().scalars(select(Mail.kind)).all()
        assert kinds == ["intake/question"]


HIDDEN_AT_STANDARD = {
    "u_now": said("heavy_bleed"),
    "preg_status": said("yes"),
    "preg_weeks": Answer(number=7777),
    "preg_scan": said("not_yet"),
    "preg_bleed": said("unchecked"),
    "preg_care": said("hospital"),
    "preg_told": said("yes"),
    "preg_told_text": Answer(text="canary-told"),
    "allergy_any": said("yes"),
    "allergy_list": said("medicine", "latex"),
    "allergy_medicine": Answer(text="Utrogestan canary-allergy"),
    "allergy_react_latex": said("breathing"),
    "med_any": said("list"),
    "med_list": Answer(
        rows=(
            {
                "med_name": Answer(text="aspirin canary-name"),
                "med_dose": Answer(text="75 mg"),
                "med_why": Answer(text="canary-why"),
                "med_by": said("fertility_clinic"),
            },
            {"med_name": Answer(text="Cyclogest"), "med_dose": Answer(text="canary-dose")},
            {"med_name": Answer(text="misoprostol")},
            {"med_name": Answer(text="Gonal-F")},
            {"med_name": Answer(text="zorbafex")},
        )
    ),
}
CANARIES = [
    *("canary", "7777", "Cyclogest", "misoprostol", "Gonal", "zorbafex", "Fertility clinic"),
    *("Bleeding that soaks", "Are you pregnant", "checked yet", "Hospital or", "U-BLEED"),
    *("B-PREG", "Utrogestan", "womb", "N-MEDX"),
]
# Whole words of health that stand in what reception may see at `standard`, and not at `tasks`.
CANARIES_AT_TASKS = ["aspirin", "75 mg", "Latex", "Trouble breathing", "27 March 1990", "canary"]


@pytest.mark.parametrize("level", [Level.STANDARD, Level.TASKS])
def test_what_a_level_hides_is_in_no_byte_of_any_answer(
    app: Flask, clinic: Clinic, cast: Cast, level: Level
) -> None:
    """Holds sec_D4."""
    show(app, level)
    visit = sent(app, clinic, HIDDEN_AT_STANDARD)
    desk = cast["reception"]
    pages = [
        desk.get("/forms"),
        desk.get("/forms", {"list": "with-patient"}),
        desk.get(f"/forms/{visit}"),
        desk.get(f"/forms/{visit}/ask"),
        desk.get(f"/forms/{visit}").submit(button="I have rung"),
        desk.get(f"/forms/{visit}").submit(button="Take this form"),
        desk.get(f"/forms/{visit}/ask").submit(button="Send the question"),
        desk.get(f"/forms/{visit}").submit(button="My part is done"),
    ]
    hidden = CANARIES + (CANARIES_AT_TASKS if level is Level.TASKS else [])
    for page in pages:
        raw = page.response.get_data() + str(page.headers).encode()
        found = [word for word in hidden if word.lower().encode() in raw.lower()]
        assert found == [], page.url


def test_standard_shows_what_it_may_and_full_everything(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    visit = sent(app, clinic, HIDDEN_AT_STANDARD)
    page = cast["reception"].get(f"/forms/{visit}")
    for word in ("aspirin", "75 mg", "Latex", "Trouble breathing", "27 March 1990"):
        assert word in page.text
    assert page.text.count("Kept for Mei") == 6
    show(app, Level.FULL)
    page = cast["reception"].get(f"/forms/{visit}")
    for word in ("canary-why", "canary-told", "7777", "misoprostol", "zorbafex"):
        assert word in page.text
    assert "Kept for Mei" not in page.text


def test_a_form_with_nothing_hidden_looks_as_one_with(
    app: Flask, clinic: Clinic, cast: Cast
) -> None:
    page = cast["reception"].get(f"/forms/{sent(app, clinic)}")
    assert page.text.count("Kept for Mei") == 6
    assert "Some answers are kept for the practitioner." in page.text


@pytest.mark.parametrize(
    "address",
    ["/forms", "/forms/{visit}", "/forms/{visit}/ask"],
)
@pytest.mark.parametrize(
    ("who", "status"),
    [("reception", 200), ("mei", 403), ("ines", 403), ("owner", 403)],
)
def test_reception_s_pages_are_reception_s(
    app: Flask, clinic: Clinic, cast: Cast, address: str, who: str, status: int
) -> None:
    visit = sent(app, clinic, {"else": Answer(text="canary-else")})
    page = cast[who].get(address.format(visit=visit))
    assert page.status == status
    assert status == 200 or "canary-else" not in page.text


@pytest.mark.parametrize("act", ["claim", "rang", "done", "remind", "ask"])
@pytest.mark.parametrize("who", ["mei", "owner", "stranger"])
def test_nobody_else_acts_for_reception(
    app: Flask, clinic: Clinic, cast: Cast, act: str, who: str
) -> None:
    visit = sent(app, clinic)
    page = cast["reception"].get(f"/forms/{visit}")
    token = dict(page.forms[0].fields)["csrf_token"]
    assert cast[who].post(f"/forms/{visit}/{act}", {"csrf_token": token}).status in {400, 401, 403}
    assert state(app, visit) is FormState.SUBMITTED


def test_a_form_that_is_not_there_is_not_found(app: Flask, clinic: Clinic, cast: Cast) -> None:
    assert cast["reception"].get(f"/forms/{UUID(int=7)}").status == 404
    assert cast["reception"].get("/forms/7").status == 404


@pytest.mark.both
def test_the_review_works_on_both_databases(app: Flask, clinic: Clinic, cast: Cast) -> None:
    visit = sent(app, clinic, {**listed("Clexane"), "fits": TALK})
    page = cast["reception"].get(f"/forms/{visit}").submit(button="Take this form")
    page = page.submit(button="My part is done")
    assert page.status == 200
    read = cast["mei"].get(f"/forms/{visit}/read")
    done = read.submit({"choice": "adapt", "note": "Shallow"}, button="Record decision")
    assert done.status == 200
    assert state(app, visit) is FormState.READY
    assert clearance(app, visit) is Clearance.CLEAR
