"""What the staff's pages about visits share: their blueprint, and days."""

from datetime import date

from flask import Blueprint

from booking.appointments.models import Appointment
from booking.appointments.queries import board as queries
from booking.audit.rules.visits import VisitOpened
from booking.core import clock
from booking.core.errors import N_, BadInput
from booking.core.words import date_words

bp = Blueprint("desk", __name__)
FIRST_YEAR, LAST_YEAR = 2000, 2200


def seen(visit: Appointment) -> VisitOpened:
    """Return what to record when a page shows this visit."""
    return VisitOpened(patient_id=visit.patient_id, appointment_id=visit.id)


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
