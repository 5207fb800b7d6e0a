"""Two people who come together: side by side with two practitioners, or one after the other."""

from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.actions import desk as actions
from booking.appointments.forms import NewcomerForm
from booking.appointments.queries import board as boards
from booking.appointments.queries import desk as queries
from booking.appointments.views import slots
from booking.appointments.views.adding import newcomer, told
from booking.appointments.views.desk_site import bp, day_words
from booking.appointments.views.site import as_uuid, base_url
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import AlreadyTaken, BadInput, BookingError, NotOffered
from booking.patients.models import Channel

SIDE_BY_SIDE, BACK_TO_BACK = "side", "back"
GRID = 15  # minutes between the starts that are listed


@bp.get("/visits/together")
@needs(Permission.VISIT_BOOK)
def together() -> Any:
    """Ask who they are, what for, and how they would like to come."""
    wish = slots.Wish.of(request.args)
    return _page(wish, *_forms(data={"channels": [Channel.EMAIL]}))


@bp.post("/visits/together")
@needs(Permission.VISIT_BOOK)
def together_now() -> Any:
    """Show the times both could come, or book both; all or nothing."""
    wish = slots.Wish.of(request.form)
    first, second = _forms()
    sound = [first.validate(), second.validate()]
    if not all(sound):
        return _page(wish, first, second)
    if "slot" not in request.form:
        return _page(wish, first, second, show=True)
    try:
        public_id = _book(first, second)
    except (AlreadyTaken, NotOffered, BadInput) as refused:
        return _page(wish, first, second, show=True, refused=refused)
    return redirect(url_for("desk.visit", public_id=public_id), code=303)


def _book(first: NewcomerForm, second: NewcomerForm) -> UUID:
    one, _comma, other = request.form["slot"].partition(",")
    service, slot = slots.read(one)
    wanted = [(newcomer(first), slot), (newcomer(second), slots.read(other)[1])]
    nonce = request.form.get("nonce", "")[:64] or str(uuid4())
    with transaction():
        booked = actions.add_visits(
            current_actor(), wanted, service, nonce=nonce, now=clock.now(), base_url=base_url()
        )
        for visit in booked:
            flash(told(visit, _("Booked: %(name)s.", name=visit.patient.name)))
        return booked[0].public_id


def _forms(**values: Any) -> tuple[NewcomerForm, NewcomerForm]:
    region = clinic.organisation().region
    first = NewcomerForm(region=region, prefix="first-", **values)
    return first, NewcomerForm(region=region, prefix="second-", **values)


def _page(
    wish: slots.Wish,
    first: NewcomerForm,
    second: NewcomerForm,
    *,
    show: bool = False,
    refused: BookingError | None = None,
) -> Any:
    values = request.form if request.method == "POST" else request.args
    services = clinic.services()
    kind = as_uuid(values.get("service"))
    service = next((each for each in services if each.public_id == kind), services[0])
    how = BACK_TO_BACK if values.get("how") == BACK_TO_BACK else SIDE_BY_SIDE
    errors = bool(first.errors or second.errors)
    page = render_template(
        "appointments/staff/together.html",
        wish=wish,
        first=first,
        second=second,
        services=services,
        service=service,
        how=how,
        times=_times(wish, service, how) if show else [],
        show=show,
        day_words=day_words(wish.day),
        nonce=request.form.get("nonce") or str(uuid4()),
        refused=refused and _(refused.message),
        has_error=errors or refused is not None,
    )
    return page, refused.status if refused else 422 if errors else 200


def _times(wish: slots.Wish, service: Service, how: str) -> list[tuple[slots.Words, slots.Words]]:
    asked = wish.asked(boards.zone())
    offers = queries.every_offer_on(service, asked, now=clock.now())
    pairs = queries.back_to_back if how == BACK_TO_BACK else queries.side_by_side
    found = [pair for pair in pairs(offers) if pair[0].start % GRID == 0][: slots.LISTED]
    firsts = slots.words(service, [pair[0] for pair in found])
    return list(zip(firsts, slots.words(service, [pair[1] for pair in found]), strict=True))
