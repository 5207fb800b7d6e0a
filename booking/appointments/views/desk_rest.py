"""A visit and those after it in its series, moved at the desk: a pattern, then all or none."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.actions import desk as actions
from booking.appointments.forms import RhythmForm
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.queries import desk as queries
from booking.appointments.views import pattern
from booking.appointments.views.adding import told
from booking.appointments.views.asked import Asked, asked_at_desk
from booking.appointments.views.desk_site import bp, seen
from booking.appointments.views.pattern import LegWords
from booking.appointments.views.site import base_url
from booking.audit import actions as audit
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import AlreadyTaken, BookingError, NotOffered, WrongState


@bp.get("/visits/<uuid:public_id>/move-rest")
@needs(Permission.VISIT_MOVE)
def move_rest(public_id: UUID) -> Any:
    """Ask for a pattern for this visit and those after it, and show what it comes to."""
    visit = boards.visit_for(current_actor(), public_id)
    rest = queries.rest_of(current_actor(), visit, now=clock.now())
    if not rest:
        return redirect(url_for("desk.visit", public_id=public_id), code=303)
    asked, form = _asked(visit), pattern.form_of(request.args)
    known = pattern.sent() and form.validate()
    return _page(visit, asked, form, pattern.plan(asked, form, rest) if known else [], rest)


@bp.post("/visits/<uuid:public_id>/move-rest")
@needs(Permission.VISIT_MOVE)
def move_rest_now(public_id: UUID) -> Any:
    """Move all of them that were not left as they are; or say what stands against it."""
    actor = current_actor()
    visit = boards.visit_for(actor, public_id)
    rest = queries.rest_of(actor, visit, now=clock.now())
    asked, form = _asked(visit), pattern.form_of(request.form)
    if not rest or not (pattern.COUNT in request.form and form.validate()):
        return redirect(url_for("desk.move_rest", public_id=public_id), code=303)
    legs = [pattern.with_choice(leg) for leg in pattern.plan(asked, form, rest)]
    if any(leg.error for leg in legs):
        return _page(visit, asked, form, legs, rest)
    pairs = zip(rest, pattern.slots_of(legs), strict=True)
    wanted = {each.id: slot for each, slot in pairs if slot is not None}
    try:
        with transaction():
            done = actions.move_rest(actor, public_id, wanted, now=clock.now(), base_url=base_url())
            if done:
                said = ngettext("%(num)d visit is moved.", "%(num)d visits are moved.", len(done))
                flash(told(done[0], said))
    except (AlreadyTaken, NotOffered, WrongState) as refused:
        visit = boards.visit_for(actor, public_id)
        rest = queries.rest_of(actor, visit, now=clock.now())
        asked = _asked(visit)
        return _page(visit, asked, form, pattern.plan(asked, form, rest), rest, refused)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


def _asked(visit: Appointment) -> Asked:
    """Read what the desk asks for; whoever moves her own visits moves them within her own time."""
    hers = {one.id for one in boards.visible(current_actor())}
    asked = asked_at_desk(
        session().get_one(Service, visit.service_id),
        path=url_for("desk.move_rest", public_id=visit.public_id),
        person_id=visit.patient.resource_id,
        values=request.form if request.method == "POST" else request.args,
    )
    chosen = [one for one in asked.with_whom or () if one.id in hers]
    return replace(
        asked,
        practitioners=[one for one in asked.practitioners if one.id in hers],
        with_whom=chosen or None,
        moving=visit,
    )


def _page(
    visit: Appointment,
    asked: Asked,
    form: RhythmForm,
    legs: Sequence[LegWords],
    rest: Sequence[Appointment],
    refused: BookingError | None = None,
) -> Any:
    bad = bool(form.errors) or any(leg.error for leg in legs)
    page = render_template(
        "appointments/staff/move_rest.html",
        visit=visit,
        asked=asked,
        form=form,
        legs=legs,
        rest=rest,
        refused=refused and _(refused.message),
        has_error=bad or refused is not None,
    )
    event = seen(visit)
    with transaction():
        audit.record(event, by=current_actor(), at=clock.now())
    return page, refused.status if refused else 422 if bad else 200
