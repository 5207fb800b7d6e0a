"""Reception's worklist: whom to call or text, what came back, and what did not arrive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Actor, Permission
from booking.appointments.views import site
from booking.appointments.views.messages import KINDS
from booking.audit import actions as audit
from booking.audit.rules.visits import WorklistOpened
from booking.calendars.actions import answers
from booking.calendars.queries import answers as answer_queries
from booking.calendars.queries import copies
from booking.calendars.queries import outside as calendar_queries
from booking.calendars.rules import Answer
from booking.calendars.rules.outside import is_stale
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import N_, BadInput
from booking.patients import queries as patients
from booking.reminders import actions, queries
from booking.reminders.actions import undelivered
from booking.reminders.forms import AddressForm
from booking.reminders.models import ContactTask, Told
from booking.reminders.queries import undelivered as undelivered_queries

bp = Blueprint("reminders", __name__)
BLUEPRINTS = (bp,)

TOLD = {
    Told.REMINDER: N_("Remind of the visit"),
    Told.MOVED: N_("Tell that the visit was moved"),
    Told.CANCELLED: N_("Tell that the visit was cancelled"),
    Told.HELD: N_("Reminder held back"),
}
CAME_BACK = {
    Answer.ACCEPTED: N_("Accepted"),
    Answer.TENTATIVE: N_("Perhaps"),
    Answer.DECLINED: N_("Declined. Please ask whether the visit should be cancelled."),
    Answer.OTHER_TIME: N_("Asks for another time. The visit stays as it is until you move it."),
    Answer.UNDELIVERED: N_("A message came back undelivered. Please check the address."),
}


@dataclass(frozen=True)
class Notice:
    """A line above the day: words, already translated, and where they lead."""

    words: str
    address: str


def notices(actor: Actor, now: datetime) -> Sequence[Notice]:
    """What whoever looks at the day should know first."""
    found: list[Notice] = []
    if actor.may(Permission.WORKLIST):
        found += _for_reception(now)
    if actor.practitioner_id is not None and actor.may(Permission.CALENDAR_OWN):
        found += _for_practitioner(actor.practitioner_id, now)
    return found


def _for_reception(now: datetime) -> Iterator[Notice]:
    page = url_for("reminders.worklist")
    if dead := undelivered_queries.count():
        words = ngettext("A message did not arrive", "%(num)s messages did not arrive", dead)
        yield Notice(words, f"{page}#undelivered")
    if waiting := answer_queries.count_to_look_at(now=now):
        words = ngettext(
            "A visit's invitation was answered", "%(num)s invitations were answered", waiting
        )
        yield Notice(words, f"{page}#answers")


def _for_practitioner(practitioner_id: int, now: datetime) -> Iterator[Notice]:
    page = url_for("calendars.calendar")
    rows = calendar_queries.calendars_of(practitioner_id)
    if any(is_stale(row.read_at, row.failing_since, now=now) for row in rows):
        yield Notice(_("Your other calendar has not been read since yesterday"), f"{page}#busy")
    server = copies.server_of(practitioner_id)
    if server is not None and is_stale(None, server.failing_since, now=now):
        words = _("Your calendar server has not taken your visits since yesterday")
        yield Notice(words, f"{page}#server")


def answer_words(visit: Any) -> str:
    """What last came back about a visit, untranslated; empty where nothing did."""
    found = answer_queries.latest(visit)
    return CAME_BACK[found.answer] if found else ""


@bp.get("/worklist")
@needs(Permission.WORKLIST)
def worklist() -> Any:
    """Show everything that waits for somebody at reception to call, look or mend."""
    return _page()


@bp.post("/worklist/<uuid:public_id>/done")
@needs(Permission.WORKLIST)
def task_done(public_id: UUID) -> Response:
    """Note that a call or text was made."""
    with transaction():
        actions.finish_task(current_actor(), public_id, now=clock.now())
    return _back(_("Noted."))


@bp.post("/worklist/answers/<uuid:public_id>/done")
@needs(Permission.WORKLIST)
def answer_done(public_id: UUID) -> Response:
    """Note that an answer was dealt with."""
    with transaction():
        answers.finish(current_actor(), public_id, now=clock.now())
    return _back(_("Noted."))


@bp.post("/worklist/messages/<uuid:public_id>/mend")
@needs(Permission.WORKLIST)
def mend(public_id: UUID) -> Any:
    """Write the right address down and send the message there."""
    undelivered_queries.message(public_id)
    form = AddressForm()
    if not form.validate():
        return _page(form=form, mending=public_id)
    try:
        with transaction():
            undelivered.mend(
                current_actor(),
                public_id,
                form.email.data or "",
                now=clock.now(),
                base_url=site.base_url(),
            )
    except BadInput as refused:
        form.email.errors = [_(refused.message)]
        return _page(form=form, mending=public_id)
    return _back(_("The address is changed, and the message is on its way."))


@bp.post("/worklist/messages/<uuid:public_id>/send-again")
@needs(Permission.WORKLIST)
def send_again(public_id: UUID) -> Response:
    """Try the same address once more."""
    with transaction():
        undelivered.send_again(current_actor(), public_id, now=clock.now())
    return _back(_("The message is on its way once more."))


@bp.post("/worklist/messages/<uuid:public_id>/leave")
@needs(Permission.WORKLIST)
def leave(public_id: UUID) -> Response:
    """Take the message off the list."""
    with transaction():
        undelivered.leave(current_actor(), public_id, now=clock.now())
    return _back(_("The message is off the list. It was not sent."))


def _in_peace(tasks: Sequence[ContactTask], now: datetime) -> set[int]:
    """The entries about people whom today, where they come, nobody should call."""
    visits = {task.id: task.appointment for task in tasks}
    avoid = patients.hard_dates({visit.patient.resource_id for visit in visits.values()})
    return {
        number
        for number, visit in visits.items()
        if avoid[visit.patient.resource_id].meet(now, ZoneInfo(visit.location.zone))
    }


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for("reminders.worklist"), code=303)


def _page(*, form: AddressForm | None = None, mending: UUID | None = None) -> Any:
    actor, now = current_actor(), clock.now()
    tasks = queries.open_tasks(now=now)
    came_back = answer_queries.to_look_at(now=now)
    dead = undelivered_queries.undelivered()
    page = render_template(
        "reminders/worklist.html",
        tasks=[task for task in tasks if task.told is not Told.HELD],
        held=[task for task in tasks if task.told is Told.HELD],
        in_peace=_in_peace(tasks, now),
        told_words=TOLD,
        came_back=came_back,
        answer_words=CAME_BACK,
        dead=dead,
        kinds=KINDS,
        form=form or AddressForm(formdata=None),
        mending=mending,
    )
    with transaction():
        entries = len(tasks) + len(came_back) + len(dead)
        audit.record(WorklistOpened(entries=entries), by=actor, at=now)
    return page, 422 if form and form.errors else 200
