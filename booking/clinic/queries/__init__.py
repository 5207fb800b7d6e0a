"""Named reads of the organisation, what it offers, where, by whom, and in which words."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from booking.clinic.models import (
    Organisation,
    Practitioner,
    Service,
    ServicePractitioner,
    ServiceRoom,
    Way,
)
from booking.clinic.queries.credentials import (
    booked_until,
    checked_credentials,
    credential,
    credentials,
    ending_soon,
    may_be_booked_until,
)
from booking.clinic.queries.places import home_zone, location, locations, room, rooms, used_rooms
from booking.clinic.queries.words import newest_words, own_words, versions_of_words
from booking.core.db import session
from booking.core.errors import NotFound

__all__ = [
    "any_service",
    "anybody_who_treats",
    "booked_until",
    "can_be_given",
    "checked_credentials",
    "credential",
    "credentials",
    "ending_soon",
    "every_service",
    "everybody_who_treats",
    "given_by",
    "givers_of",
    "home_zone",
    "location",
    "locations",
    "may_be_booked_until",
    "newest_words",
    "organisation",
    "own_words",
    "practitioner",
    "practitioner_id_of",
    "practitioner_of",
    "practitioners",
    "practitioners_giving",
    "practitioners_without_account",
    "room",
    "rooms",
    "rooms_of_service",
    "service_for_booking",
    "services",
    "terms_of_givers",
    "used_rooms",
    "versions_of_words",
]


# Asked by many pages, and made once: making them costs as much as asking.
_FOR_BOOKING = (
    select(Service)
    .where(Service.public_id == bindparam("public_id"), Service.active)
    .options(joinedload(Service.segments))
)
_GIVING = (
    select(Practitioner)
    .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
    .where(ServicePractitioner.service_id == bindparam("service_id"), Practitioner.active)
    .order_by(Practitioner.position, Practitioner.id)
)
_ID_OF = select(Practitioner.id).where(Practitioner.user_id == bindparam("user_id"))
_ACTIVE = select(Service).where(Service.active).order_by(Service.position, Service.id)
_TREATING = (
    select(Practitioner).where(Practitioner.active).order_by(Practitioner.position, Practitioner.id)
)


def organisation() -> Organisation:
    """Return the one organisation. Raises NotFound before the clinic is set up."""
    found = session().get(Organisation, 1)
    if found is None:
        raise NotFound
    session().info["organisation"] = found  # the session forgets what nobody holds, and asks anew
    return found


def services() -> Sequence[Service]:
    """Return the services that can be booked, in the clinic's order."""
    return session().scalars(_ACTIVE).all()


def service_for_booking(public_id: UUID) -> Service:
    """Return an active service. Raises NotFound."""
    asked = session().execute(_FOR_BOOKING, {"public_id": public_id})
    found: Service | None = asked.unique().scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def every_service() -> Sequence[Service]:
    """Return the services that can be booked and those kept back, in the clinic's order."""
    wanted = select(Service).order_by(Service.position, Service.id)
    return session().scalars(wanted).all()


def any_service(public_id: UUID) -> Service:
    """Return a service, kept back or not. Raises NotFound."""
    found = session().scalar(select(Service).where(Service.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def rooms_of_service(service_id: int) -> set[int]:
    """Return the ids of the rooms that suit a service."""
    wanted = select(ServiceRoom.room_id).where(ServiceRoom.service_id == service_id)
    return set(session().scalars(wanted))


def can_be_given(service: Service) -> bool:
    """Tell whether somebody gives it, and, unless it is by video, a room suits it."""
    somewhere = service.way is Way.VIDEO or bool(rooms_of_service(service.id))
    return somewhere and bool(practitioners_giving(service.id))


def practitioners() -> Sequence[Practitioner]:
    """Return everyone who treats, in the clinic's order."""
    return session().scalars(_TREATING).all()


def practitioners_giving(service_id: int) -> Sequence[Practitioner]:
    """Return those who give a service, in the clinic's order."""
    return session().scalars(_GIVING, {"service_id": service_id}).all()


def givers_of(service_id: int) -> Sequence[tuple[Practitioner, ServicePractitioner]]:
    """Return those who give a service, in the clinic's order, each with her own terms."""
    wanted = (
        select(Practitioner, ServicePractitioner)
        .join(ServicePractitioner, ServicePractitioner.practitioner_id == Practitioner.id)
        .where(ServicePractitioner.service_id == service_id, Practitioner.active)
        .options(selectinload(ServicePractitioner.segments))
        .order_by(Practitioner.position, Practitioner.id)
    )
    return [(who, own) for who, own in session().execute(wanted)]


def given_by(service_id: int, practitioner: UUID) -> tuple[Practitioner, ServicePractitioner]:
    """Return one who gives a service, with her own terms. Raises NotFound."""
    for who, own in givers_of(service_id):
        if who.public_id == practitioner:
            return who, own
    raise NotFound


def everybody_who_treats() -> Sequence[Practitioner]:
    """Return all who treat here, or did, in the clinic's order."""
    wanted = select(Practitioner).order_by(Practitioner.position, Practitioner.id)
    return session().scalars(wanted).all()


def anybody_who_treats(public_id: UUID) -> Practitioner:
    """Return somebody who treats here, or did. Raises NotFound."""
    found = session().scalar(select(Practitioner).where(Practitioner.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def terms_of_givers(service: Service) -> Sequence[tuple[Practitioner, int, int]]:
    """Return who gives a service, each with length in minutes and price in minor units."""
    return [
        (
            who,
            sum(part.minutes for part in own.segments) or service.minutes,
            service.price_minor if own.price_minor is None else own.price_minor,
        )
        for who, own in givers_of(service.id)
    ]


def practitioner_id_of(user_id: int) -> int | None:
    """Return the id of the practitioner whose account this is, or None."""
    found: int | None = session().connection().execute(_ID_OF, {"user_id": user_id}).scalar()
    return found


def practitioners_without_account() -> Sequence[tuple[int, str]]:
    """Return (id, name) of the practitioners nobody signs in as yet, in the clinic's order."""
    return [(one.id, one.name) for one in practitioners() if one.user_id is None]


def practitioner_of(user_id: int | None) -> int | None:
    """Return the id of the practitioner who signs in as `user_id`, or None."""
    if user_id is None:
        return None
    return session().scalar(
        select(Practitioner.id).where(Practitioner.user_id == user_id, Practitioner.active)
    )


def practitioner(public_id: UUID) -> Practitioner:
    """Return somebody who treats here. Raises NotFound."""
    found = session().scalar(
        select(Practitioner).where(Practitioner.public_id == public_id, Practitioner.active)
    )
    if found is None:
        raise NotFound
    return found
