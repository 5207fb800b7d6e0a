"""What the day board and the desk are told of forms: whom to ring, and a word on each visit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.core.errors import N_
from booking.intake.models import FormState
from booking.intake.queries.review import Entry, entries_of, queue, visits


@dataclass(frozen=True)
class Badge:
    """A word for the day board: `kind` is a flag shape, `text` an untranslated word or two."""

    kind: str
    text: str


@dataclass(frozen=True)
class Call:
    """Somebody to ring now, and the visit whose page says what to say."""

    name: str
    public_id: UUID


def ring_now(*, now: datetime) -> list[Entry]:
    """The visits somebody at the desk has to ring about, for the strip on Today."""
    return [entry for entry in queue(now=now) if entry.ring]


def calls_now(now: datetime) -> list[Call]:
    """Whom the desk has to ring now, as little as the board needs to know."""
    return [Call(entry.visit.patient.name, entry.visit.public_id) for entry in ring_now(now=now)]


def badges_for(appointment_ids: Collection[int]) -> dict[int, list[Badge]]:
    """What the day board says of the forms of these visits, by appointment id."""
    wanted = visits().where(Appointment.id.in_(appointment_ids))
    entries = entries_of(session().scalars(wanted).all())
    return {entry.visit.id: _badges(entry) for entry in entries}


def _badges(entry: Entry) -> list[Badge]:
    if entry.ring:
        return [Badge("stop", N_("Ring now"))]
    if entry.undecided:
        return [Badge("check", N_("Practitioner first"))]
    if entry.state is FormState.READY:
        return [Badge("fine", N_("Form ready"))]
    if entry.state is FormState.DRAFT:
        return [Badge("note", N_("Form not sent"))]
    return [Badge("note", N_("Form to review"))]
