"""The lists of forms: reception's queue in its three lists, and a practitioner's own.

A list says where forms stand, never what is in them: nothing sealed is read to draw it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)

from booking.access.policy import Actor
from booking.accounts.models import User
from booking.appointments.models import Appointment, Clearance, Status
from booking.clinic.models import Location, Practitioner, Service
from booking.core.db import session
from booking.intake.models import Decision, Flag, FormState, IntakeForm, Severity
from booking.intake.queries.reading import given_patients
from booking.intake.queries.standing import open_question_counts, standings
from booking.intake.rules.review import Shelf, Standing, Tab, ring_wanted, shown_in
from booking.patients.models import Patient

List = TypeVar("List", Tab, Shelf)
ON_A_PAGE = 50
NOT_BEGUN_AHEAD = timedelta(days=14)
QUEUE_BEHIND = timedelta(hours=12)
WAITING = (Status.BOOKED, Status.ARRIVED, Status.IN_ROOM)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One coming visit in a list, and where its form stands; `form_id` is None if not begun.

    `service` is what the clinic calls it, `outward_service` what patients are told. `claimed_by`
    is the name of who has taken the form, None while nobody has.
    """

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


def desk_queue(*, tab: Tab | None, chosen: UUID | None, page: int = 0, now: datetime) -> Queue[Tab]:
    """The visits reception has to do with: those to ring about first, then by time.

    The list is `tab`, else the one the visit `chosen` stands in, else those to review; the page
    is `page`, else the one `chosen` stands on. Someone who needs a call stays in it whatever
    becomes of her visit.
    """
    wanted = or_(_coming(now), _needs_call())
    places = _places(wanted)
    counts: Counter[Tab] = Counter()
    for (state, ring), number in places.items():
        counts[shown_in(state, ring=ring)] += number
    if tab is None and chosen is not None:
        tab = _tab_of(and_(wanted, Appointment.public_id == chosen))
    current = tab or Tab.TO_REVIEW
    here = [
        and_(_STATE.in_([state]), _RING.is_(ring))
        for state, ring in places
        if shown_in(state, ring=ring) is current
    ]
    lines = _LINES.where(wanted, or_(false(), *here))
    return _paged(lines, _RING, counts, current, page=page, chosen=chosen)


def own_queue(
    actor: Actor, *, shelf: Shelf | None, chosen: UUID | None, page: int = 0, now: datetime
) -> Queue[Shelf]:
    """The coming visits of the practitioner who acts: what is urgent first, then by time.

    Beside them, in a list of their own, stand the newest forms she may read by a right given to
    her. List and page are found as for reception.
    """
    own = and_(Practitioner.user_id == actor.user_id, _coming(now))
    wanted = {
        Shelf.TO_READ: and_(own, _undecided()),
        Shelf.READY: and_(own, ~_undecided(), IntakeForm.sent_at.is_not(None)),
        Shelf.NOT_SENT: and_(own, ~_undecided(), IntakeForm.sent_at.is_(None)),
        Shelf.SHARED: _shared(actor, now),
    }
    counts = {each: _count(_LINES.where(which)) for each, which in wanted.items()}
    if shelf is None and chosen is not None:
        is_chosen = Appointment.public_id == chosen
        stands = (each for each in wanted if _count(_LINES.where(wanted[each], is_chosen)))
        shelf = next(stands, None)
    current = shelf or Shelf.TO_READ
    first = _undecided(Flag.severity == Severity.URGENT)
    lines = _LINES.where(wanted[current])
    return _paged(lines, first, counts, current, page=page, chosen=chosen)


