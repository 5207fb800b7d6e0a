"""A patient fills in the form of her visit: save a page, leave, come back, send."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from booking.access.policy import Actor
from booking.accounts.actions import throttle
from booking.accounts.rules.throttle import CODE
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules.forms import AnswersOpened, AnswersSaved, FormSent
from booking.core.db import session
from booking.core.errors import N_, WrongState
from booking.core.sealed import ring
from booking.core.tokens import new_code
from booking.intake.actions import consents, flags
from booking.intake.actions.wishes import hand_over
from booking.intake.models import (
    AnswersVersion,
    ConsentKind,
    Flag,
    FormBrowser,
    FormState,
    IntakeForm,
    LaterForm,
)
from booking.intake.queries import answers as kept
from booking.intake.queries import patient as queries
from booking.intake.queries import questionnaires
from booking.intake.queries.patient import Filling
from booking.intake.rules.answers import Answers
from booking.intake.rules.draft import Draft
from booking.intake.rules.progress import SENDING_PAGE, still_missing
from booking.intake.rules.questionnaire import Item, Questionnaire, live, questions

CODE_LETTERS = 8  # about 40 bits, and five wrong tries before each has to wait
CODE_PURPOSE = "code to see answers on another device"
SENT_ALREADY = N_(
    "You have sent this already, so it can no longer be changed here. Please call us to correct it."
)
NOT_COMPLETE = N_("Some questions still need an answer. Nothing was sent.")


def form_for_appointment(appointment_id: int, *, now: datetime) -> IntakeForm:
    """Return the form of a visit, made now if there is none yet. Rivals wait for each other."""
    visit = (
        session()
        .scalars(select(Appointment).where(Appointment.id == appointment_id).with_for_update())
        .one()
    )
    form = kept.form_of(visit.id)
    if form is None:
        form = IntakeForm(
            owner_id=visit.patient.public_id,
            patient_id=visit.patient_id,
            appointment_id=visit.id,
            questionnaire_version=questionnaires.current().version,
            state=FormState.DRAFT,
            created_at=now,
        )
        session().add(form)
        session().flush()
        if (earlier := kept.last_sent_beside(visit)) is not None:
            session().add(LaterForm(form_id=form.id, earlier_id=earlier.id))
            session().flush()
    return form


def save_page(
    actor: Actor,
    visit: UUID,
    page: Item,
    given: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    """Store the answers of one page as a new version, and raise what must be seen at once.

    `token` is the browser's cookie; `link` the full address of the list of forms, for the
    message to the desk when something urgent was said. Raises NotFound, and WrongState when
    the form was sent.
    """
    filled = queries.filling(actor, visit, token=token, now=now)
    form = form_for_appointment(filled.visit.id, now=now)
    _ensure_draft(form)
    browser = known_browser(form, token, now=now)
    # Read again: a rival may have saved between our look and the lock on the visit.
    draft = newest_draft(form).with_page(page, given, by=browser.circle)
    version = store(form, draft, status="in-progress", now=now)
    form.first_answer_at = form.first_answer_at or now
    raised = flags.raise_for(form, draft.answers, link=link, now=now)
    audit.record(
        AnswersSaved(patient_id=form.patient_id, form_id=form.id, version=version),
        by=actor,
        at=now,
    )
    return raised


def correct_page(
    actor: Actor,
    visit: UUID,
    page: Item,
    given: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    """Store a correction of one page of a sent form, as a new version that is looked at again.

    What was sent before stays readable as the version it was. Raises NotFound, and WrongState
    when the form has not been sent.
    """
    filled = queries.filling(actor, visit, token=token, now=now)
    form = form_for_appointment(filled.visit.id, now=now)
    if form.sent_at is None:
        raise WrongState
    browser = known_browser(form, token, now=now)
    draft = newest_draft(form).with_page(page, given, by=browser.circle)
    counted = live(questionnaires.of(form).sections, draft.answers)
    version = store(form, replace(draft, answers=counted), status="amended", now=now)
    form.reception_done_at = form.reception_done_by = None
    hand_over(form, counted, now=now)
    consents.keep_said(actor, form, counted, source=consents.herself(actor), now=now)
    raised = flags.raise_for(form, counted, link=link, now=now)
    saved = AnswersSaved(patient_id=form.patient_id, form_id=form.id, version=version)
    audit.record(saved, by=actor, at=now)
    return raised


def note_opened(actor: Actor, filled: Filling, *, now: datetime) -> None:
    """Record that answers are being shown to the patient."""
    if filled.form is None:
        return
    opened = AnswersOpened(
        patient_id=filled.form.patient_id,
        form_id=filled.form.id,
        version=filled.version,
        view="patient",
    )
    audit.record(opened, by=actor, at=now)


def new_resume_code(actor: Actor, visit: UUID, *, token: str, now: datetime) -> str:
    """Make a code that shows this browser's answers on another device; an older one ends.

    Return "" for a browser that has given none: a code would show it what it may not see.
    """
    filled = queries.filling(actor, visit, token=token, now=now)
    browser = queries.browser_of(filled.form, token) if filled.form is not None else None
    if filled.form is None or browser is None:
        return ""
    code = new_code(CODE_LETTERS)
    keeper = session().get_one(FormBrowser, browser.circle)
    keeper.code_hash = _code_hash(filled.form, code)
    return code


def use_resume_code(actor: Actor, visit: UUID, code: str, *, token: str, now: datetime) -> bool:
    """Let this browser see what the one that showed `code` sees. False when it is not the code.

    Raises TooManyTries after wrong ones, WrongState or NotFound like any page of the form.
    """
    filled = queries.filling(actor, visit, token=token, now=now)
    name = throttle.bucket("answers-code", filled.visit.public_id)
    throttle.count(name, schedule=CODE, now=now)
    if filled.form is None:
        return False
    wanted = _code_hash(filled.form, code)
    keeper = session().scalar(
        select(FormBrowser).where(
            FormBrowser.form_id == filled.form.id, FormBrowser.code_hash == wanted
        )
    )
    if keeper is None:
        return False
    throttle.clear(name)
    browser = known_browser(filled.form, token, now=now)
    if browser.circle != keeper.circle:
        browser.joined_id = keeper.circle
    return True


def send(
    actor: Actor,
    visit: UUID,
    ticks: Answers,
    *,
    pages: Mapping[ConsentKind, str],
    token: str,
    link: str,
    now: datetime,
) -> IntakeForm:
    """Send the form: only the answers that count are kept, and every rule is asked.

    `ticks` are the answers of the sending page, `pages` the texts linked beside its statements.
    A second sending changes nothing. Raises WrongState while something needed is missing.
    """
    filled = queries.filling(actor, visit, token=token, now=now)
    form = form_for_appointment(filled.visit.id, now=now)
    if form.sent_at is not None:
        return form
    browser = known_browser(form, token, now=now)
    asked = questionnaires.of(form)
    draft = _with_ticks(newest_draft(form), asked, ticks, by=browser.circle)
    if still_missing(questionnaires.put_to(filled.visit.patient, asked), draft.answers):
        raise WrongState(NOT_COMPLETE)
    counted = live(asked.sections, draft.answers)
    version = store(form, replace(draft, answers=counted), status="completed", now=now)
    form.sent_at = now
    hand_over(form, counted, now=now)
    consents.keep_said(actor, form, counted, source=consents.herself(actor), pages=pages, now=now)
    flags.raise_for(form, counted, link=link, now=now)
    audit.record(
        FormSent(patient_id=form.patient_id, form_id=form.id, version=version), by=actor, at=now
    )
    return form


def _with_ticks(draft: Draft, asked: Questionnaire, ticks: Answers, *, by: int) -> Draft:
    """The draft with the statements of the sending page; those ticked before stay ticked."""
    page = asked.find(SENDING_PAGE)
    before = {item.link_id: draft.answers.get(item.link_id) for item in questions(page)}
    ticked = {key: answer for key, answer in before.items() if answer is not None}
    return draft.with_page(page, {**ticked, **ticks}, by=by)


def _ensure_draft(form: IntakeForm) -> None:
    if form.sent_at is not None:
        raise WrongState(SENT_ALREADY)


def newest_draft(form: IntakeForm) -> Draft:
    """Return the answers as they stand now."""
    found = kept.newest(form)
    if found is not None:
        return Draft.read(found.response)
    return kept.carried(kept.earlier_than(form), questionnaires.of(form))


def store(
    form: IntakeForm, draft: Draft, *, status: str, now: datetime, by: str = "patient"
) -> int:
    """Add the next version and return its number; `by` is "patient" or "user:<id>"."""
    before, asked = kept.newest(form), questionnaires.of(form)
    version = AnswersVersion(
        form_id=form.id,
        owner_id=form.owner_id,
        number=before.number + 1 if before is not None else 1,
        questionnaire_version=asked.version,
        saved_at=now,
        saved_by=by,
    )
    version.response = draft.written(asked, status=status, authored=now)
    form.questionnaire_version = asked.version
    session().add(version)
    session().flush()
    return version.number


def known_browser(form: IntakeForm, token: str, *, now: datetime) -> FormBrowser:
    """Return the browser's row for this form, made now for one that comes for the first time."""
    found = queries.browser_of(form, token)
    if found is None:
        found = FormBrowser(
            form_id=form.id, token_hash=queries.browser_hash(form, token), created_at=now
        )
        session().add(found)
        session().flush()
    return found


def _code_hash(form: IntakeForm, code: str) -> bytes:
    """Keyed, so that a stolen database does not give away so short a code."""
    told = f"{form.public_id}|{code}".encode()
    return hmac.digest(ring().derived(CODE_PURPOSE), told, hashlib.sha256)
