"""What the patient's pages share: the browser's secret, the form as it sees it, ways onward."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, make_response, redirect, request, url_for
from flask import render_template as render
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor
from booking.appointments.emails import wanted_by
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.db import transaction
from booking.core.tokens import new_token
from booking.core.words import local_day
from booking.intake.actions import patient as actions
from booking.intake.forms.patient import PageForm, page_form
from booking.intake.queries import patient as queries
from booking.intake.queries.patient import Filling
from booking.intake.rules import flags as flag_rules
from booking.intake.rules import medicines
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.facts import Circumstances
from booking.intake.rules.progress import Page, offered
from booking.intake.rules.questionnaire import Item, live, questions
from booking.intake.rules.visibility import Level, shown

bp = Blueprint("questions", __name__, url_prefix="/questions")

DEVICE_DAYS = 120
CHECK = "check"  # where "Change" links come from and lead back to
MINE = "mine"  # the same for a form that was sent: changing it is a correction


@dataclass(frozen=True)
class Steps:
    """A page among the others this browser goes through."""

    page: Page
    count: int
    back: str


def device() -> str:
    """The secret by which this browser is known to the form: its cookie, or a new one."""
    if "device" not in g:
        kept = request.cookies.get(_cookie_name(), "")
        g.device = kept if len(kept) == len(new_token()) else new_token()
    return str(g.device)


def remember_device(response: Response) -> Response:
    """Leave the secret with the browser, so that it sees again what was answered in it."""
    response.set_cookie(
        _cookie_name(),
        device(),
        max_age=DEVICE_DAYS * 86400,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.after_app_request
def forget_device(response: Response) -> Response:
    """Whoever signs out leaves a browser that shows nothing more of what was answered in it."""
    if request.endpoint == "accounts.sign_out":
        response.delete_cookie(
            _cookie_name(),
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
    return response


def _cookie_name() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def load(visit: UUID) -> Filling:
    """The patient's own visit and its form, as this browser sees them."""
    return queries.filling(current_actor(), visit, token=device(), now=clock.now())


NUMBERS = re.compile(r"\d[\d ]+\d")
"""A telephone number within a sentence."""


def today(filled: Filling) -> date:
    """The day it is at the clinic."""
    return local_day(clock.now(), filled.visit.location.zone)


def numbers() -> dict[str, str]:
    """The clinic's own numbers, as fixed texts name them; what a region suggests, translated."""
    clinic = clinic_queries.organisation()
    return {
        "emergency_number": clinic.emergency_number,
        "emergency_department": _(clinic.emergency_department),
        "urgent_line": _(clinic.urgent_advice_line),
        "early_pregnancy_unit": _(clinic.early_pregnancy_unit),
        "crisis_text": _(clinic.crisis_text),
    }


def fixed(filled: Filling, link_id: str) -> str:
    """A fixed text with the clinic's numbers."""
    return str(_(filled.questionnaire.find(link_id).text)).format(**numbers())


def calls_for(texts: Collection[str]) -> list[tuple[str, str]]:
    """Numbers to ring at a touch: digits and words, where the clinic's setting has digits."""
    kind = "emergency_number" if {"P-999", "P-CRISIS"} & set(texts) else "urgent_line"
    words = numbers()[kind]
    found = [("".join(letter for letter in words if letter.isdecimal()), words)]
    if "P-CRISIS" in texts:
        found += [
            ("".join(letter for letter in said if letter.isdecimal()), said)
            for said in NUMBERS.findall(numbers()["crisis_text"])
        ]
    return [call for call in found if call[0]]


@dataclass(frozen=True)
class Stop:
    """Ids of the fixed texts that stop her, and whether the clinic has been told."""

    texts: tuple[str, ...]
    told: bool

    def __bool__(self) -> bool:
        return bool(self.texts)


def stop_page(filled: Filling, stop: Stop, *, onward: str) -> str:
    """The page that stops her: fixed texts, numbers to ring, and what the clinic knows."""
    return render(
        "intake/patient/now.html",
        filled=filled,
        texts=[fixed(filled, text) for text in stop.texts],
        told=fixed(filled, "P-TOLD") if stop.told else "",
        calls=calls_for(stop.texts),
        onward=onward,
    )


def help_now(filled: Filling) -> dict[str, Any]:
    """The fixed urgent help: its lead, its calls, its signs."""
    signs = filled.questionnaire.find("start_signs").items
    return {
        "lead": fixed(filled, "start"),
        "call": fixed(filled, "start_call"),
        "signs": [_(sign.text) for sign in signs],
        "today": fixed(filled, "start_today"),
    }


def form_for(filled: Filling, page: Item, holder: Item) -> PageForm:
    """The form of the questions of `holder` (a page, or one question of it)."""
    own = {item.link_id for item in questions(page)}
    visible = filled.sight.answers
    before = live(filled.questionnaire.sections, {k: v for k, v in visible.items() if k not in own})
    put = offered(holder, {**before, **visible})
    filled_in = {**_told_when_booking(filled, page), **visible}
    return page_form(holder, put, filled_in, before=before, today=today(filled))


