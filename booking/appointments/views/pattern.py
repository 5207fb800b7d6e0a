"""The pages of a pattern of visits: what was asked for, what it comes to, what was chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking.appointments import actions, rules
from booking.appointments.forms import RhythmForm
from booking.appointments.models import Appointment
from booking.appointments.queries import desk
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Leg, Rhythm, Slot
from booking.appointments.views import choosing, site, times, words
from booking.appointments.views.asked import Asked, Notice, SlotWords
from booking.availability import queries as availability
from booking.availability.rules import AskedBy, Offer
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BookingError, NotFound
from booking.core.words import clock_words, day_words

SPREAD = timedelta(days=5)  # alternatives lie three days around; dates of zones two days apart
LEAVE_OUT = "out"
COUNT = "count"
HOURS = range(7, 21)


@dataclass(frozen=True, kw_only=True)
class LegWords:
    """One visit of a plan as the page says it: a time, or times to choose from.

    `name` is its field, `chosen` what was chosen, `error` why it has to be chosen again.
    """

    name: str
    day: str
    slot: SlotWords | None
    near: Sequence[SlotWords] = ()
    chosen: str = ""
    error: str = ""

    @property
    def value(self) -> str:
        """What is to be kept: a slot's value, LEAVE_OUT, or nothing yet."""
        return self.slot.value if self.slot else self.chosen


def form_of_address() -> RhythmForm:
    """Return the form of a pattern with what the address says."""
    return form_of(request.args)


def form_of(values: MultiDict[str, str]) -> RhythmForm:
    """Return the form of a pattern with what was sent, if a pattern is in it."""
    monday = date(2024, 1, 1)
    return RhythmForm(
        formdata=values if COUNT in values else None,
        days=[(str(n), words.weekday_long(monday + timedelta(days=n))) for n in range(7)],
        hours=[
            (f"{hour:02}:00", clock_words(datetime(2024, 1, 1, hour, tzinfo=UTC), "UTC"))
            for hour in HOURS
        ],
        data={"count": 6, "every": 1, "days": [], "after": ""},
    )


def sent() -> bool:
    """Whether the address has a pattern in it."""
    return COUNT in request.args


def plan(asked: Asked, form: RhythmForm, moving: Sequence[Appointment] = ()) -> list[LegWords]:
    """Work out the times of a pattern as they are offered just now. Nothing is kept.

    `moving` are the visits that move there, in order; their own time counts as free.
    """
    now = clock.now()
    zone = ZoneInfo(asked.places[0].zone)
    today = now.astimezone(zone).date()
    rhythm = Rhythm(
        first=max(form.first.data or today, today),
        weekdays=tuple(form.days.data or ()),
        every_weeks=form.every.data,
        count=len(moving) or form.count.data,
        after=form.starts_after,
    )
    days = rules.days_of(rhythm)
    offers = _offers(asked, days, moving, now=now)
    legs = rules.plan(days, offers, after=rhythm.after)
    return [_words(asked, leg, f"leg-{place}") for place, leg in enumerate(legs, 1)]


def _offers(
    asked: Asked, days: Sequence[date], moving: Sequence[Appointment], *, now: datetime
) -> list[list[Offer]]:
    """Return what each day's visit can have. Without visits that move it is the same for all."""

    def between(first: date, last: date, but: int | None) -> list[Offer]:
        known = availability.schedule(
            asked.service.id,
            start=datetime.combine(first, time(), UTC) - SPREAD,
            end=datetime.combine(last, time(), UTC) + SPREAD,
            now=now,
            but_hold_id=asked.hold_id,
            **{**asked.narrowed, "but_appointment_id": but},
        )
        if asked.asked_by is AskedBy.PATIENT:
            return list(known.offers())
        return list(desk.worth_listing(known.offers(), asked.service.grid_minutes))

    if not moving:
        return [between(days[0], days[-1], None)] * len(days)
    return [between(day, day, one.id) for day, one in zip(days, moving, strict=True)]


def _words(asked: Asked, leg: Leg, name: str) -> LegWords:
    return LegWords(
        name=name,
        day=day_words(leg.day),
        slot=times.slot_words(asked, leg.offer) if leg.offer else None,
        near=[times.slot_words(asked, offer) for offer in leg.near],
    )


