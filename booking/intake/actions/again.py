"""A patient answers a question that the clinic asked again after she had sent the form."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.forms import AnswersSaved
from booking.intake.actions import consents, flags
from booking.intake.actions.patient import (
    form_for_appointment,
    known_browser,
    newest_draft,
    store,
)
from booking.intake.actions.wishes import hand_over
from booking.intake.models import Flag, Question
from booking.intake.queries import patient as queries
from booking.intake.queries.patient import Filling
from booking.intake.rules.answers import Answer, Answers
from booking.intake.rules.draft import Draft
from booking.intake.rules.questionnaire import Item, Questionnaire, live, walk


def answer_again(
    actor: Actor,
    visit: UUID,
    asked: UUID,
    given: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    """Store the answer to the question asked, as a new version of all answers.

    Once no question is left open the form goes back to those who review it. `link` is the full
    address of the list of forms. Raises NotFound, WrongState when it was answered before.
    """
    filled, question = _asked(actor, visit, asked, token=token, now=now)
    item = filled.questionnaire.find(question.link_id)
    own = {each.link_id for each in walk([item])}
    question.answered_at = now
    return _amend(actor, filled, item, own, given, token=token, link=link, now=now)


def answer_first_part(
    actor: Actor,
    visit: UUID,
    asked: UUID,
    given: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    """Store an answer that opens a list; the question stays open until something is listed."""
    filled, question = _asked(actor, visit, asked, token=token, now=now)
    item = filled.questionnaire.find(question.link_id)
    own = {each.link_id for each in walk([item])}
    return _amend(actor, filled, item, own, given, token=token, link=link, now=now)


def add_row(
    actor: Actor,
    visit: UUID,
    asked: UUID,
    group: Item,
    row: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    """Add one row to the list the clinic asked about; what was listed before stays."""
    filled, _question = _asked(actor, visit, asked, token=token, now=now)
    before = _kept(filled).answers.get(group.link_id)
    listed = before.rows if before is not None else ()
    rows = listed if row in listed[-1:] else (*listed, row)  # the button may be pressed twice
    given = {group.link_id: Answer(rows=rows)}
    own = {group.link_id}
    return _amend(actor, filled, group, own, given, token=token, link=link, now=now)


def finish_list(
    actor: Actor, visit: UUID, asked: UUID, *, token: str, link: str, now: datetime
) -> None:
    """Close a question that asked for a list: everything was added."""
    filled, question = _asked(actor, visit, asked, token=token, now=now)
    question.answered_at = now
    if filled.form is not None:
        flags.raise_for(filled.form, _kept(filled).answers, link=link, now=now)


def _asked(
    actor: Actor, visit: UUID, asked: UUID, *, token: str, now: datetime
) -> tuple[Filling, Question]:
    filled = queries.filling(actor, visit, token=token, now=now)
    form_for_appointment(filled.visit.id, now=now)  # rivals wait for each other here
    return filled, queries.question_asked(filled, asked)


def _kept(filled: Filling) -> Draft:
    return newest_draft(filled.form) if filled.form is not None else Draft()


def _amend(
    actor: Actor,
    filled: Filling,
    item: Item,
    own: set[str],
    given: Answers,
    *,
    token: str,
    link: str,
    now: datetime,
) -> Sequence[Flag]:
    form = form_for_appointment(filled.visit.id, now=now)
    browser = known_browser(form, token, now=now)
    kept = newest_draft(form)
    answers = {key: answer for key, answer in kept.answers.items() if key not in own} | dict(given)
    # Whoever gave the page keeps it: answering one question must not show its neighbours.
    givers = {_page_of(item, filled.questionnaire).link_id: browser.circle, **kept.given_by}
    counted = live(filled.questionnaire.sections, answers)
    draft = Draft(counted, givers, kept.carried)
    version = store(form, draft, status="amended", now=now)
    hand_over(form, counted, now=now)
    consents.keep_said(actor, form, counted, source=consents.herself(actor), now=now)
    raised = flags.raise_for(form, counted, link=link, now=now)
    saved = AnswersSaved(patient_id=form.patient_id, form_id=form.id, version=version)
    audit.record(saved, by=actor, at=now)
    return raised


def _page_of(item: Item, asked: Questionnaire) -> Item:
    """The page on which a question stands."""
    pages = [page for section in asked.sections for page in section.items]
    return next(page for page in pages if item in list(walk([page])))
