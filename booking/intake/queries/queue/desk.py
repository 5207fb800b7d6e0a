"""Reception's queue: to review, with patient, ready."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select, tuple_

from booking.appointments.models import Appointment
from booking.core.db import session
from booking.intake.models import Flag, FormState, IntakeForm, Severity
from booking.intake.queries.queue.lines import (
    NOT_BEGUN_AHEAD,
    ON_A_PAGE,
    STILL_WAITING,
    Queue,
    count,
    entries,
    soon,
    waiting,
    within,
)
from booking.intake.rules.review import Tab, tab_of
from booking.patients.models import Patient

NOT_SENT = tab_of(FormState.DRAFT)
_RING = select(Flag.form_id).where(
    Flag.severity == Severity.URGENT, Flag.handled_at.is_(None), Flag.cleared_at.is_(None)
)


_BEGUN = (
    select(func.count(IntakeForm.id))
    .join(Appointment, Appointment.id == IntakeForm.appointment_id)
    .where(
        STILL_WAITING,
        IntakeForm.state.in_([state for state in FormState if tab_of(state) is Tab.TO_REVIEW]),
        IntakeForm.id.not_in(_RING),
    )
)
_RINGING = _RING.with_only_columns(func.count(Flag.form_id.distinct()))
NUMBER_TO_REVIEW = select(_BEGUN.scalar_subquery() + _RINGING.scalar_subquery())
"""The question how many visits stand in the list to review, as its tab counts them.

Told `lines.since`.
"""


def desk_queue(*, tab: Tab | None, chosen: UUID | None, page: int = 0, now: datetime) -> Queue[Tab]:
    """The visits reception has to do with: those to ring about first, then by time.

    The list is `tab`, else the one the visit `chosen` stands in, else those to review; the page
    is `page`, else the one `chosen` stands on. Someone who needs a call stays in it whatever
    becomes of her visit.
    """
    ringing = _to_ring()
    counts = _counted(ringing, now)
    place = _id_of(chosen)
    if tab is None:
        tab = Tab.TO_REVIEW if place is None else _tab_of(place, ringing)
    first = list(ringing.values()) if tab is Tab.TO_REVIEW else []
    rest = _in_tab(tab, ringing, now)
    if not page:
        before = first.index(place) if place in first else len(first) + _before(rest, place)
        page = 1 + before // ON_A_PAGE if place is not None else 1
    here, pages = within(page, counts[tab])
    start, end = (here - 1) * ON_A_PAGE, here * ON_A_PAGE
    cut = rest.offset(max(0, start - len(first))).limit(max(0, end - max(start, len(first))))
    ids = [*first[start:end], *session().scalars(cut)]
    return Queue(counts=counts, current=tab, entries=entries(ids), page=here, pages=pages)


def _to_ring() -> dict[int, int]:
    """Whom somebody has to ring about, whatever became of the visit: form id to visit id."""
    wanted = (
        select(IntakeForm.id, Appointment.id)
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(IntakeForm.id.in_(_RING))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return {row[0]: row[1] for row in session().execute(wanted)}


def _counted(ringing: Mapping[int, int], now: datetime) -> Counter[Tab]:
    """How many visits stand in each list; those nobody has begun are all that are left."""
    early = case((Appointment.starts_at < now + NOT_BEGUN_AHEAD, 1), else_=0)
    rows = session().execute(
        select(IntakeForm.state, func.count(), func.sum(early))
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(waiting(now))
        .group_by(IntakeForm.state)
    )
    counts, begun_early = Counter[Tab](), 0
    for state, number, at_hand in rows:
        counts[tab_of(state)] += number
        begun_early += at_hand
    wanted = (
        select(IntakeForm.state)
        .join(Appointment, Appointment.id == IntakeForm.appointment_id)
        .where(waiting(now), IntakeForm.id.in_(ringing))
    )
    for state in session().scalars(wanted) if ringing else ():
        counts[tab_of(state)] -= 1
    counts[Tab.TO_REVIEW] += len(ringing)
    counts[NOT_SENT] += count(select(Appointment.id).where(soon(now))) - begun_early
    return counts


def _in_tab(tab: Tab, ringing: Mapping[int, int], now: datetime) -> Select[int]:
    """The visits of a list by their time, but for those to ring about."""
    states = [state for state in FormState if tab_of(state) is tab]
    begun = and_(IntakeForm.state.in_(states), IntakeForm.id.not_in(ringing))
    which = or_(begun, and_(IntakeForm.id.is_(None), soon(now))) if tab is NOT_SENT else begun
    return (
        select(Appointment.id)
        .join(IntakeForm, IntakeForm.appointment_id == Appointment.id, isouter=tab is NOT_SENT)
        .where(waiting(now), which)
        .order_by(Appointment.starts_at, Appointment.id)
    )


def _tab_of(place: int, ringing: Mapping[int, int]) -> Tab:
    """The list a visit stands in."""
    if place in ringing.values():
        return Tab.TO_REVIEW
    wanted = select(IntakeForm.state).where(IntakeForm.appointment_id == place)
    return tab_of(session().scalar(wanted) or FormState.DRAFT)


def _before(rest: Select[int], place: int | None) -> int:
    """How many of a list stand before a visit by their time."""
    key = Appointment.starts_at, Appointment.id
    found = session().execute(select(*key).where(Appointment.id == place)).first()
    if found is None:
        return 0
    return count(rest.order_by(None).where(tuple_(*key) < tuple_(*found)))


def _id_of(chosen: UUID | None) -> int | None:
    if chosen is None:
        return None
    return session().scalar(select(Appointment.id).where(Appointment.public_id == chosen))


_TO_RING = (
    select(Patient.name, Appointment.public_id)
    .join(Appointment, Appointment.patient_id == Patient.id)
    .join(IntakeForm, IntakeForm.appointment_id == Appointment.id)
    .where(IntakeForm.id.in_(_RING))
    .order_by(Appointment.starts_at, Appointment.id)
)


def to_ring() -> list[tuple[str, UUID]]:
    """Whom somebody at the desk has to ring, as (name, public id of the visit), by its time."""
    return [(name, public_id) for name, public_id in session().connection().execute(_TO_RING)]
