"""A patient's own visits: see, move, cancel, put into a calendar. By link or signed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions, emails, rules
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.queries import changes, desk
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.appointments.views import late, rows, site
from booking.appointments.views.site import bp
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooLate, WrongState
from booking.core.words import translated

PAGES = "appointments/patient"

Asked = Callable[[Appointment], str]
"""How far the questions before a visit have come: an untranslated word or two."""


def install(app: Flask, *, asked: Asked, readdressed: site.Readdressed) -> None:
    """Tell her pages what features above this one know of her visit, and have to do for it."""
    app.extensions["visits.asked"] = asked
    app.extensions["visits.readdressed"] = readdressed


@bp.get("/my")
@needs(Permission.MY_VISITS)
def my_visits() -> str:
    """List a signed-in patient's visits: those to come, and those before."""
    found = queries.visits_of(current_actor().person_id or 0)
    now = clock.now()
    to_come = [v for v in reversed(found) if not _is_over(v, now)]
    return render_template(
        f"{PAGES}/my_visits.html",
        to_come=[(v, rows.visit_of(v)) for v in to_come],
        before=[(v, rows.visit_of(v)) for v in found if _is_over(v, now)],
        now=now,
    )


@bp.get("/visit/<uuid:visit>")
@needs(Permission.MY_VISIT)
def visit(visit: UUID) -> str:
    """Show one visit and what can be done with it."""
    mine = _mine(visit)
    now = clock.now()
    return render_template(
        f"{PAGES}/visit.html",
        booked=mine,
        visit=rows.visit_of(mine),
        over=_is_over(mine, now),
        state=mine.standing(now).value,
        let_go=rules.may_take_back(mine.let_go_at, now=now),
        legs=rows.legs_of(mine),
        video=mine.video_address(now),
        may_move_rest=len(_rest(actions.ensure_movable, mine, now)) > 1,
        questions=_questions(mine),
        may_move=_may(actions.ensure_movable, mine, now),
        may_cancel=_may(actions.ensure_cancellable, mine, now),
        mailed=emails.wanted_by(mine.patient),
        title=emails.title_of(mine),
        late=desk.practitioner_late(mine, now.astimezone(boards.zone()).date())
        if _is_today(mine, now)
        else 0,
        asked=changes.open_change(mine.id),
        may_ask=actions.may_ask(mine, now=now),
    )


@bp.get("/visit/<uuid:visit>/cancel")
@needs(Permission.MY_VISIT)
def cancel(visit: UUID) -> Any:
    """Ask once whether to cancel. No reason is asked for. Reading only."""
    return cancel_page(_mine(visit))


@bp.post("/visit/<uuid:visit>/cancel")
@needs(Permission.MY_VISIT)
def cancel_now(visit: UUID) -> Any:
    """Cancel the visit; sent twice, it stays cancelled and one message goes."""
    mine = _mine(visit)
    return cancel_visit(mine) or redirect(url_for("appointments.visit", visit=visit), code=303)


@bp.post("/visit/<uuid:visit>/ask")
@needs(Permission.MY_VISIT)
def ask(visit: UUID) -> Any:
    """Ask the clinic to move or cancel the visit, or take that back; nothing else changes."""
    late.ask_for(_mine(visit))
    return redirect(url_for("appointments.visit", visit=visit), code=303)


@bp.post("/visit/<uuid:visit>/withdraw")
@needs(Permission.MY_VISIT)
def withdraw(visit: UUID) -> Any:
    """Take a request back. Sent twice, it stays taken back; once answered, the page says so."""
    mine = _mine(visit)
    appointment_id = mine.id
    try:
        with transaction():
            actions.withdraw(current_actor(), queries.appointment(appointment_id), now=clock.now())
    except WrongState as why:
        flash(_(why.message))
    else:
        flash(_("Your request is taken back."))
    return redirect(url_for("appointments.visit", visit=visit), code=303)


def cancel_page(mine: Appointment) -> Any:
    """Show the page that asks once, or says that it is too late or done already."""
    if (page := late.too_late(mine, actions.ensure_cancellable)) is not None:
        return page
    rest = _rest(actions.ensure_cancellable, mine, clock.now())
    return render_template(
        f"{PAGES}/cancel.html",
        booked=mine,
        visit=rows.visit_of(mine),
        rest=[(leg, rows.visit_of(leg)) for leg in rest] if len(rest) > 1 else [],
    )


def cancel_visit(mine: Appointment) -> Any:
    """Cancel, and return None; or return the page that says why not."""
    if mine.status is not Status.CANCELLED and (
        page := late.too_late(mine, actions.ensure_cancellable)
    ):
        return page
    appointment_id = mine.id
    act = actions.cancel_rest if request.form.get("which") == "rest" else actions.cancel
    with transaction():
        done = act(
            current_actor(),
            queries.appointment(appointment_id),
            now=clock.now(),
            base_url=site.base_url(),
        )
        count = len(done) if isinstance(done, list) else 1
    flash(
        ngettext(
            "Your visit has been cancelled.", "%(num)s of your visits have been cancelled.", count
        )
    )
    return None


def _mine(public_id: UUID) -> Appointment:
    return queries.appointment_for(current_actor(), public_id)


def _questions(mine: Appointment) -> str:
    """How far the questions have come; nothing where this session does not reach them.

    A link's session reaches those of its own visit only.
    """
    actor = current_actor()
    if actor.person_id is None and actor.appointment_id != mine.id:
        return ""
    asked: Asked = current_app.extensions["visits.asked"]
    return translated(asked(mine))


def _rest(ensure: Any, mine: Appointment, now: datetime) -> list[Appointment]:
    """Return this visit and the later ones of its series that may still be changed."""
    return actions.rest_of(current_actor(), mine, ensure, now=now)


def _is_over(mine: Appointment, now: datetime) -> bool:
    return rules.is_over(mine.standing(now), ends_at=mine.ends_at, now=now)


def _is_today(mine: Appointment, now: datetime) -> bool:
    zone = boards.zone()
    return mine.starts_at.astimezone(zone).date() == now.astimezone(zone).date()


def _may(ensure: Any, mine: Appointment, now: datetime) -> bool:
    try:
        ensure(mine, now=now)
    except (TooLate, WrongState):
        return False
    return True
