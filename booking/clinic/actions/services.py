"""What can be booked: added, changed, offered, kept back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, func, select

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.clinic import ClinicChanged
from booking.clinic import queries
from booking.clinic.models import (
    OwnSegment,
    Practitioner,
    Room,
    SegmentKind,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.clinic.rules import BookingMode, GapRule, LateChange, OwnTermsPlan, ServicePlan, Way
from booking.clinic.rules.starters import STARTERS
from booking.core.db import session
from booking.core.errors import N_, BadInput, WrongState

KINDS: Mapping[str, type[StrEnum]] = {
    "mode": BookingMode,
    "way": Way,
    "late_change": LateChange,
    "gap": GapRule,
}


def add_service(
    plan: ServicePlan, position: int, staff: Iterable[Practitioner], rooms: Iterable[Room]
) -> Service:
    """Store a service with the people and rooms its plan names; none named means all of these."""
    service = Service(**_typed(plan.values), position=position)
    service.segments = _parts(plan.segments)
    session().add(service)
    session().flush()
    for who in staff:
        if not plan.practitioners or who.name in plan.practitioners:
            session().add(_given(service, plan, who))
    for room in rooms:
        if not plan.rooms or room.name in plan.rooms:
            session().add(ServiceRoom(service_id=service.id, room_id=room.id))
    session().flush()
    return service


def begin_service(actor: Actor, starter: str, *, now: datetime) -> Service:
    """Add one of the services to begin with, kept back, for everybody and every room.

    Raises BadInput for a word that names none.
    """
    if starter not in STARTERS:
        raise BadInput
    last = session().scalar(select(func.coalesce(func.max(Service.position), 0)))
    row = add_service(STARTERS[starter], (last or 0) + 1, queries.practitioners(), queries.rooms())
    row.active = False
    audit.record(ClinicChanged(what="service", number=row.id), by=actor, at=now)
    return row


def change_service(
    actor: Actor,
    public_id: UUID,
    plan: ServicePlan,
    *,
    practitioners: Collection[int],
    rooms: Collection[int],
    now: datetime,
) -> None:
    """Write a service anew; terms of single practitioners stay, visits booked already too.

    The ids say who gives it and where. Raises NotFound.
    """
    row = queries.any_service(public_id)
    for name, value in _typed(plan.values).items():
        setattr(row, name, value)
    if [(part.kind.value, part.minutes) for part in row.segments] != list(plan.segments):
        session().execute(delete(ServiceSegment).where(ServiceSegment.service_id == row.id))
        session().expire(row, ["segments"])
        row.segments.extend(_parts(plan.segments))
    _only_given_by(row, practitioners)
    session().execute(delete(ServiceRoom).where(ServiceRoom.service_id == row.id))
    session().add_all(ServiceRoom(service_id=row.id, room_id=each) for each in rooms)
    session().flush()
    audit.record(ClinicChanged(what="service", number=row.id), by=actor, at=now)


def change_own_terms(
    actor: Actor, public_id: UUID, practitioner: UUID, own: OwnTermsPlan, *, now: datetime
) -> None:
    """Write what is another with one practitioner; visits booked already stay as they are.

    Raises NotFound for who does not give it.
    """
    row = queries.any_service(public_id)
    _who, hers = queries.given_by(row.id, practitioner)
    session().execute(
        delete(OwnSegment).where(
            OwnSegment.service_id == hers.service_id,
            OwnSegment.practitioner_id == hers.practitioner_id,
        )
    )
    session().expire(hers, ["segments"])
    _put_own(hers, own)
    session().flush()
    audit.record(ClinicChanged(what="service", number=row.id), by=actor, at=now)


def offer_service(actor: Actor, public_id: UUID, *, active: bool, now: datetime) -> None:
    """Let a service be booked from now on, or no more; visits booked already stay.

    Raises NotFound, and WrongState for one that nobody gives or that has no room.
    """
    row = queries.any_service(public_id)
    if active and not queries.can_be_given(row):
        raise WrongState(N_("Choose who gives it and in which rooms first."))
    row.active = active
    audit.record(ClinicChanged(what="service", number=row.id), by=actor, at=now)


def _only_given_by(row: Service, practitioners: Collection[int]) -> None:
    known = set(
        session().scalars(
            select(ServicePractitioner.practitioner_id).where(
                ServicePractitioner.service_id == row.id
            )
        )
    )
    gone = known - set(practitioners)
    session().execute(
        delete(ServicePractitioner).where(
            ServicePractitioner.service_id == row.id,
            ServicePractitioner.practitioner_id.in_(gone),
        )
    )
    session().add_all(
        ServicePractitioner(service_id=row.id, practitioner_id=each)
        for each in sorted(set(practitioners) - known)
    )


def _parts(segments: Iterable[tuple[str, int]]) -> list[ServiceSegment]:
    return [
        ServiceSegment(position=nth, kind=SegmentKind(kind), minutes=minutes)
        for nth, (kind, minutes) in enumerate(segments)
    ]


def _given(service: Service, plan: ServicePlan, who: Practitioner) -> ServicePractitioner:
    """What joins a practitioner to a service, with her own terms if she has any."""
    row = ServicePractitioner(service_id=service.id, practitioner_id=who.id)
    for own in plan.by:
        if own.practitioner == who.name:
            _put_own(row, own)
    return row


def _put_own(row: ServicePractitioner, own: OwnTermsPlan) -> None:
    for column, value in _typed(own.values).items():
        setattr(row, column, value)
    row.segments.extend(
        OwnSegment(position=nth, kind=SegmentKind(kind), minutes=minutes)
        for nth, (kind, minutes) in enumerate(own.segments)
    )


def _typed(values: Mapping[str, object]) -> dict[str, object]:
    """Columns with their words as what they stand for."""
    return {
        key: KINDS[key](str(value)) if key in KINDS and value is not None else value
        for key, value in values.items()
    }
