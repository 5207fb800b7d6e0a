"""What all lists of forms share: a line, a page of a list, which visits wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select

from booking.accounts.models import User
from booking.appointments.models import Appointment, Clearance, Status
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import UtcDateTime, session
from booking.intake.models import FormState, IntakeForm
from booking.intake.queries.standing import open_question_counts, standings
from booking.intake.rules.review import Shelf, Standing, Tab, ring_wanted
from booking.patients.models import Patient
from booking.patients.queries import MET_GENTLY

List = TypeVar("List", Tab, Shelf)
ON_A_PAGE = 25
NOT_BEGUN_AHEAD = timedelta(days=14)
QUEUE_BEHIND = timedelta(hours=12)
WAITING = (Status.BOOKED, Status.ARRIVED, Status.IN_ROOM)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One coming visit in a list, and where its form stands; `form_id` is None if not begun.

    `service` is what the clinic calls it, `outward_service` what patients are told. `claimed_by`
    is the name of who has taken the form, None while nobody has.
    """

    id: int
    public_id: UUID
    starts_at: datetime
    ends_at: datetime
    zone: str
    patient: str
    practitioner: str
    service: str
    outward_service: str
    form_id: int | None
    state: FormState
    first_answer_at: datetime | None
    sent_at: datetime | None
    claimed_at: datetime | None
    claimed_by: str | None
    gently: bool
    flags: Sequence[Standing]
    questions_open: int

    @property
    def ring(self) -> bool:
        """Whether reception has to ring her."""
        return ring_wanted(self.flags)

    @property
    def undecided(self) -> int:
        """How many flags wait for a practitioner's decision."""
        return sum(flag.needs_decision for flag in self.flags)


@dataclass(frozen=True, kw_only=True)
class Queue(Generic[List]):
    """How many visits stand in each list, and one page of the list `current`, from 1."""

    counts: Mapping[List, int]
    current: List
    entries: Sequence[Entry]
    page: int
    pages: int


def waiting(now: datetime) -> ColumnElement[bool]:
    """Visits not over that ask for a form."""
    return _ending_after(now - QUEUE_BEHIND)


def _ending_after(moment: Any) -> ColumnElement[bool]:
    return and_(
        Appointment.status.in_(WAITING),
        Appointment.clearance != Clearance.NOT_NEEDED,
        Appointment.ends_at > moment,
    )


STILL_WAITING = _ending_after(bindparam("since", type_=UtcDateTime))
"""As `waiting`, for a question made once; `since` has what it is told."""


def since(now: datetime) -> dict[str, datetime]:
    """Return the moment after which visits still wait, for the questions with `STILL_WAITING`."""
    return {"since": now - QUEUE_BEHIND}


def soon(now: datetime) -> ColumnElement[bool]:
    """Those of them that stand in a list also while nobody has begun their form."""
    return and_(waiting(now), Appointment.starts_at < now + NOT_BEGUN_AHEAD)


# One nobody began is a draft.
_STATE: ColumnElement[FormState] = func.coalesce(IntakeForm.state, FormState.DRAFT)
_LINES = (
    select(
        Appointment.id,
        Appointment.public_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Location.zone,
        Patient.name.label("patient"),
        Practitioner.name.label("practitioner"),
        Service.name.label("service"),
        Service.outward_name.label("outward_service"),
        IntakeForm.id.label("form_id"),
        _STATE.label("state"),
        IntakeForm.first_answer_at,
        IntakeForm.sent_at,
        IntakeForm.claimed_at,
        User.name.label("claimed_by"),
        MET_GENTLY.label("gently"),
    )
    .select_from(Appointment)
    .join(Patient, Patient.id == Appointment.patient_id)
    .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
    .join(Location, Location.id == Appointment.location_id)
    .join(Service, Service.id == Appointment.service_id)
    .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
    .outerjoin(User, User.id == IntakeForm.claimed_by)
)


def count(lines: Select[int]) -> int:
    """How many visits a selection of their ids has."""
    number = lines.with_only_columns(func.count(), maintain_column_froms=True)
    return session().scalar(number) or 0


def within(page: int, count: int) -> tuple[int, int]:
    """The page there is nearest to the one asked for, and how many there are."""
    pages = max(1, -(-count // ON_A_PAGE))
    return min(max(1, page), pages), pages


def entries(ids: Sequence[int]) -> list[Entry]:
    """Visits as they stand in the list, in this order, in a handful of queries."""
    rows = session().execute(_LINES.where(Appointment.id.in_(ids)))
    known = {row.id: row._asdict() for row in rows}
    lines = [known[each] for each in ids]
    forms = [line["form_id"] for line in lines if line["form_id"] is not None]
    flags, questions = standings(forms), open_question_counts(forms)
    return [
        Entry(
            **line,
            flags=flags.get(line["form_id"], ()),
            questions_open=questions.get(line["form_id"], 0),
        )
        for line in lines
    ]