def to_ring() -> list[tuple[str, UUID]]:
    """Whom somebody at the desk has to ring, as (name, public id of the visit), by its time."""
    wanted = (
        select(Patient.name, Appointment.public_id)
        .join(Appointment, Appointment.patient_id == Patient.id)
        .join(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .where(_needs_call())
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [(name, public_id) for name, public_id in session().execute(wanted)]


def _coming(now: datetime) -> ColumnElement[bool]:
    """Visits not over whose form she has begun, and soon those she has not begun either."""
    return and_(
        Appointment.status.in_(WAITING),
        Appointment.clearance != Clearance.NOT_NEEDED,
        Appointment.ends_at > now - QUEUE_BEHIND,
        or_(IntakeForm.id.is_not(None), Appointment.starts_at < now + NOT_BEGUN_AHEAD),
    )


def _needs_call() -> ColumnElement[bool]:
    return IntakeForm.id.in_(
        select(Flag.form_id).where(
            Flag.severity == Severity.URGENT,
            Flag.handled_at.is_(None),
            Flag.cleared_at.is_(None),
        )
    )


def _undecided(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Forms with a live flag that waits for a practitioner's decision."""
    made = exists().where(Decision.flag_id == Flag.id, Decision.decided_at >= Flag.raised_at)
    return exists().where(
        Flag.form_id == IntakeForm.id,
        Flag.severity != Severity.NOTE,
        Flag.cleared_at.is_(None),
        ~made,
        *which,
    )


def _shared(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The newest form sent of each patient whose forms she may read by a right only."""
    hers = given_patients(actor.user_id, now=now)
    newest = (
        select(func.max(IntakeForm.id))
        .where(IntakeForm.patient_id.in_(hers), IntakeForm.sent_at.is_not(None))
        .group_by(IntakeForm.patient_id)
    )
    others = or_(Practitioner.user_id.is_(None), Practitioner.user_id != actor.user_id)
    return and_(IntakeForm.id.in_(newest), others)


# One nobody began is a draft.
_STATE: ColumnElement[FormState] = func.coalesce(IntakeForm.state, FormState.DRAFT)
_RING: ColumnElement[bool] = case((_needs_call(), true()), else_=false())
_LINES = (
    select(
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
    )
    .select_from(Appointment)
    .join(Patient, Patient.id == Appointment.patient_id)
    .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
    .join(Location, Location.id == Appointment.location_id)
    .join(Service, Service.id == Appointment.service_id)
    .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
    .outerjoin(User, User.id == IntakeForm.claimed_by)
)


def _places(wanted: ColumnElement[bool]) -> dict[tuple[FormState, bool], int]:
    """How many visits stand where: by the state of the form, and whether to ring about it."""
    standing = (
        select(_STATE.label("state"), _RING.label("ring"))
        .select_from(Appointment)
        .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
        .where(wanted)
        .subquery()
    )
    place = standing.c.state, standing.c.ring
    rows = session().execute(select(*place, func.count()).group_by(*place))
    return {(state, ring): number for state, ring, number in rows}


def _tab_of(wanted: ColumnElement[bool]) -> Tab | None:
    return next((shown_in(state, ring=ring) for state, ring in _places(wanted)), None)


def _count(lines: Select[*tuple[Any, ...]]) -> int:
    return session().scalar(lines.with_only_columns(func.count())) or 0


def _paged(
    lines: Select[*tuple[Any, ...]],
    first: ColumnElement[bool],
    counts: Mapping[List, int],
    current: List,
    *,
    page: int,
    chosen: UUID | None,
) -> Queue[List]:
    """One page of a list: those that are `first`, then by the time of the visit."""
    later = case((first, 0), else_=1)
    pages = max(1, -(-counts[current] // ON_A_PAGE))
    wanted = page or _page_of(lines, later, chosen)
    here = min(max(1, wanted), pages)
    cut = lines.order_by(later, Appointment.starts_at, Appointment.id)
    entries = _entries(cut.limit(ON_A_PAGE).offset((here - 1) * ON_A_PAGE))
    return Queue(counts=counts, current=current, entries=entries, page=here, pages=pages)


def _page_of(
    lines: Select[*tuple[Any, ...]], later: ColumnElement[int], chosen: UUID | None
) -> int:
    """The page on which a visit stands, the first where it stands on none."""
    key = later, Appointment.starts_at, Appointment.id
    own = lines.where(Appointment.public_id == chosen).with_only_columns(*key)
    found = session().execute(own).first() if chosen is not None else None
    if found is None:
        return 1
    return 1 + _count(lines.where(tuple_(*key) < tuple_(*found))) // ON_A_PAGE


def _entries(wanted: Select[*tuple[Any, ...]]) -> list[Entry]:
    """Entries in order, in a handful of queries whatever their number."""
    lines = [row._asdict() for row in session().execute(wanted)]
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
