"""Loading a clinic."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from booking.clinic.models import (
    Location,
    Organisation,
    OwnSegment,
    Practitioner,
    ReceptionView,
    Room,
    SegmentKind,
    Service,
    ServicePractitioner,
    ServiceRoom,
    ServiceSegment,
)
from booking.clinic.rules import (
    BookingMode,
    ClinicPlan,
    GapRule,
    LateChange,
    LocationPlan,
    PractitionerPlan,
    ServicePlan,
    Way,
)
from booking.core.db import session
from booking.core.errors import N_, WrongState

KINDS: Mapping[str, type[StrEnum]] = {
    "mode": BookingMode,
    "way": Way,
    "late_change": LateChange,
    "gap": GapRule,
}


@dataclass(frozen=True, kw_only=True)
class NewResource:
    """How a room or a practitioner becomes something that can be taken; each returns its id."""

    room: Callable[[], int]
    practitioner: Callable[[], int]


def load(plan: ClinicPlan, *, new_resource: NewResource) -> None:
    """Store the clinic a file describes, in a database that has none yet.

    Nobody is invited here; hours and closures are for `availability.actions.load_hours`.
    Raises WrongState where a clinic exists.
    """
    if session().get(Organisation, 1) is not None:
        raise WrongState(N_("This database already holds a clinic. Nothing was changed."))
    view = ReceptionView(str(plan.organisation["reception_view"]))
    session().add(Organisation(**{**plan.organisation, "id": 1, "reception_view": view}))
    rooms = [
        room
        for position, place in enumerate(plan.locations, 1)
        for room in _add_location(place, position, new_resource)
    ]
    staff = [
        _add_practitioner(each, position, new_resource)
        for position, each in enumerate(plan.practitioners, 1)
    ]
    session().flush()
    for position, service in enumerate(plan.services, 1):
        _add_service(service, position, staff, rooms)


def _add_location(place: LocationPlan, position: int, new: NewResource) -> list[Room]:
    row = Location(
        name=place.name,
        outward_name=place.outward_name,
        address=place.address,
        directions=place.directions,
        zone=place.zone,
        position=position,
    )
    session().add(row)
    session().flush()
    rooms = [
        Room(location_id=row.id, resource_id=new.room(), name=name, position=nth)
        for nth, name in enumerate(place.rooms, 1)
    ]
    session().add_all(rooms)
    return rooms


def _add_practitioner(who: PractitionerPlan, position: int, new: NewResource) -> Practitioner:
    row = Practitioner(
        resource_id=new.practitioner(),
        name=who.name,
        email=who.email,
        title=who.title,
        outward_title=who.outward_title,
        about=who.about,
        languages=who.languages,
        video_url=who.video_url,
        position=position,
    )
    session().add(row)
    return row


def _add_service(
    plan: ServicePlan, position: int, staff: Iterable[Practitioner], rooms: Iterable[Room]
) -> None:
    service = Service(**_typed(plan.values), position=position)
    service.segments = [
        ServiceSegment(position=nth, kind=SegmentKind(kind), minutes=minutes)
        for nth, (kind, minutes) in enumerate(plan.segments)
    ]
    session().add(service)
    session().flush()
    for who in staff:
        if not plan.practitioners or who.name in plan.practitioners:
            session().add(_given(service, plan, who))
    for room in rooms:
        if not plan.rooms or room.name in plan.rooms:
            session().add(ServiceRoom(service_id=service.id, room_id=room.id))
    session().flush()


def _given(service: Service, plan: ServicePlan, who: Practitioner) -> ServicePractitioner:
    """What joins a practitioner to a service, with her own terms if she has any."""
    row = ServicePractitioner(service_id=service.id, practitioner_id=who.id)
    for own in plan.by:
        if own.practitioner == who.name:
            for column, value in _typed(own.values).items():
                setattr(row, column, value)
            row.segments = [
                OwnSegment(position=nth, kind=SegmentKind(kind), minutes=minutes)
                for nth, (kind, minutes) in enumerate(own.segments)
            ]
    return row


def _typed(values: Mapping[str, object]) -> dict[str, object]:
    """Columns with their words as what they stand for."""
    return {
        key: KINDS[key](str(value)) if key in KINDS and value is not None else value
        for key, value in values.items()
    }
