"""Reception's Today, a practitioner's day, and her patients. Each line leads to what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.queries import board as boards
from booking.appointments.queries import desk
from booking.appointments.queries.board import Day
from booking.appointments.queries.gently import met_gently
from booking.appointments.queries.listed import Listed
from booking.appointments.views.board import notices_for
from booking.appointments.views.desk_visit import hindrance_of
from booking.appointments.views.drawing import SHADES, status_names, words_at
from booking.appointments.views.signs import badges_of, signs_of
from booking.audit import actions as audit
from booking.audit.rules.event import Event
from booking.audit.rules.patients import PatientsSearched
from booking.audit.rules.visits import TodayOpened
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.core.words import date_words
from booking.intake.queries import board as intake_board
from booking.intake.queries import queue as intake_queue
from booking.intake.rules.review import Shelf
from booking.today import queries
from booking.today.queries import Work
from booking.today.rules import gap_before, standing

bp = Blueprint("today", __name__)
BLUEPRINTS = (bp,)
AHEAD_SHOWN = 6
FREE_SHOWN = 8
TYPED_AT_MOST = 100
READY = "fine"
TODAY = "EEEE d MMMM"


@dataclass(frozen=True)
class Task:
    """A line of work: the shape of its flag, how much of it, and the page where it is done."""

    kind: str
    words: str
    address: str
    action: str


@dataclass(frozen=True)
class Gap:
    """A free time today, in words, and the page that books it."""

    at: str
    until: str
    who: str
    address: str


@bp.get("/today")
@needs(Permission.WORKLIST)
def reception() -> str:
    """Show what the day asks of the desk: who is next, here, late, and everything that waits."""
    actor, now = current_actor(), clock.now()
    day = clock.today(boards.zone())
    found = boards.day(actor, day, now=now)
    visits = [visit for column in found.columns for visit in column.visits]
    running_late = desk.late_staff(day)
    stands = standing(visits, now=now)
    waited_for = [*stands.late, *stands.here, *stands.ahead]
    work = queries.work(actor, now=now)
    page = render_template(
        "today/reception.html",
        day_words=date_words(day, TODAY),
        stands=stands,
        shown_ahead=AHEAD_SHOWN,
        signs=signs_of([*waited_for, *stands.in_room]),
        gently=met_gently(visits),
        calls=intake_board.calls_now(),
        forms=_not_ready(waited_for),
        tasks=list(_tasks(work)),
        offered=work.offered,
        gaps=_gaps(found),
        running_late={
            c.practitioner.name: running_late[c.practitioner.id]
            for c in found.columns
            if c.practitioner.id in running_late
        },
        zone=found.zone.key,
        renewed="renewed" in request.args,
    )
    _note(TodayOpened(visits=len(visits)))
    return page


@bp.get("/my-day")
@needs(Permission.VISIT_TREAT)
def mine() -> str:
    """Show a practitioner her day: the next visit with its flags, who is here, what is to read."""
    actor, now = current_actor(), clock.now()
    if actor.practitioner_id is None:
        raise NotFound
    day = clock.today(boards.zone())
    found = boards.day(actor, day, now=now)
    visits = [visit for column in found.columns for visit in column.visits]
    stands = standing(visits, now=now)
    current = next(iter(stands.in_room), None)
    following = next(iter([*stands.here, *stands.late, *stands.ahead]), None)
    page = render_template(
        "today/mine.html",
        day_words=date_words(day, TODAY),
        current=current,
        following=following,
        hindrance=hindrance_of(following) if following else "",
        gap=_minutes(following, visits, now) if following else 0,
        badges=badges_of([following]).get(following.id, ()) if following else (),
        visits=visits,
        stands=stands,
        signs=signs_of(visits),
        gently=met_gently(visits),
        to_read=intake_queue.own_queue(actor, shelf=Shelf.TO_READ, chosen=None, now=now).entries,
        notices=notices_for(actor, now),
        shades=SHADES,
        status_names=status_names(),
        renewed="renewed" in request.args,
        zone=found.zone.key,
    )
    _note(TodayOpened(visits=len(visits)))
    return page


@bp.get("/my-patients")
@needs(Permission.VISIT_TREAT)
def patients() -> str:
    """Show a practitioner whom she sees next, and whom she saw last."""
    return _patients("")


@bp.post("/my-patients")
@needs(Permission.VISIT_TREAT)
def find_patients() -> str:
    """Show those of her patients who fit what was typed; it stands in no address."""
    return _patients(request.form.get("who", "")[:TYPED_AT_MOST])


def _patients(typed: str) -> str:
    actor, now = current_actor(), clock.now()
    if actor.practitioner_id is None:
        raise NotFound
    rows = queries.own_patients(actor.practitioner_id, typed, now=now)
    page = render_template(
        "today/patients.html", rows=rows, typed=typed, most=queries.PATIENTS_SHOWN
    )
    _note(PatientsSearched(found=len(rows)))
    return page


def _note(event: Event) -> None:
    with transaction():
        audit.record(event, by=current_actor(), at=clock.now())


def _minutes(visit: Listed, visits: Sequence[Listed], now: datetime) -> int:
    return round(gap_before(visit, visits, now=now).total_seconds() / 60)


def _not_ready(visits: Sequence[Listed]) -> list[tuple[Listed, Any]]:
    """Visits still to come today whose form somebody has to see to, with what is said of it."""
    said = badges_of(visits)
    return [
        (visit, badge)
        for visit in visits
        for badge in said.get(visit.id, ())
        if badge.kind != READY
    ]


def _gaps(day: Day) -> list[Gap]:
    """What is still free today, soonest first."""
    zone = day.zone.key
    spans = sorted((span, nth) for nth, column in enumerate(day.columns) for span in column.free)
    return [
        Gap(
            at=words_at(span[0], zone),
            until=words_at(span[1], zone),
            who=day.columns[nth].practitioner.name,
            address=url_for(
                "desk.add",
                date=day.day,
                practitioner=day.columns[nth].practitioner.public_id,
                at=span[0],
            ),
        )
        for span, nth in spans[:FREE_SHOWN]
    ]


def _tasks(work: Work) -> Iterator[Task]:
    """Everything that waits at the desk, most pressing first; nothing of what does not."""
    for ill in work.ill:
        waits = _(
            "%(name)s is away: %(waiting)d without an answer, %(call)d to call",
            name=ill.absence.practitioner.name,
            waiting=ill.waiting,
            call=ill.to_call,
        )
        page = url_for("desk.absence", absence=ill.absence.public_id)
        yield Task("check", waits, page, _("See who has answered"))
    if num := work.undelivered:
        words = ngettext("A message did not arrive", "%(num)s messages did not arrive", num)
        page = url_for("reminders.worklist", _anchor="undelivered")
        yield Task("check", words, page, _("Fix the address and send again"))
    if num := work.written:
        words = ngettext("A patient has written", "%(num)s patients have written", num)
        yield Task("note", words, url_for("conversations.listed"), _("Answer"))
    yield from _asked(work)
    if num := work.calls:
        words = ngettext("A call or text to make", "%(num)s calls and texts to make", num)
        yield Task("note", words, url_for("reminders.worklist", _anchor="calls"), _("Call"))
    if num := work.answers:
        words = ngettext("An invitation was answered", "%(num)s invitations were answered", num)
        yield Task("note", words, url_for("reminders.worklist", _anchor="answers"), _("Look"))
    if num := work.stranded:
        words = ngettext(
            "A visit lies outside open time", "%(num)s visits lie outside open time", num
        )
        page = url_for("availability.everyones_visits_outside")
        yield Task("check", words, page, _("Move or keep"))


def _asked(work: Work) -> Iterator[Task]:
    if num := work.requests:
        words = ngettext("A request waits for an answer", "%(num)s requests wait", num)
        yield Task("note", words, url_for("desk.requests"), _("Answer"))
    if num := work.changes:
        words = ngettext(
            "Somebody asks to move or cancel", "%(num)s people ask to move or cancel", num
        )
        yield Task("note", words, url_for("desk.requests"), _("Call or change"))