def with_choice(leg: LegWords) -> LegWords:
    """Take what was sent: the time shown, unless that has changed, or what was chosen instead."""
    sent = request.form.get(leg.name, "")
    if leg.slot is not None:
        shown = sent in ("", leg.slot.value, LEAVE_OUT)
        return leg if shown and sent != LEAVE_OUT else _instead(leg, sent)
    return _instead(leg, sent)


def _instead(leg: LegWords, sent: str) -> LegWords:
    near = leg.near if leg.slot is None else (leg.slot, *leg.near)
    known = sent in {LEAVE_OUT, *(one.value for one in near)}
    error = "" if known else _("Choose a time instead of %(day)s, or leave it out", day=leg.day)
    return replace(leg, slot=None, near=near, chosen=sent, error=error)


def slots_of(legs: Sequence[LegWords]) -> list[Slot | None]:
    """Return the time of each leg that is to be kept, None for one that is left out.

    Raises BadInput while one has none yet.
    """
    return [None if leg.value == LEAVE_OUT else rules.read_slot(leg.value) for leg in legs]


def keep(
    asked: Asked,
    wanted: Sequence[tuple[Slot, int | None]],
    *,
    typed: actions.Typed | None = None,
) -> None:
    """Keep all these times for this browser, or none; each for the visit (id) that moves there.

    Raises BadInput, NotOffered, AlreadyTaken and TooManyTries.
    """
    now = clock.now()
    with transaction():
        before = site.kept()
        offers = [
            availability.offer_at(
                asked.service,
                practitioner_id=choosing.id_of(asked.practitioners, slot.practitioner),
                location_id=choosing.id_of(asked.locations, slot.location),
                starts_at=slot.starts_at,
                now=now,
                but_hold_id=before.id if before else None,
                **{**asked.whose, "but_appointment_id": moving_id},
            )
            for slot, moving_id in wanted
        ]
        kept = actions.hold_all(
            [(offer, each[1]) for offer, each in zip(offers, wanted, strict=True)],
            now=now,
            by=actions.Browser(
                network=site.network(), form_key=choosing.form_key(), instead_of=before
            ),
            person_id=asked.person_id if wanted[0][1] else None,
            typed=typed,
        )
        actions.sweep_holds(now=now)
        public_id = kept.public_id
    site.keep(public_id)


def pressed_before() -> bool:
    """Whether this page's button was pressed already; then this browser comes back to its times."""
    key = choosing.form_key()
    kept = queries.hold_with_key(key) if key else None
    if kept is None or choosing.over(kept):
        return False
    site.keep(kept.public_id)
    return True


def refused(
    asked: Asked, form: RhythmForm, why: BookingError, moving: Sequence[Appointment] = ()
) -> Any:
    """Show the pattern again as it can be had now, and say that nothing is kept."""
    if isinstance(why, NotFound):
        raise why
    gone = why.status == 409
    notice = Notice(
        heading=_("One of these times is no longer free") if gone else _("Please choose again"),
        text=_("None of them is kept for you. Here is what is free now.")
        if gone
        else _(why.message),
    )
    return page(asked, form, plan(asked, form, moving), notice, status=why.status, moving=moving)


def page(
    asked: Asked,
    form: RhythmForm,
    legs: Sequence[LegWords],
    notice: Notice | None = None,
    *,
    status: int = 200,
    moving: Sequence[Appointment] = (),
) -> tuple[str, int]:
    """Show a pattern and its plan; 422 where something is still to be mended or chosen."""
    if not asked.practitioners:
        return choosing.call_page(asked), 200
    bad = bool(form.errors) or any(leg.error for leg in legs)
    kept = site.kept()
    lives = kept is not None and choosing.over(kept) is None
    shown = render_template(
        "appointments/patient/series.html",
        asked=asked,
        form=form,
        legs=legs,
        moving=moving,
        notice=notice,
        has_error=bad or notice is not None,
        key=uuid4(),
        kept=kept if lives else None,
        kept_together=len(queries.kept_together(kept)) if kept and lives else 0,
        here=f"{asked.path}?{request.query_string.decode()}",
        zones=words.cities(asked.places),
    )
    return shown, 422 if bad and status == 200 else status
