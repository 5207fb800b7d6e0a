"""Locations and rooms: the owner's pages."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.clinic import actions, queries
from booking.clinic.forms import LocationForm, NewLocationForm, RoomForm
from booking.clinic.models import Location
from booking.clinic.views import bp
from booking.clinic.views.shell import new_resource, page, saved
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import WrongState


@bp.get("/places")
@needs(Permission.CLINIC_EDIT)
def places() -> Any:
    """List the locations with their rooms, and offer a form for one more."""
    known = queries.locations()
    zone = known[0].zone if known else "Europe/London"
    return _list(NewLocationForm(formdata=None, data={"zone": zone}))


@bp.post("/places")
@needs(Permission.CLINIC_EDIT)
def open_place() -> Any:
    """Add a location."""
    form = NewLocationForm()
    if not form.validate():
        return _list(form)
    try:
        with transaction():
            actions.open_location(current_actor(), form.plan(), new_resource(), now=clock.now())
    except WrongState as taken:
        form.name.errors = [_(taken.message)]
        return _list(form)
    return saved("clinic.places")


@bp.get("/places/<uuid:location_id>")
@needs(Permission.CLINIC_EDIT)
def place(location_id: UUID) -> Any:
    """Show a location to change, and its rooms."""
    row = queries.location(location_id)
    told = {name: getattr(row, name) for name in vars(LocationForm) if hasattr(row, name)}
    return _one(row, LocationForm(formdata=None, data=told), RoomForm(formdata=None))


@bp.post("/places/<uuid:location_id>")
@needs(Permission.CLINIC_EDIT)
def change_place(location_id: UUID) -> Any:
    """Change a location."""
    form = LocationForm()
    row = queries.location(location_id)
    if not form.validate():
        return _one(row, form, RoomForm(formdata=None))
    try:
        with transaction():
            actions.change_location(current_actor(), location_id, form.columns(), now=clock.now())
    except WrongState as refused:
        named = form.zone if form.zone.data != queries.location(location_id).zone else form.name
        named.errors = [_(refused.message)]
        return _one(queries.location(location_id), form, RoomForm(formdata=None))
    return saved("clinic.places")


@bp.post("/places/<uuid:location_id>/rooms")
@needs(Permission.CLINIC_EDIT)
def add_room(location_id: UUID) -> Any:
    """Add a room to a location."""
    form = RoomForm()
    row = queries.location(location_id)
    told = {name: getattr(row, name) for name in vars(LocationForm) if hasattr(row, name)}
    if not form.validate():
        return _one(row, LocationForm(formdata=None, data=told), form)
    try:
        with transaction():
            actions.add_room(
                current_actor(), location_id, str(form.room.data), new_resource(), now=clock.now()
            )
    except WrongState as taken:
        form.room.errors = [_(taken.message)]
        row = queries.location(location_id)
        return _one(row, LocationForm(formdata=None, data=told), form)
    return saved("clinic.place", location_id=location_id)


@bp.post("/places/rooms/<uuid:room>/rest")
@needs(Permission.CLINIC_EDIT)
def rest_room(room: UUID) -> Response:
    """Let no service use a room any more."""
    with transaction():
        actions.rest_room(current_actor(), room, now=clock.now())
        where = queries.room(room).location.public_id
    return saved("clinic.place", location_id=where)


def _list(form: NewLocationForm) -> Any:
    return page("places", form=form, places=queries.locations())


def _one(row: Location, form: LocationForm, room: RoomForm) -> Any:
    body, status = page(
        "place",
        form=form,
        room=room,
        place=row,
        used=queries.used_rooms(),
        has_error=bool(form.errors or room.errors),
    )
    return body, 422 if room.errors else status
