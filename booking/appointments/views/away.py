"""A practitioner is ill: take her visits in one go, see who has answered; and her answer."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs, public
from booking.access.policy import Actor, Permission, Role
from booking.appointments import emails
from booking.appointments.actions import desk as actions
from booking.appointments.actions.desk import moving
from booking.appointments.models import AnotherTime, Appointment
from booking.appointments.queries import away as queries
from booking.appointments.queries import board as boards
from booking.appointments.queries import patient as patient_queries
from booking.appointments.views import rows, slots
from booking.appointments.views.desk_site import FIRST_YEAR, LAST_YEAR, bp
from booking.appointments.views.site import as_uuid, base_url
from booking.appointments.views.site import bp as hers
from booking.clinic import queries as clinic
from booking.clinic.models import Practitioner, Service
from booking.core import clock
from booking.core.db import session, transaction
from booking.core.errors import AlreadyTaken, BadInput, BookingError, LinkOver, NotOffered

PAGES = "appointments/staff"


@bp.get("/away")
@needs(Permission.VISIT_BOOK)
def away() -> Any:
    """Ask who is away and from when to when; show absences that have not ended."""
    return _asking_page(dict(request.args))


@bp.post("/away")
@needs(Permission.VISIT_BOOK)
def close() -> Any:
    """Show the visits it meets, and on the second press close her time and ask everybody."""
    values = dict(request.form)
    try:
        practitioner, starts_at, ends_at = _read(values)
    except BadInput as refused:
        return _asking_page(values, refused)
    now = clock.now()
    if request.form.get("go") != "close":
        visits = queries.visits_meeting(practitioner.id, starts_at, ends_at, now=now)
        return render_template(
            f"{PAGES}/away_check.html",
            values=values,
            practitioner=practitioner,
            starts_at=starts_at,
            ends_at=ends_at,
            zone=boards.zone().key,
            visits=[(visit, emails.wanted_by(visit.patient)) for visit in visits],
        )
    try:
        with transaction():
            absence_id = actions.note_absence(
                current_actor(), practitioner, starts_at, ends_at, now=now, base_url=base_url()
            ).public_id
    except BadInput as refused:
        return _asking_page(values, refused)
    return redirect(url_for("desk.absence", absence=absence_id), code=303)


@bp.get("/away/<uuid:absence>")
@needs(Permission.VISIT_BOOK)
def absence(absence: UUID) -> Any:
    """Show who has answered, who has not, and whom to call."""
    found = queries.absence(absence)
    return render_template(
        f"{PAGES}/absence.html",
        absence=found,
        zone=boards.zone().key,
        answers=sorted(queries.answers(found), key=lambda one: one.visit.starts_at),
        open_ones=queries.UNANSWERED,
    )


@bp.post("/away/<uuid:absence>/well")
@needs(Permission.VISIT_BOOK)
def well(absence: UUID) -> Any:
    """Back after all: open her time, confirm the visits that are still in it."""
    with transaction():
        actions.note_well(current_actor(), absence, now=clock.now(), base_url=base_url())
        flash(_("The time is open again, and the visits still in it are confirmed."))
    return redirect(url_for("desk.absence", absence=absence), code=303)


@hers.get("/a/<string:token>/another-time")
@public
def another_time(token: str) -> Any:
    """Show up to six times to move to, a call, or cancelling. Reading only. Raises LinkOver."""
    return _hers_page(*_asked(token), token)


@hers.post("/a/<string:token>/another-time")
@public
def answer_another_time(token: str) -> Any:
    """Take what she pressed: a time, a call, or cancelling. Raises LinkOver."""
    visit, asked = _asked(token)
    if not _is_open(visit, asked):
        return _hers_page(visit, asked, token)
    try:
        return _answered(token)
    except (AlreadyTaken, NotOffered, BadInput) as refused:
        return _hers_page(*_asked(token), token, refused)


def _answered(token: str) -> Any:
    now, go = clock.now(), request.form.get("go")
    with transaction():
        visit, asked = _asked(token)
        actor = Actor(roles=frozenset({Role.VISIT_LINK}), appointment_id=visit.id)
        if go == "call":
            actions.ask_for_call(actor, asked, now=now)
        elif go == "cancel":
            moving.cancel(actor, visit, now=now, base_url=base_url())
            return render_template("appointments/patient/another_time_cancelled.html")
        else:
            _service, slot = slots.read(request.form.get("slot", ""))
            actions.take_other_time(actor, asked, slot, now=now, base_url=base_url())
    return redirect(url_for("appointments.another_time", token=token), code=303)


def _asked(token: str) -> tuple[Appointment, AnotherTime]:
    visit = patient_queries.visit_of_link(token, now=clock.now())
    asked = queries.asked_about(visit)
    if asked is None:
        raise LinkOver
    return visit, asked


def _is_open(visit: Appointment, asked: AnotherTime) -> bool:
    return queries.standing(asked, visit, asked.absence) in queries.UNANSWERED


def _hers_page(
    visit: Appointment, asked: AnotherTime, token: str, refused: BookingError | None = None
) -> Any:
    is_open = _is_open(visit, asked)
    service = session().get_one(Service, visit.service_id)
    offers = queries.offers_for(visit, now=clock.now()) if is_open else []
    page = render_template(
        "appointments/patient/another_time.html",
        booked=visit,
        visit=rows.visit_of(visit),
        times=slots.words(service, offers),
        is_open=is_open,
        calling=asked.call_asked_at is not None,
        moved=queries.standing(asked, visit, asked.absence) is queries.Standing.MOVED,
        refused=refused and _(refused.message),
        token=token,
        has_error=refused is not None,
    )
    return page, refused.status if refused else 200


def _asking_page(values: dict[str, str], refused: BadInput | None = None) -> Any:
    today = clock.today(boards.zone()).isoformat()
    shown = {"first": today, "last": today, "from": "", "until": "", **values}
    page = render_template(
        f"{PAGES}/away.html",
        values=shown,
        practitioners=clinic.practitioners(),
        absences=queries.absences(now=clock.now()),
        zone=boards.zone().key,
        refused=refused and _(refused.message),
        has_error=refused is not None,
    )
    return page, refused.status if refused else 200


def _read(values: dict[str, str]) -> tuple[Practitioner, datetime, datetime]:
    """Return who, and from when to when by the board's clock. Raises BadInput."""
    who = as_uuid(values.get("practitioner"))
    practitioner = next((one for one in clinic.practitioners() if one.public_id == who), None)
    if practitioner is None:
        raise BadInput(_("Choose who is away"))
    zone = boards.zone()
    starts_at = _instant(values.get("first"), values.get("from"), time.min, zone)
    ends_at = _instant(values.get("last"), values.get("until"), None, zone)
    if not starts_at < ends_at:
        raise BadInput(_("Choose an end after the beginning"))
    return practitioner, starts_at, ends_at


def _instant(
    day: str | None, clock_time: str | None, otherwise: time | None, zone: ZoneInfo
) -> datetime:
    """Return the minute by the wall; without a time `otherwise`, or the end of the day for None."""
    try:
        first = date.fromisoformat(day or "")
        at = time.fromisoformat(clock_time) if clock_time else otherwise
    except ValueError as odd:
        raise BadInput(_("Enter days like 2027-07-05 and times like 14:30")) from odd
    if not FIRST_YEAR <= first.year < LAST_YEAR:
        raise BadInput(_("There is no calendar for that year. Please choose a nearer day."))
    if at is None:
        first, at = first + timedelta(days=1), time.min
    wall = datetime.combine(first, at.replace(second=0, microsecond=0, tzinfo=None), tzinfo=zone)
    return wall.astimezone(UTC)
