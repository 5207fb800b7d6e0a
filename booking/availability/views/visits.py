"""Visits that lie, or would lie, outside open time: shown before a change, and until dealt with."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from flask import Flask, current_app, render_template, request, url_for
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Actor, Permission
from booking.audit import actions as audit
from booking.audit.rules.visits import VisitsListed
from booking.availability import actions, queries
from booking.availability.views.blueprint import bp
from booking.core import clock
from booking.core.db import transaction
from booking.core.words import local_day


class NamedVisit(Protocol):
    """A booked visit as the staff know it."""

    @property
    def public_id(self) -> UUID:
        """The visit's public id."""

    @property
    def patient(self) -> str:
        """The patient's name."""

    @property
    def practitioner(self) -> str:
        """The practitioner's name."""

    @property
    def service(self) -> str:
        """The service's inside name."""

    @property
    def place(self) -> str:
        """The location's name."""

    @property
    def starts_at(self) -> datetime:
        """When it starts, aware UTC."""

    @property
    def zone(self) -> str:
        """The IANA zone of the location."""


NameVisits = Callable[[Collection[int]], Sequence[NamedVisit]]


def install(app: Flask, *, name_visits: NameVisits) -> None:
    """Tell these pages how to name visits (features above this one know)."""
    app.extensions["availability.name_visits"] = name_visits


@bp.get("/hours/visits")
@needs(Permission.HOURS_EDIT)
def visits_outside() -> Any:
    """List a practitioner's own visits outside her open time, each with a way to move it."""
    practitioner = queries.practitioner_for(current_actor())
    visits = named(queries.stranded([practitioner.id], now=clock.now()))
    return render_template("availability/visits.html", visits=visits)


@bp.get("/visits/outside-hours")
@needs(Permission.VISIT_BOOK)
def everyones_visits_outside() -> Any:
    """List everybody's visits outside open time by day, each with a way to move it."""
    visits = named(queries.stranded(now=clock.now()))
    days = groupby(visits, lambda visit: local_day(visit.starts_at, visit.zone))
    return render_template(
        "availability/everyones_visits.html", days=[(day, list(rows)) for day, rows in days]
    )


@dataclass(frozen=True)
class Notice:
    """A line above the day: words, already translated, and where they lead."""

    words: str
    address: str


def notices(actor: Actor, now: datetime) -> Iterator[Notice]:
    """What whoever moves everybody's visits should know first."""
    if not actor.may(Permission.VISIT_BOOK):
        return
    if outside := len(queries.stranded(now=now)):
        words = ngettext(
            "A visit lies outside open time", "%(num)s visits lie outside open time", outside
        )
        yield Notice(words, url_for("availability.everyones_visits_outside"))


def named(visits: Sequence[int]) -> Sequence[NamedVisit]:
    """Name visits for the reader, and put into the audit that they were shown."""
    if not visits:
        return ()
    with transaction():
        event = VisitsListed(visits=len(visits))
        audit.record(event, by=current_actor(), at=clock.now())
    name_visits: NameVisits = current_app.extensions["availability.name_visits"]
    return name_visits(visits)


def seen() -> str:
    """The token of the visits that the sender of this form was shown, or nothing."""
    return request.form.get("seen", "")


def confirm(would: actions.WouldStrand, *, back: str) -> Any:
    """Show the visits a change would strand, and send the same form again if it is meant."""
    visits = named(would.visits)
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "seen"}
    ]
    return render_template(
        "availability/confirm.html", visits=visits, token=would.token, kept=kept, back=back
    )


def after(address: str) -> str:
    """Where to go once a change is made: to the visits that were kept, if there are any."""
    return url_for("availability.visits_outside") if seen() else address
