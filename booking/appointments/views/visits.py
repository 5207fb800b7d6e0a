"""A patient's own visits: see, move, cancel, put into a calendar. By link or signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions, emails, rules
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Status
from booking.appointments.views import choosing, rows, site
from booking.appointments.views.asked import Asked
from booking.appointments.views.asked import asked_of as asked_of_address
from booking.appointments.views.site import bp
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import (
    AlreadyTaken,
    BookingError,
    HoldOver,
    NotOffered,
    TooLate,
    WrongState,
)
from booking.mail.invite import calendar_bytes
from booking.mail.rules import Invite, Mailbox

PAGES = "appointments/patient"


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
        cancelled=mine.status is Status.CANCELLED,
        let_go=rules.may_take_back(mine.let_go_at, now=now),
        may_move=_may(actions.ensure_movable, mine, now),
        may_cancel=_may(actions.ensure_cancellable, mine, now),
        mailed=emails.wanted_by(mine.patient),
    )


@bp.get("/visit/<uuid:visit>/move")
@needs(Permission.MY_VISIT)
def move(visit: UUID) -> Any:
    """Show times to move to, the visit as it stands named on top. Reading only."""
    mine = _mine(visit)
    if (late := too_late(mine, actions.ensure_movable)) is not None:
        return late
    return choosing.show(asked_of(mine, path=url_for("appointments.move", visit=visit)))


@bp.post("/visit/<uuid:visit>/move")
@needs(Permission.MY_VISIT)
def take_other_time(visit: UUID) -> Any:
    """Keep the other time, and show both."""
    mine = _mine(visit)
    if (late := too_late(mine, actions.ensure_movable)) is not None:
        return late
    asked = asked_of(mine, path=url_for("appointments.move", visit=visit))
    try:
        choosing.keep_slot(asked)
    except BookingError as refused:
        return choosing.refused(asked, refused)
    return redirect(url_for("appointments.check_move", visit=visit), code=303)


@bp.get("/visit/<uuid:visit>/move/check")
@needs(Permission.MY_VISIT)
def check_move(visit: UUID) -> Any:
    """Show the old and the new time before anything changes."""
    mine = _mine(visit)
    kept = _kept_for(mine)
    if kept is None:
        return redirect(url_for("appointments.move", visit=visit), code=303)
    return _check_page(mine, kept, choosing.over(kept))


@bp.post("/visit/<uuid:visit>/move/check")
@needs(Permission.MY_VISIT)
def move_now(visit: UUID) -> Any:
    """Move the visit. Sent twice, it finds the visit moved and says so."""
    mine = _mine(visit)
    kept = _kept_for(mine)
    if kept is None:
        return redirect(url_for("appointments.visit", visit=visit), code=303)
    go = request.form.get("go")
    if go == "let-go":
        choosing.let_go(kept)
        session.pop(site.HOLD, None)
        return redirect(url_for("appointments.move", visit=visit), code=303)
    try:
        if go == "more":
            choosing.extend(kept)
            return _check_page(mine, kept)
        _move(mine.id, kept.public_id)
    except (AlreadyTaken, HoldOver, NotOffered) as lost:
        again = _kept_for(mine)
        if again is None:  # sent twice: the first has moved it
            return redirect(url_for("appointments.visit", visit=visit), code=303)
        return _check_page(mine, again, lost)
    except (TooLate, WrongState):
        return too_late(_mine(visit), actions.ensure_movable) or redirect(
            url_for("appointments.visit", visit=visit), code=303
        )
    session.pop(site.HOLD, None)
    flash(_("Your visit has been moved."))
    return redirect(url_for("appointments.visit", visit=visit), code=303)


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


@bp.get("/visit/<uuid:visit>/invite.ics")
@needs(Permission.MY_VISIT)
def calendar_file(visit: UUID) -> Response:
    """Give the visit as a calendar file, discreet like the one in messages."""
    mine = _mine(visit)
    if mine.status is Status.CANCELLED:
        return Response(status=404)
    told = emails.invite_of(mine, clinic.organisation())
    moments = ("stamp", "created", "last_modified", "starts_at", "ends_at")
    invite = Invite(
        **{
            **told,
            **{name: datetime.fromisoformat(told[name]) for name in moments},
            "organizer": Mailbox(**told["organizer"]),
            "attendee": Mailbox(**told["attendee"]),
        }
    )
    return Response(
        calendar_bytes(invite),
        content_type="text/calendar; charset=utf-8; method=REQUEST",
        headers={"Content-Disposition": 'attachment; filename="invite.ics"'},
    )


def asked_of(mine: Appointment, *, path: str) -> Asked:
    """Read what the address of a page of times to move to asks for."""
    kept = site.kept()
    return asked_of_address(
        mine.service,
        path=path,
        person_id=mine.patient.resource_id,
        moving=mine,
        hold_id=kept.id if kept else None,
    )


def cancel_page(mine: Appointment) -> Any:
    """Show the page that asks once, or says that it is too late or done already."""
    if (late := too_late(mine, actions.ensure_cancellable)) is not None:
        return late
    return render_template(f"{PAGES}/cancel.html", booked=mine, visit=rows.visit_of(mine))


def cancel_visit(mine: Appointment) -> Any:
    """Cancel, and return None; or return the page that says why not."""
    if mine.status is not Status.CANCELLED and (late := too_late(mine, actions.ensure_cancellable)):
        return late
    appointment_id = mine.id
    with transaction():
        actions.cancel(
            current_actor(),
            queries.appointment(appointment_id),
            now=clock.now(),
            base_url=site.base_url(),
        )
    flash(_("Your visit has been cancelled."))
    return None


def too_late(mine: Appointment, ensure: Any) -> Any:
    """Return the page that says to call us instead, or None while it can be done online."""
    try:
        ensure(mine, now=clock.now())
    except (TooLate, WrongState) as why:
        page = render_template(
            f"{PAGES}/too_late.html",
            booked=mine,
            visit=rows.visit_of(mine),
            message=_(why.message),
            moving=ensure is actions.ensure_movable,
            cancelled=mine.status is Status.CANCELLED,
        )
        return page, why.status
    return None


def _move(appointment_id: int, hold_id: UUID) -> None:
    with transaction():
        kept = queries.hold(hold_id)
        if kept is None:
            raise HoldOver
        actions.move(
            current_actor(),
            queries.appointment(appointment_id),
            kept,
            now=clock.now(),
            base_url=site.base_url(),
        )


def _mine(public_id: UUID) -> Appointment:
    return queries.appointment_for(current_actor(), public_id)


def _kept_for(mine: Appointment) -> Hold | None:
    kept = site.kept()
    return kept if kept is not None and kept.moving_id == mine.id else None


def _check_page(mine: Appointment, kept: Hold, why: BookingError | None = None) -> Any:
    asked = asked_of(mine, path=url_for("appointments.move", visit=mine.public_id))
    page = render_template(
        f"{PAGES}/check_move.html",
        booked=mine,
        before=rows.visit_of(mine),
        visit=rows.visit_of_hold(kept),
        kept=kept,
        asked=asked,
        notice=choosing.lost(asked, kept, why) if why else None,
        has_error=why is not None,
    )
    return page, why.status if why else 200


def _is_over(mine: Appointment, now: datetime) -> bool:
    return rules.is_over(mine.status, ends_at=mine.ends_at, now=now)


def _may(ensure: Any, mine: Appointment, now: datetime) -> bool:
    try:
        ensure(mine, now=now)
    except (TooLate, WrongState):
        return False
    return True
