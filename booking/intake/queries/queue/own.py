"""A practitioner's own list: to read, ready, not sent yet, and what she was let to read."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.intake.models import Decision, Flag, IntakeForm, Severity
from booking.intake.queries.queue.lines import (
    NOT_BEGUN_AHEAD,
    ON_A_PAGE,
    STILL_WAITING,
    Queue,
    count,
    entries,
    waiting,
    within,
)
from booking.intake.queries.reading import given_patients
from booking.intake.rules.review import Shelf

# Counted, sorted and cut with as little beside it as can be; the rest is read for one page.
_STANDING = (
    select(Appointment.id)
    .select_from(Appointment)
    .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
    .outerjoin(IntakeForm, IntakeForm.appointment_id == Appointment.id)
)


def own_queue(
    actor: Actor, *, shelf: Shelf | None, chosen: UUID | None, page: int = 0, now: datetime
) -> Queue[Shelf]:
    """The coming visits of the practitioner who acts: what is urgent first, then by time.

    Beside them, in a list of their own, stand the newest forms she may read by a right given to
    her. List and page are found as for reception.
    """
    begun = or_(IntakeForm.id.is_not(None), Appointment.starts_at < now + NOT_BEGUN_AHEAD)
    own = and_(_own(actor, now), begun)
    wanted = {
        Shelf.TO_READ: _to_read(actor, now),
        Shelf.READY: and_(own, ~_undecided(), IntakeForm.sent_at.is_not(None)),
        Shelf.NOT_SENT: and_(own, ~_undecided(), IntakeForm.sent_at.is_(None)),
        Shelf.SHARED: _shared(actor, now),
    }
    counts = {each: count(_STANDING.where(which)) for each, which in wanted.items()}
    if shelf is None and chosen is not None:
        is_chosen = Appointment.public_id == chosen
        stands = (each for each in wanted if count(_STANDING.where(wanted[each], is_chosen)))
        shelf = next(stands, None)
    current = shelf or Shelf.TO_READ
    first = _undecided(Flag.severity == Severity.URGENT)
    lines = _STANDING.where(wanted[current])
    return _paged(lines, first, counts, current, page=page, chosen=chosen)


def _own(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return and_(Practitioner.user_id == actor.user_id, waiting(now))


def _to_read(actor: Actor, now: datetime) -> ColumnElement[bool]:
    return and_(_own(actor, now), _undecided())


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


NUMBER_TO_READ = _STANDING.where(
    Practitioner.user_id == bindparam("user", type_=Integer), STILL_WAITING, _undecided()
).with_only_columns(func.count(), maintain_column_froms=True)
"""The question how many forms wait for a decision of the practitioner who acts.

Told `user`, her account's id, and `lines.since`.
"""


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


def _paged(
    lines: Select[int],
    first: ColumnElement[bool],
    counts: Mapping[Shelf, int],
    current: Shelf,
    *,
    page: int,
    chosen: UUID | None,
) -> Queue[Shelf]:
    """One page of a list: those that are `first`, then by the time of the visit."""
    later = case((first, 0), else_=1)
    here, pages = within(page or _page_of(lines, later, chosen), counts[current])
    cut = lines.order_by(later, Appointment.starts_at, Appointment.id)
    ids = session().scalars(cut.limit(ON_A_PAGE).offset((here - 1) * ON_A_PAGE)).all()
    return Queue(counts=counts, current=current, entries=entries(ids), page=here, pages=pages)


def _page_of(lines: Select[int], later: ColumnElement[int], chosen: UUID | None) -> int:
    """The page on which a visit stands, the first where it stands on none."""
    key = later, Appointment.starts_at, Appointment.id
    own = lines.where(Appointment.public_id == chosen).with_only_columns(*key)
    found = session().execute(own).first() if chosen is not None else None
    if found is None:
        return 1
    return 1 + count(lines.where(tuple_(*key) < tuple_(*found))) // ON_A_PAGE
