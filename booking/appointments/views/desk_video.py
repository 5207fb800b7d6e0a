"""The desk gives one visit by video an address of its own."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.actions import desk as actions
from booking.appointments.forms import VideoForm
from booking.appointments.models import Appointment
from booking.appointments.queries import board as boards
from booking.appointments.views.desk_site import bp, seen
from booking.audit import actions as audit
from booking.core import clock
from booking.core.db import transaction


@bp.get("/visits/<uuid:public_id>/video")
@needs(Permission.VISIT_MOVE)
def video(public_id: UUID) -> Any:
    """Show where a visit by video meets, to change."""
    visit = boards.visit_for(current_actor(), public_id)
    actions.ensure_by_video(visit)
    return _page(visit, VideoForm(formdata=None, data={"address": visit.video_url}))


@bp.post("/visits/<uuid:public_id>/video")
@needs(Permission.VISIT_MOVE)
def set_video(public_id: UUID) -> Any:
    """Change that, for this visit only."""
    visit, form = boards.visit_for(current_actor(), public_id), VideoForm()
    actions.ensure_by_video(visit)
    if not form.validate():
        return _page(visit, form)
    with transaction():
        actions.set_video_address(
            current_actor(), public_id, form.address.data or "", now=clock.now()
        )
    flash(_("The address is changed. It shows on the patient's page half an hour before."))
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


def _page(visit: Appointment, form: VideoForm) -> Any:
    page = render_template(
        "appointments/staff/video.html", visit=visit, form=form, zone=visit.location.zone
    )
    event = seen(visit)
    with transaction():
        audit.record(event, by=current_actor(), at=clock.now())
    return page, 422 if form.errors else 200
