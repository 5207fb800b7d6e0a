"""The staff's day by practitioner, or as one list."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol
from uuid import UUID

from flask import Flask, current_app, render_template, request, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Actor, Permission
from booking.appointments.queries import away, desk
from booking.appointments.queries import board as queries
from booking.appointments.queries.gently import met_gently
from booking.appointments.views import drawing
from booking.appointments.views.desk_site import asked_day, bp, day_words
from booking.appointments.views.signs import Badges, signs_of
from booking.audit import actions as audit
from booking.audit.rules.visits import DayOpened
from booking.availability.rules import epoch_minute
from booking.core import clock
from booking.core.db import transaction
from booking.core.words import clock_words

DAYS_LISTED = 7


class Call(Protocol):
    """Somebody to ring now: a name, and the visit whose page says what to say."""

    @property
    def name(self) -> str:
        """The patient's name."""

    @property
    def public_id(self) -> UUID:
        """The visit's public id."""


class Notice(Protocol):
    """A line above the day: words, already translated, and where they lead."""

    @property
    def words(self) -> str:
        """The line."""

    @property
    def address(self) -> str:
        """A page's address."""


Notices = Callable[[Actor, datetime], Sequence[Notice]]
Calls = Callable[[], Sequence[Call]]


def install(app: Flask, *, badges: Badges, calls: Calls) -> None:
    """Tell the board what else is to be said about visits (features above this one know)."""
    app.extensions["desk.badges"] = badges
    app.extensions["desk.calls"] = calls


@bp.get("/day")
@needs(Permission.DAY_READ)
def day() -> str:
    """Show a day by practitioner, or as one list; a practitioner sees her own."""
    actor, now = current_actor(), clock.now()
    shown = asked_day(request.args.get("date", ""))
    found = queries.day(actor, shown, now=now)
    visits = [visit for column in found.columns for visit in column.visits]
    own = actor.practitioner_id is not None and len(found.columns) == 1
    after = shown + timedelta(days=1)
    week = queries.visits_between(actor, after, days=DAYS_LISTED, now=now) if own else {}
    coming = [visit for those in week.values() for visit in those]
    view = "list" if request.args.get("view") == "list" else "board"
    page = render_template(
        "appointments/staff/day.html",
        day=shown,
        day_words=day_words(shown),
        today=clock.today(found.zone),
        before=shown - timedelta(days=1),
        after=after,
        view=view,
        zone=found.zone.key,
        renewed="renewed" in request.args,
        board=drawing.draw(found, now_minute=epoch_minute(now)),
        visits=sorted(visits, key=lambda visit: (visit.starts_at, visit.position)),
        signs=signs_of(visits),
        gently=met_gently((*visits, *coming)),
        staff_late=desk.late_staff(shown),
        absences=away.absences(now=now) if actor.may(Permission.VISIT_BOOK) else (),
        calls=_calls(actor),
        notices=notices_for(actor, now),
        shades=drawing.SHADES,
        status_names=drawing.status_names(),
        words_at=drawing.words_at,
        clock_at=cache(clock_words),
        visit_page=visit_page(),
        week=week,
    )
    with transaction():
        audit.record(DayOpened(day=shown.isoformat(), visits=len(visits)), by=actor, at=now)
    return page


def visit_page() -> str:
    """Return the address of a visit's page without its id: built once, not for each of hundreds."""
    nobody = UUID(int=0)
    return url_for("desk.visit", public_id=nobody).removesuffix(str(nobody))


def _calls(actor: Actor) -> Sequence[Call]:
    """Whom the one who looks has to ring now."""
    ask: Calls | None = current_app.extensions.get("desk.calls")
    return ask() if ask and actor.may(Permission.INTAKE_REVIEW) else ()


def notices_for(actor: Actor, now: datetime) -> Sequence[Notice]:
    """Return what features above this one put before the day: lines that lead to their pages."""
    ask: Notices | None = current_app.extensions.get("desk.notices")
    return ask(actor, now) if ask else ()
