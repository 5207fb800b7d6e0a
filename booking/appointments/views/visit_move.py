"""A patient moves her own visit: another time is kept, both are shown, then it moves."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import actions
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.views import choosing, late, rows, site
from booking.appointments.views.asked import Asked, person_of
from booking.appointments.views.asked import asked_of as asked_of_address
from booking.appointments.views.site import bp
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

PAGES = "appointments/patient"


@bp.get("/visit/<uuid:visit>/move")
@needs(Permission.MY_VISIT)
def move(visit: UUID) -> Any:
    """Show times to move to, the visit as it stands named on top. Reading only."""
    mine = _mine(visit)
    if (page := late.too_late(mine, actions.ensure_movable)) is not None:
        return page
    return choosing.show(asked_of(mine, path=url_for("appointments.move", visit=visit)))


@bp.post("/visit/<uuid:visit>/move")
@needs(Permission.MY_VISIT)
def take_other_time(visit: UUID) -> Any:
    """Keep the other time, and show both."""
    mine = _mine(visit)
    if (page := late.too_late(mine, actions.ensure_movable)) is not None:
        return page
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
        moved = _move(mine.id, kept.public_id)
    except (AlreadyTaken, HoldOver, NotOffered) as lost:
        again = _kept_for(mine)
        if again is None:  # sent twice: the first has moved it
            return redirect(url_for("appointments.visit", visit=visit), code=303)
        return _check_page(mine, again, lost)
    except (TooLate, WrongState):
        return late.too_late(_mine(visit), actions.ensure_movable) or redirect(
            url_for("appointments.visit", visit=visit), code=303
        )
    session.pop(site.HOLD, None)
    flash(ngettext("Your visit has been moved.", "%(num)s of your visits have been moved.", moved))
    return redirect(url_for("appointments.visit", visit=visit), code=303)


def asked_of(mine: Appointment, *, path: str) -> Asked:
    """Read what the address of a page of times to move to asks for."""
    kept = site.kept()
    return asked_of_address(
        mine.service,
        path=path,
        moving=mine,
        hold_id=kept.id if kept else None,
        **person_of(mine, current_actor()),
    )


def _move(appointment_id: int, hold_id: UUID) -> int:
    """Move one visit, or all whose times are kept together; return how many."""
    with transaction():
        kept = queries.hold(hold_id)
        if kept is None:
            raise HoldOver
        actor, now, base_url = current_actor(), clock.now(), site.base_url()
        if kept.series is not None:
            return len(actions.move_rest(actor, kept, now=now, base_url=base_url))
        visit = queries.appointment(appointment_id)
        actions.move(actor, visit, kept, now=now, base_url=base_url)
        return 1


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
        moves=[
            (rows.visit_of(queries.appointment(each.moving_id)), rows.visit_of_hold(each))
            for each in queries.kept_together(kept)
            if each.moving_id is not None
        ],
        asked=asked,
        notice=choosing.lost(asked, kept, why) if why else None,
        has_error=why is not None,
    )
    return page, why.status if why else 200
