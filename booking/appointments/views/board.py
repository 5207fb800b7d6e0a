"""The staff's pages about visits: the day by practitioner, and one visit."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)

from booking.access.gate import current_actor, needs
from booking.access.policy import Actor, Permission
from booking.accounts import queries as accounts
from booking.appointments import actions, emails
from booking.appointments.actions import desk as desk_actions
from booking.appointments.models import Appointment
from booking.appointments.queries import away, desk
from booking.appointments.queries import board as queries
from booking.appointments.queries.gently import each_once, gently_met
from booking.appointments.rules import Clearance, Status, ensure_may_start
from booking.appointments.views import drawing, messages
from booking.appointments.views.signs import AHEAD, Badges, badges_of, signs_of
from booking.audit import actions as audit
from booking.audit import queries as audit_queries
from booking.audit.rules import (
    AddressCorrected,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentStatusChanged,
    CallAsked,
    ChangeAsked,
    DayOpened,
    OverlapPermitted,
    RequestAnswered,
    VisitOpened,
)
from booking.availability.rules import epoch_minute
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import N_, BadInput, WrongState
from booking.core.words import clock_words, date_words

bp = Blueprint("desk", __name__)
FIRST_YEAR, LAST_YEAR = 2000, 2200
DAYS_LISTED = 7
HISTORY = (
    AppointmentBooked,
    AppointmentRequested,
    RequestAnswered,
    ChangeAsked,
    AppointmentMoved,
    AppointmentCancelled,
    AppointmentStatusChanged,
    OverlapPermitted,
    CallAsked,
    AddressCorrected,
)


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
    ids = [visit.id for visit in visits]
    late, staff_late = desk.delays(ids, [c.practitioner.id for c in found.columns], shown)
    own = actor.practitioner_id is not None and len(found.columns) == 1
    after = shown + timedelta(days=1)
    week = queries.visits_between(actor, after, days=DAYS_LISTED, now=now) if own else {}
    coming = [visit for those in week.values() for visit in those]
    gently = gently_met([visit.public_id for visit in (*visits, *coming)])
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
        board=drawing.draw(found, now_minute=epoch_minute(now)),
        visits=sorted(visits, key=lambda visit: (visit.starts_at, visit.position)),
        signs=signs_of(visits, late, gently),
        gently=each_once(gently.values()),
        staff_late=staff_late,
        absences=away.absences(now=now) if actor.may(Permission.VISIT_BOOK) else (),
        calls=_calls(actor),
        notices=_notices(actor, now),
        shades=drawing.SHADES,
        status_names=drawing.status_names(),
        words_at=drawing.words_at,
        clock_at=cache(clock_words),
        visit_page=_visit_page(),
        week=week,
    )
    with transaction():
        audit.record(DayOpened(day=shown.isoformat(), visits=len(visits)), by=actor, at=now)
    return page


@bp.get("/visits/<uuid:public_id>")
@needs(Permission.VISIT_READ)
def visit(public_id: UUID) -> str:
    """Show one visit: where it stands, how to reach the patient, what happened so far."""
    actor, now = current_actor(), clock.now()
    found = queries.visit_for(actor, public_id)
    behind, ahead = queries.earlier_and_later(found, now=now)
    page = render_template(
        "appointments/staff/visit.html",
        visit=found,
        zone=found.location.zone,
        day=found.starts_at.astimezone(queries.zone()).date(),
        today=clock.today(queries.zone()),
        badges=badges_of([found]).get(found.id, ()),
        late=desk.delays([found.id], (), now.date())[0].get(found.id, 0),
        needing=found.id in away.needing([found.id]),
        mailed=emails.wanted_by(found.patient),
        begun=now >= found.starts_at,
        company=desk.company_of(found),
        shades=drawing.SHADES,
        status_names=drawing.status_names(),
        history=_history(found),
        messages=messages.log_of(found, now=now) if actor.may(Permission.WORKLIST) else None,
        behind=behind,
        ahead=ahead,
        own=actor.practitioner_id == found.practitioner_id,
        hindrance=_hindrance(found),
        answer=_answer(found),
    )
    opened = seen(found)
    with transaction():
        audit.record(opened, by=actor, at=now)
    return page


@bp.post("/visits/<uuid:public_id>/arrive")
@needs(Permission.VISIT_RECEIVE)
def arrive(public_id: UUID) -> Any:
    """Note that the patient is here."""
    with transaction():
        found = actions.mark_arrived(current_actor(), public_id, now=clock.now())
        return back_to(found)


@bp.post("/visits/<uuid:public_id>/undo-arrive")
@needs(Permission.VISIT_RECEIVE)
def undo_arrive(public_id: UUID) -> Any:
    """Take the arrival back."""
    with transaction():
        found = actions.undo_arrived(current_actor(), public_id, now=clock.now())
        return back_to(found)


@bp.post("/visits/<uuid:public_id>/missed")
@needs(Permission.VISIT_RECEIVE)
def missed(public_id: UUID) -> Any:
    """Note that the patient did not come."""
    with transaction():
        return back_to(desk_actions.mark_missed(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/undo-missed")
@needs(Permission.VISIT_RECEIVE)
def undo_missed(public_id: UUID) -> Any:
    """Take that back."""
    with transaction():
        return back_to(desk_actions.undo_missed(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/start")
@needs(Permission.VISIT_TREAT)
def start(public_id: UUID) -> Any:
    """Begin one's own visit."""
    with transaction():
        return back_to(actions.start_visit(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/finish")
@needs(Permission.VISIT_TREAT)
def finish(public_id: UUID) -> Any:
    """End one's own visit."""
    with transaction():
        return back_to(actions.finish_visit(current_actor(), public_id, now=clock.now()))


@bp.post("/visits/<uuid:public_id>/undo")
@needs(Permission.VISIT_TREAT)
def undo(public_id: UUID) -> Any:
    """Take the last step of one's own visit back."""
    with transaction():
        return back_to(actions.undo_step(current_actor(), public_id, now=clock.now()))


def seen(visit: Appointment) -> VisitOpened:
    """Return what to record when a page shows this visit."""
    return VisitOpened(patient_id=visit.patient_id, appointment_id=visit.id)


def back_to(visit: Appointment) -> Any:
    """Return to where the button was: the board or the list at that visit, or its own page."""
    place = request.form.get("from")
    if place in {"board", "list"}:
        shown = visit.starts_at.astimezone(queries.zone()).date()
        view = "list" if place == "list" else None
        anchor = f"visit-{visit.public_id}"
        address = url_for("desk.day", date=shown.isoformat(), view=view, _anchor=anchor)
    else:
        address = url_for("desk.visit", public_id=visit.public_id)
    return redirect(address, code=303)


def asked_day(text: str) -> date:
    """Return the day that `text` names, today where it names none. Raises BadInput."""
    if not text:
        return clock.today(queries.zone())
    try:
        found = date.fromisoformat(text)
    except ValueError as problem:
        raise BadInput(
            N_("That does not look like a day. A day looks like 2027-07-05.")
        ) from problem
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadInput(N_("There is no calendar for that year. Please choose a nearer day."))
    return found


def day_words(shown: date) -> str:
    """Return a day as a heading, with the year unless it is this one."""
    this_year = clock.today(queries.zone()).year == shown.year
    return date_words(shown, "EEEE d MMMM" if this_year else "EEEE d MMMM y")


def _visit_page() -> str:
    """The address of a visit's page without its id: built once, not for each of hundreds."""
    nobody = UUID(int=0)
    return url_for("desk.visit", public_id=nobody).removesuffix(str(nobody))


def _calls(actor: Actor) -> Sequence[Call]:
    """Whom the one who looks has to ring now."""
    ask: Calls | None = current_app.extensions.get("desk.calls")
    return ask() if ask and actor.may(Permission.INTAKE_REVIEW) else ()


def _notices(actor: Actor, now: datetime) -> Sequence[Notice]:
    """What features above this one put before the day: lines that lead to their pages."""
    ask: Notices | None = current_app.extensions.get("desk.notices")
    return ask(actor, now) if ask else ()


def _answer(visit: Appointment) -> str:
    """What last came back from the patient's calendar, untranslated; empty where nothing did."""
    ask: Callable[[Appointment], str] | None = current_app.extensions.get("desk.answer")
    return ask(visit) if ask else ""


def _hindrance(visit: Appointment) -> str:
    """Return why the visit cannot begin yet, untranslated; empty where nothing is in the way."""
    if visit.status not in AHEAD:
        return ""
    if visit.clearance is Clearance.STOPPED:
        return N_("You decided to wait with this visit. Please speak with the patient first.")
    try:
        ensure_may_start(visit.clearance)
    except WrongState as reason:
        return reason.message
    return ""


def _history(visit: Appointment) -> list[dict[str, Any]]:
    """What happened to the visit, oldest first: tag, status, when, and who if on the staff."""
    rows = audit_queries.about_appointment(
        visit.id, patient_id=visit.patient_id, tags=[event.tag for event in HISTORY]
    )
    names: dict[str, str] = {}
    for row in rows:
        kind, _colon, number = row.actor.partition(":")
        if kind == "user" and row.actor not in names:
            names[row.actor] = accounts.user(int(number)).name
    return [
        {
            "tag": row.tag,
            "what": row.details.get("answer") or row.details.get("what"),
            "status": Status(str(row.details["status"])) if "status" in row.details else None,
            "at": row.at,
            "who": names.get(row.actor, ""),
        }
        for row in rows
    ]
