"""Mailed links. Opening one changes nothing and signs nobody in; its button does.

The first form sent trades the token for a session that reaches one visit, and leads on to an
address without the token.
"""

from typing import Any

from flask import g, redirect, render_template, request, url_for

from booking.access.gate import current_actor, public
from booking.access.policy import Actor, Role
from booking.accounts import actions as accounts
from booking.accounts import views as sign_in
from booking.appointments import actions
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.views import choosing, late, site, visit_move, visits
from booking.appointments.views.asked import Asked, asked_of, person_of
from booking.appointments.views.site import bp
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BookingError


@bp.get("/a/<string:token>")
@public
def link(token: str) -> str:
    """Show a button that leads to the visit. Raises LinkOver."""
    return _button(token, form=False)


@bp.post("/a/<string:token>")
@public
def open_visit(token: str) -> Any:
    """Trade the link for a session, and show the visit."""
    public_id = _enter(token).public_id
    return redirect(url_for("appointments.visit", visit=public_id), code=303)


@bp.get("/a/<string:token>/form")
@public
def form_link(token: str) -> str:
    """Show a button that leads to the questions. Raises LinkOver."""
    return _button(token, form=True)


@bp.post("/a/<string:token>/form")
@public
def open_form(token: str) -> Any:
    """Trade the link for a session, and go to the questions before the visit."""
    public_id = _enter(token).public_id
    return redirect(url_for("questions.start", visit=public_id), code=303)


@bp.get("/a/<string:token>/move")
@public
def move_link(token: str) -> Any:
    """Show times to move to. Reading only, so that choosing one is the first thing she does."""
    mine = _visit(token)
    if (page := late.too_late(mine, actions.ensure_movable)) is not None:
        return page
    path = url_for("appointments.move_link", token=token)
    return choosing.show(visit_move.asked_of(mine, path=path))


@bp.post("/a/<string:token>/move")
@public
def take_by_link(token: str) -> Any:
    """Trade the link for a session and keep the time chosen."""
    mine = _visit(token)
    if (page := late.too_late(mine, actions.ensure_movable)) is not None:
        return page
    mine = _enter(token)
    path = url_for("appointments.move", visit=mine.public_id)
    asked = visit_move.asked_of(mine, path=path)
    try:
        choosing.keep_slot(asked)
    except BookingError as refused:
        return choosing.refused(asked, refused)
    return redirect(url_for("appointments.check_move", visit=mine.public_id), code=303)


@bp.get("/a/<string:token>/again")
@public
def again_link(token: str) -> Any:
    """Show times to take instead of one that could not be had; first the one offered. Reading."""
    asked = _again(_visit(token), path=url_for("appointments.again_link", token=token))
    return choosing.show(asked, notice=choosing.proposed(asked, request.args.get("slot", "")))


@bp.post("/a/<string:token>/again")
@public
def take_again(token: str) -> Any:
    """Trade the link for a session and keep the time chosen, with the record there is already."""
    mine = _enter(token)
    record = str(mine.patient.public_id)
    path = url_for("appointments.choose_time", service=mine.service.public_id)
    asked = _again(mine, path=path)
    try:
        choosing.keep_slot(asked, typed={"record": record})
    except BookingError as refused:
        return choosing.refused(asked, refused)
    return redirect(url_for("appointments.check"), code=303)


@bp.get("/a/<string:token>/cancel")
@public
def cancel_link(token: str) -> Any:
    """Ask once whether to cancel. Reading only."""
    return visits.cancel_page(_visit(token))


@bp.post("/a/<string:token>/cancel")
@public
def cancel_by_link(token: str) -> Any:
    """Trade the link for a session and cancel the visit."""
    mine = _enter(token)
    public_id = mine.public_id
    return visits.cancel_visit(mine) or redirect(
        url_for("appointments.visit", visit=public_id), code=303
    )


@bp.post("/a/<string:token>/ask")
@public
def ask_by_link(token: str) -> Any:
    """Trade the link for a session and ask the clinic for a change."""
    mine = _enter(token)
    public_id = mine.public_id
    late.ask_for(mine)
    return redirect(url_for("appointments.visit", visit=public_id), code=303)


def _again(mine: Appointment, *, path: str) -> Asked:
    kept = site.kept()
    return asked_of(
        mine.service,
        path=path,
        hold_id=kept.id if kept else None,
        kept={"again": str(mine.public_id)},
        **person_of(mine, current_actor()),
    )


def _visit(token: str) -> Appointment:
    return queries.visit_of_link(token, now=clock.now())


def _enter(token: str) -> Appointment:
    """Start a session for the link's visit. Raises LinkOver."""
    mine = _visit(token)
    appointment_id = mine.id
    with transaction():
        session_token = accounts.start_visit_session(
            appointment_id,
            by_mail=True,
            now=clock.now(),
            instead_of=current_actor().session_id,
        )
    sign_in.begin(session_token)
    g.actor = Actor(roles=frozenset({Role.VISIT_LINK}), appointment_id=appointment_id, by_mail=True)
    return queries.appointment(appointment_id)


def _button(token: str, *, form: bool) -> str:
    _visit(token)
    return render_template("appointments/patient/link.html", questions=form)
