"""Several visits by a pattern: plan, choose where a day has no time, then keep all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request
from flask_babel import gettext as _

from booking.access.gate import public
from booking.appointments import actions, rules
from booking.appointments.forms import RhythmForm
from booking.appointments.queries import patient as queries
from booking.appointments.rules import Leg, Rhythm, Slot
from booking.appointments.views import book, choosing, site, times, words
from booking.appointments.views.asked import Asked, Notice, SlotWords
from booking.appointments.views.site import bp
from booking.availability import queries as availability
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BookingError, NotFound
from booking.core.words import clock_words, day_words

SPREAD = timedelta(days=5)  # alternatives lie three days around; dates of zones two days apart
LEAVE_OUT = "out"
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


@bp.get("/book/<uuid:service>/series")
@public
def choose_series(service: UUID) -> Any:
    """Ask for a pattern, and show what it comes to. Reading only."""
    asked = book.asked_for(service, "appointments.choose_series")
    form = _form()
    legs = _plan(asked, form) if _sent() and form.validate() else []
    return _page(asked, form, legs)


@bp.post("/book/<uuid:service>/series")
@public
def take_series(service: UUID) -> Any:
    """Keep all the times that were chosen, or none, and go on to who she is."""
    asked = book.asked_for(service, "appointments.choose_series")
    form = _form()
    if not (_sent() and form.validate()):
        return _page(asked, form, [])
    legs = [_with_choice(leg) for leg in _plan(asked, form)]
    slots = [rules.read_slot(leg.value) for leg in legs if leg.value not in ("", LEAVE_OUT)]
    if any(leg.error for leg in legs) or not slots:
        return _page(asked, form, legs)
    try:
        _keep(asked, slots)
    except BookingError as refused:
        return _refused(asked, form, refused)
    return redirect(book.after_keeping(), code=303)


def _form() -> RhythmForm:
    """Return the form of a pattern with what the address says."""
    monday = date(2024, 1, 1)
    return RhythmForm(
        formdata=request.args if _sent() else None,
        days=[(str(n), words.weekday_long(monday + timedelta(days=n))) for n in range(7)],
        hours=[
            (f"{hour:02}:00", clock_words(datetime(2024, 1, 1, hour, tzinfo=UTC), "UTC"))
            for hour in HOURS
        ],
        data={"count": 6, "every": 1, "days": [], "after": ""},
    )


def _sent() -> bool:
    return "count" in request.args


def _plan(asked: Asked, form: RhythmForm) -> list[LegWords]:
    """Work out the times of a pattern as they are offered just now. Nothing is kept."""
    now = clock.now()
    zone = ZoneInfo((asked.location or asked.locations[0]).zone)
    today = now.astimezone(zone).date()
    rhythm = Rhythm(
        first=max(form.first.data or today, today),
        weekdays=tuple(form.days.data or ()),
        every_weeks=form.every.data,
        count=form.count.data,
        after=form.starts_after,
    )
    days = rules.days_of(rhythm)
    known = availability.schedule(
        asked.service.id,
        start=datetime.combine(days[0], time(), UTC) - SPREAD,
        end=datetime.combine(days[-1], time(), UTC) + SPREAD,
        now=now,
        but_hold_id=asked.hold_id,
        **asked.narrowed,
    )
    legs = rules.plan(days, known.offers(), after=rhythm.after)
    return [_words(asked, leg, f"leg-{place}") for place, leg in enumerate(legs, 1)]


def _words(asked: Asked, leg: Leg, name: str) -> LegWords:
    return LegWords(
        name=name,
        day=day_words(leg.day),
        slot=times.slot_words(asked, leg.offer) if leg.offer else None,
        near=[times.slot_words(asked, offer) for offer in leg.near],
    )


def _with_choice(leg: LegWords) -> LegWords:
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


def _keep(asked: Asked, slots: Sequence[Slot]) -> None:
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
                person_id=asked.person_id,
                but_hold_id=before.id if before else None,
            )
            for slot in slots
        ]
        kept = actions.hold_all(
            [(offer, None) for offer in offers],
            now=now,
            by=actions.Browser(
                network=site.network(), form_key=choosing.form_key(), instead_of=before
            ),
            typed=book.known_as(asked),
        )
        actions.sweep_holds(now=now)
        public_id = kept.public_id
    site.keep(public_id)


def _refused(asked: Asked, form: RhythmForm, why: BookingError) -> Any:
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
    return _page(asked, form, _plan(asked, form), notice, status=why.status)


def _page(
    asked: Asked,
    form: RhythmForm,
    legs: Sequence[LegWords],
    notice: Notice | None = None,
    *,
    status: int = 200,
) -> tuple[str, int]:
    bad = bool(form.errors) or any(leg.error for leg in legs)
    kept = site.kept()
    lives = kept is not None and choosing.over(kept) is None
    page = render_template(
        "appointments/patient/series.html",
        asked=asked,
        form=form,
        legs=legs,
        notice=notice,
        has_error=bad or notice is not None,
        key=uuid4(),
        kept=kept if lives else None,
        kept_together=len(queries.kept_together(kept)) if kept and lives else 0,
        here=f"{asked.path}?{request.query_string.decode()}",
        zones=words.cities([asked.location] if asked.location else asked.locations),
    )
    return page, 422 if bad and status == 200 else status
