"""More of the calendar: the day by room, a practitioner's week, and the day sheet to print."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask import render_template, request

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.queries import board as queries
from booking.appointments.queries.gently import met_gently
from booking.appointments.queries.listed import Listed
from booking.appointments.queries.plan import Colleague
from booking.appointments.queries.rooms import by_room
from booking.appointments.queries.week import DAYS, week
from booking.appointments.views import drawing, drawing_more
from booking.appointments.views.board import visit_page
from booking.appointments.views.desk_site import asked_day, bp, day_words
from booking.appointments.views.signs import signs_of
from booking.appointments.views.site import as_uuid
from booking.audit import actions as audit
from booking.audit.rules.visits import DayOpened
from booking.availability.rules import epoch_minute
from booking.core import clock, names_shown
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.core.words import clock_words

PAGES = "appointments/staff"


@bp.get("/day/rooms")
@needs(Permission.VISIT_BOOK)
def rooms() -> str:
    """Show a day by room."""
    actor, now = current_actor(), clock.now()
    shown = asked_day(request.args.get("date", ""))
    found, columns = by_room(actor, shown, now=now)
    visits = [visit for column in columns for visit in column.visits]
    page = render_template(
        f"{PAGES}/rooms.html",
        day=shown,
        day_words=day_words(shown),
        today=clock.today(found.zone),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        board=drawing_more.draw_rooms(found, columns, now_minute=epoch_minute(now)),
        **grid_of(visits, zone=found.zone.key),
    )
    _note([(shown, len(visits))], now)
    return page


@bp.get("/week")
@needs(Permission.DAY_READ)
def week_page() -> str:
    """Show a week of one practitioner: the one asked for, else the first the reader may see."""
    actor, now = current_actor(), clock.now()
    shown = asked_day(request.args.get("date", ""))
    monday = shown - timedelta(days=shown.weekday())
    staff = queries.visible(actor)
    whose = _whose(staff)
    found = week(whose, monday, now=now)
    today = clock.today(found.zone)
    visits = [visit for _day, column in found.days for visit in column.visits]
    page = render_template(
        f"{PAGES}/week.html",
        day=shown,
        monday=monday,
        sunday=monday + timedelta(days=DAYS - 1),
        today=today,
        before=monday - timedelta(days=DAYS),
        after=monday + timedelta(days=DAYS),
        staff=staff,
        whose=whose,
        board=drawing_more.draw_week(found, today=today, now_minute=epoch_minute(now)),
        **grid_of(visits, zone=found.zone.key),
    )
    _note([(day, len(column.visits)) for day, column in found.days], now)
    return page


@bp.get("/day/sheet")
@needs(Permission.DAY_READ)
def sheet() -> str:
    """Show a day to be printed, a page for each practitioner; no free time on it."""
    actor, now = current_actor(), clock.now()
    shown = asked_day(request.args.get("date", ""))
    found = queries.day(actor, shown, now=now)
    names = names_shown.named(request.args.get("names") or names_shown.chosen())
    page = render_template(
        f"{PAGES}/sheet.html",
        day=shown,
        day_words=day_words(shown),
        columns=[(column, drawing.day_line(column, found)) for column in found.columns],
        status_names=drawing.status_names(),
        chosen=names,
        ways=names_shown.Names,
    )
    _note([(shown, sum(len(column.visits) for column in found.columns))], now)
    return page


def grid_of(visits: Sequence[Listed], *, zone: str) -> dict[str, Any]:
    """Return what the grid's template needs beside the drawn board."""
    return {
        "zone": zone,
        "renewed": "renewed" in request.args,
        "signs": signs_of(visits),
        "gently": met_gently(visits),
        "staff_late": {},
        "shades": drawing.SHADES,
        "status_names": drawing.status_names(),
        "words_at": drawing.words_at,
        "clock_at": cache(clock_words),
        "visit_page": visit_page(),
    }


def _whose(staff: Sequence[Colleague]) -> Colleague:
    """The practitioner the address names, if the reader may see her; else the first."""
    who = request.args.get("who")
    wanted = as_uuid(who) if who else None
    found = next((one for one in staff if not who or one.public_id == wanted), None)
    if found is None:
        raise NotFound
    return found


def _note(days: Sequence[tuple[date, int]], now: datetime) -> None:
    """Put into the audit that the visits of these days were shown; days without any show none."""
    with transaction():
        for day, visits in days:
            if visits or len(days) == 1:
                event = DayOpened(day=day.isoformat(), visits=visits)
                audit.record(event, by=current_actor(), at=now)
