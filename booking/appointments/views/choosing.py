"""Choosing a time, for booking and for moving: show times, keep one, say kindly when it is gone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.appointments import actions, rules
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.appointments.queries.terms import terms_by_practitioner
from booking.appointments.views import rows, site, times
from booking.appointments.views.asked import Asked, Notice, SlotWords
from booking.availability import queries as availability
from booking.availability.rules import Schedule
from booking.clinic.models import BookingMode
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import (
    AlreadyTaken,
    BadInput,
    BookingError,
    HoldOver,
    NotFound,
    NotOffered,
    TooManyTries,
)


def show(
    asked: Asked,
    *,
    known: Schedule | None = None,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    """Show the page of times, of what is `known` already or read now.

    Where nobody can be booked here, the number to call.
    """
    if not asked.practitioners:
        return make_response(call_page(asked), status)
    now = clock.now()
    known = times.load(asked, now=now) if known is None else known
    if asked.strange and notice is None:
        status = 422
        notice = Notice(
            heading=_("Please choose again"),
            text=_("That name or place does not go with this visit. Here is everyone's time."),
        )
    kept = site.kept()
    if kept is not None and (over(kept) or kept.moving_id is not None):
        kept = None
    page = render_template(
        "appointments/patient/times.html",
        has_error=notice is not None,
        kept=kept,
        kept_visit=rows.visit_of_hold(kept) if kept else None,
        **times.page(asked, known, now=now, notice=notice),
    )
    return make_response(page, status)


ROOMS_TRIED = 3
"""How often a room is looked for again when somebody takes the one found at the same moment."""


def keep_slot(asked: Asked, *, typed: actions.Typed | None = None) -> None:
    """Keep the time whose button was pressed, instead of what this browser kept before.

    Raises BadInput, NotOffered, AlreadyTaken and TooManyTries; then the earlier hold stays.
    """
    slot = rules.read_slot(request.form.get("slot", ""))
    for left in reversed(range(ROOMS_TRIED)):
        try:
            return _keep(slot, asked, typed)
        except (AlreadyTaken, NotOffered) as lost:
            if _pressed_before(slot, asked):
                return None
            # Perhaps only its room: if the time itself is gone, it is not offered next time.
            if not left or isinstance(lost, NotOffered):
                raise
    return None


def form_key() -> UUID | None:
    """Return the key of the page whose button was pressed."""
    return site.as_uuid(request.form.get("key"))


def _pressed_before(slot: rules.Slot, asked: Asked) -> bool:
    """Whether the same button's first press keeps this time; then this browser comes back to it."""
    key = form_key()
    kept = queries.hold_with_key(key) if key else None
    if kept is None or over(kept):
        return False
    same = (kept.starts_at, kept.practitioner_id, kept.location_id) == (
        slot.starts_at,
        id_of(asked.practitioners, slot.practitioner),
        id_of(asked.locations, slot.location),
    )
    if same:
        site.keep(kept.public_id)
    return same


def _keep(slot: rules.Slot, asked: Asked, typed: actions.Typed | None) -> None:
    practitioner_id = id_of(asked.practitioners, slot.practitioner)
    location_id = id_of(asked.locations, slot.location)
    moving_id = asked.moving.id if asked.moving else None
    now = clock.now()
    with transaction():
        before = site.kept()
        offer = availability.offer_at(
            asked.service,
            practitioner_id=practitioner_id,
            location_id=location_id,
            starts_at=slot.starts_at,
            now=now,
            **asked.whose,
            but_hold_id=before.id if before else None,
        )
        kept = actions.hold(
            offer,
            now=now,
            by=actions.Browser(network=site.network(), form_key=form_key(), instead_of=before),
            person_id=asked.person_id if moving_id else None,
            moving_id=moving_id,
            typed=typed,
        )
        actions.sweep_holds(now=now)
        public_id = kept.public_id
    site.keep(public_id)


def refused(asked: Asked, why: BookingError) -> Response:
    """Show the times again: what happened, and the three nearest to the one asked for."""
    if isinstance(why, NotFound):
        raise why
    known = times.load(asked, now=clock.now())
    near: Sequence[SlotWords] = ()
    if not isinstance(why, TooManyTries) and (around := _asked_start()) is not None:
        near = times.near_words(asked, known, around)
    notice = Notice(heading=_heading(why), text=_(why.message), near=near)
    answer = show(asked, known=known, notice=notice, status=why.status)
    if isinstance(why, TooManyTries):
        answer.headers["Retry-After"] = str(why.retry_after)
    return answer


def call_page(asked: Asked) -> str:
    """Show the number instead of times, and why."""
    known = asked.person_id is not None or asked.moving is not None
    return render_template(
        "appointments/patient/call.html", asked=asked, returning=not known and takes_known(asked)
    )


def takes_known(asked: Asked) -> bool:
    """Whether somebody who has been here before could book this visit online."""
    found = terms_by_practitioner(asked.service.id).values()
    return any(each.mode is not BookingMode.PHONE for each in found)


def proposed(asked: Asked, text: str) -> Notice | None:
    """Put a time that a message offered first, while it is free; else say so, with near ones."""
    try:
        slot = rules.read_slot(text)
    except BadInput:
        return None
    known = times.load(asked, now=clock.now())
    same = times.this_one(asked, known, slot)
    if same:
        return Notice(
            heading=_("This time is free"),
            text=_("Take it with one button, or choose another below."),
            near=same,
        )
    return Notice(
        heading=_("That time is no longer free"),
        text=_("Nothing was booked."),
        near=times.near_words(asked, known, slot.starts_at),
    )


def lost(asked: Asked, kept: Hold, why: BookingError) -> Notice:
    """Say, on the page she is on, that the time is not hers any more, and what is near it."""
    near: Sequence[SlotWords] = ()
    if not isinstance(why, TooManyTries):
        others = replace(asked, hold_id=None)  # what she had is not one of them
        near = times.near_words(others, times.load(others, now=clock.now()), kept.starts_at)
    return Notice(heading=_heading(why), text=_(why.message), near=near)


def over(kept: Hold) -> HoldOver | None:
    """Return the error to explain when a kept time has gone back by itself."""
    return HoldOver() if kept.expires_at <= clock.now() else None


def extend(kept: Hold) -> None:
    """Give ten more minutes. Raises HoldOver."""
    public_id = kept.public_id
    with transaction():
        mine = queries.hold(public_id)
        if mine is None:
            raise HoldOver
        actions.extend_hold(mine, now=clock.now())


def let_go(kept: Hold) -> None:
    """Give the time back now, with what was typed."""
    public_id = kept.public_id
    with transaction():
        mine = queries.hold(public_id)
        if mine is not None:
            actions.release_hold(mine)


def _heading(why: BookingError) -> str:
    if isinstance(why, TooManyTries):
        return str(_("Please wait a moment"))
    if isinstance(why, HoldOver):
        return str(_("We no longer keep this time"))
    return str(_("That time is no longer free") if why.status == 409 else _("Please choose again"))


def _asked_start() -> datetime | None:
    try:
        return rules.read_slot(request.form.get("slot", "")).starts_at
    except BadInput:
        return None


def id_of(rows: Sequence[Any], public_id: UUID) -> int:
    """Return the id of the row that is called that. Raises BadInput."""
    found = next((row for row in rows if row.public_id == public_id), None)
    if found is None:
        raise BadInput(_("This visit cannot be booked that way. Please choose a time shown here."))
    number: int = found.id
    return number