def _told_when_booking(filled: Filling, page: Item) -> Answers:
    """What she typed on the page of the booking, to be kept or changed here: not asked twice.

    Only on a page that nobody has saved, and only of the record that this booking made. It is no
    answer before she saves it.
    """
    patient, visit = filled.visit.patient, filled.visit
    another = abs(patient.created_at - visit.created_at) > timedelta(seconds=1)
    if page.link_id in filled.sight.draft.given_by or another:
        return {}
    told = {"name_known": Answer(text=patient.name)}
    if ways := tuple(patient.channels.split()):
        told["contact_ok"] = Answer(codes=ways)
    return told


def steps_of(filled: Filling, page: Item) -> Steps:
    """Where a page stands among those this browser goes through, and what lies behind it."""
    visit = filled.visit.public_id
    all_pages = filled.sight.pages()
    if page.link_id not in [each.item.link_id for each in all_pages]:
        all_pages = filled.sight.pages_to_change()
    here = next(each for each in all_pages if each.item.link_id == page.link_id)
    before = filled.sight.before(page.link_id)
    if (origin := request.args.get("from")) in {CHECK, MINE}:
        back = url_for(f"questions.{origin}", visit=visit)
    elif before is None:
        back = url_for("questions.tasks", visit=visit)
    else:
        back = url_for("questions.question", visit=visit, place=filled.place_of(before.item))
    return Steps(here, len(all_pages), back)


def onward(visit: UUID, page: Item, given: Answers) -> Response:
    """Where saving a page leads: urgent help, leaving, back to the check page, or the next page."""
    filled = load(visit)
    if urgent_stop(filled, given):
        return go_to("questions.now", visit, place=filled.place_of(page))
    if request.form.get("go") == "leave":
        return left(visit)
    return next_page(visit, page)


def next_page(visit: UUID, page: Item) -> Response:
    """The page after this one; from the check page, whatever the change opened, else back there."""
    filled = load(visit)
    origin = request.args.get("from", "")
    if origin in {CHECK, MINE}:
        still = filled.sight.next_open()
        if still is None:
            return go_to(f"questions.{origin}", visit)
        return go_to("questions.question", visit, place=filled.place_of(still.item), back=origin)
    following = filled.sight.after(page.link_id)
    if following is None:
        return go_to("questions.check", visit)
    return go_to("questions.question", visit, place=filled.place_of(following.item))


def correcting(filled: Filling) -> bool:
    """Whether she is changing what she has sent, coming from the page that shows it."""
    return filled.sent and request.args.get("from") == MINE


def save_page(filled: Filling, page: Item, given: Answers) -> None:
    """Keep the answers of one page: a step on the way, or a correction of what was sent."""
    save = actions.correct_page if correcting(filled) else actions.save_page
    with transaction():
        save(
            current_actor(),
            filled.visit.public_id,
            page,
            given,
            token=device(),
            link=forms_link(),
            now=clock.now(),
        )


def go_to(endpoint: str, visit: UUID, *, back: str = "", **values: Any) -> Response:
    """Redirect to another page of the same form; `back` is where a change was asked from."""
    address = url_for(endpoint, visit=visit, **values, **coming_from(back))
    return redirect(address, code=303)


def coming_from(place: str) -> dict[str, Any]:
    """The query that remembers where a change was asked from."""
    return {"from": place} if place else {}


def forms_link() -> str:
    """The full address of the list of forms, for the message to the desk."""
    return f"{current_app.extensions['settings'].base_url}{url_for('intake.queue')}"


def is_kept(section: Item) -> bool:
    """Whether the front desk sees none of a section's answers, as the clinic has it set."""
    level = Level(clinic_queries.organisation().reception_view)
    return not any(shown(level, item) for item in questions(section))


def urgent_stop(filled: Filling, given: Answers) -> Stop:
    """What these answers of one page call for at once."""
    at = Circumstances(today=today(filled), visit_on=today(filled))
    raised = flag_rules.raise_at_once(given, at, medicines=medicines.shipped())
    beside = flag_rules.shown_with(filled.questionnaire.items, given)
    texts = dict.fromkeys([*flag_rules.for_patient(raised), *beside])
    return Stop(tuple(texts), told=bool(raised))


def left(visit: UUID) -> Response:
    """The page that says good-bye, with a fresh code for another device."""
    with transaction():
        code = actions.new_resume_code(current_actor(), visit, token=device(), now=clock.now())
    filled = load(visit)
    shown = f"{code[:4]} {code[4:]}" if code else ""
    mailed = wanted_by(filled.visit.patient)
    page = render("intake/patient/left.html", filled=filled, code=shown, mailed=mailed)
    response: Response = make_response(page)
    return response
