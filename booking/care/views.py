"""The quiet switch: one page for her, by link or signed in, and one for the clinic."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.emails import wanted_by
from booking.appointments.models import Appointment
from booking.appointments.queries import board
from booking.appointments.queries import patient as visits
from booking.appointments.views.desk_site import seen
from booking.audit import actions as audit
from booking.care import actions, queries
from booking.care.forms import PREFIX, ChangeForm, EndForm, change_form
from booking.care.models import Change
from booking.care.rules import TAKE_BACK, may_take_back
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotAllowed
from booking.core.settings import Settings
from booking.mail.outbox import InHand

bp = Blueprint("care", __name__)
BLUEPRINTS = (bp,)

WAIT_SECONDS = 0.25
LONGEST_WAIT = timedelta(seconds=5)
"""How long to wait for a message that is leaving at this very moment."""

Find = Callable[[UUID], Appointment]


@bp.get("/visit/changed")
@needs(Permission.MY_VISIT)
def mine() -> Any:
    """Lead to that page from wherever she is."""
    visit = queries.visit_at_hand(current_actor(), now=clock.now())
    return redirect(url_for("care.changed", visit=visit.public_id), code=303)


@bp.get("/visit/<uuid:visit>/changed")
@needs(Permission.MY_VISIT)
def changed(visit: UUID) -> Any:
    """Show what stops and what stays, before anything does; or how to come by her own mail."""
    if current_actor().just_booked:
        mine = visits.appointment_for(current_actor(), visit)
        return render_template("care/by_mail.html", visit=mine, mailed=wanted_by(mine.patient))
    return _page("care/changed.html", _mine(visit))


@bp.post("/visit/<uuid:visit>/changed")
@needs(Permission.MY_VISIT)
def say(visit: UUID) -> Any:
    """Stop it, in one press. No reason is asked, and no message says that it was pressed."""
    return _say(_mine, visit, "care/changed.html", "care.changed")


@bp.post("/visit/<uuid:visit>/changed/take-back")
@needs(Permission.MY_VISIT)
def take_back(visit: UUID) -> Any:
    """Bring back what was stopped."""
    return _take_back(_mine, visit, "care.changed")


@bp.post("/visit/<uuid:visit>/changed/end")
@needs(Permission.MY_VISIT)
def end(visit: UUID) -> Any:
    """Let messages and questions come again, whenever she wants them to."""
    return _end(_mine, visit, "care.changed")


@bp.get("/visits/<uuid:visit>/changed")
@needs(Permission.CARE_CHANGE)
def changed_at_desk(visit: UUID) -> Any:
    """The same for somebody who tells the clinic, with words to say on the telephone."""
    with transaction():
        audit.record(seen(_seen(visit)), by=current_actor(), at=clock.now())
    return _page("care/desk.html", _seen(visit))


@bp.post("/visits/<uuid:visit>/changed")
@needs(Permission.CARE_CHANGE)
def say_at_desk(visit: UUID) -> Any:
    """Stop it for her."""
    return _say(_seen, visit, "care/desk.html", "care.changed_at_desk")


@bp.post("/visits/<uuid:visit>/changed/take-back")
@needs(Permission.CARE_CHANGE)
def take_back_at_desk(visit: UUID) -> Any:
    """Bring back what was stopped, for her."""
    return _take_back(_seen, visit, "care.changed_at_desk")


@bp.post("/visits/<uuid:visit>/changed/end")
@needs(Permission.CARE_CHANGE)
def end_at_desk(visit: UUID) -> Any:
    """Let messages and questions come again, for somebody who asks for it."""
    return _end(_seen, visit, "care.changed_at_desk")


def _mine(visit: UUID) -> Appointment:
    """Raises NotAllowed for whoever just booked: anybody may, under her name and address."""
    if current_actor().just_booked:
        raise NotAllowed
    return visits.appointment_for(current_actor(), visit)


def _seen(visit: UUID) -> Appointment:
    return board.visit_for(current_actor(), visit)


def _say(find: Find, visit: UUID, template: str, back: str) -> Any:
    found = find(visit)
    form = change_form(queries.visits_to_come(current_actor(), found, now=clock.now()))
    if not form.validate():
        return _page(template, found, form)
    wait_until = clock.now() + LONGEST_WAIT
    while True:
        try:
            with transaction():
                actions.say(
                    current_actor(),
                    find(visit),
                    let_go=form.let_go,
                    gently=bool(form.gently.data),
                    now=clock.now(),
                    wait_until=wait_until,
                    base_url=_base_url(),
                )
        except InHand:
            time.sleep(WAIT_SECONDS)
        else:
            return redirect(url_for(back, visit=visit), code=303)


def _take_back(find: Find, visit: UUID, back: str) -> Any:
    with transaction():
        came_back = actions.take_back(
            current_actor(), find(visit), now=clock.now(), base_url=_base_url()
        )
        some_gone = bool(came_back.gone)
    if some_gone:
        flash(
            _(
                "Everything is as it was before, except for a visit whose time somebody else has "
                "now. Please choose another time, or call us."
            )
        )
    else:
        flash(_("Everything is as it was before."))
    return redirect(url_for(back, visit=visit), code=303)


def _end(find: Find, visit: UUID, back: str) -> Any:
    gently = bool(EndForm().gently.data)
    with transaction():
        actions.end(current_actor(), find(visit), gently=gently, now=clock.now())
    flash(_("Messages and questions come again from now on."))
    return redirect(url_for(back, visit=visit), code=303)


def _page(template: str, visit: Appointment, form: ChangeForm | None = None) -> Any:
    now, actor = clock.now(), current_actor()
    to_come = queries.visits_to_come(actor, visit, now=now)
    change = queries.latest_change(visit.patient.resource_id) if visit.patient.quiet_since else None
    form = form or change_form(to_come)
    page = render_template(
        template,
        form=form,
        visit=visit,
        of_visits=[(one, form[f"{PREFIX}{one.public_id}"]) for one in to_come],
        change=change,
        ending=EndForm(formdata=None, gently=visit.patient.gently),
        before=queries.over(visit.patient.resource_id),
        let_go=_let_go(change, visit),
        may_take_back=change is not None and may_take_back(change.at, now=now),
        until=change.at + TAKE_BACK if change is not None else None,
    )
    return page, 422 if form.errors else 200


def _let_go(change: Change | None, visit: Appointment) -> list[Appointment]:
    """The visits that were let go, as far as the reader may know of them."""
    gone = [each.appointment for each in change.visits] if change is not None else []
    actor = current_actor()
    if actor.is_staff or actor.person_id is not None:
        return gone
    return [one for one in gone if one.id == visit.id or one.series in _series(visit)]


def _series(visit: Appointment) -> set[UUID | None]:
    return {visit.series} if visit.series is not None else set()


def _base_url() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url
