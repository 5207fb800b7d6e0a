"""Named reads for booking and moving at the desk: what is offered there, and who runs late."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Delay
from booking.appointments.queries.board import visible
from booking.appointments.queries.patient import WHOLE_VISIT, from_here_on, practitioners_seen
from booking.appointments.rules import Slot, Status
from booking.availability import queries as availability
from booking.availability.rules import AskedBy, Offer, day_start, epoch_minute, instant_of
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service
from booking.clinic.rules.credentials import in_force
from booking.core.db import session
from booking.core.errors import N_, NotFound, NotOffered
from booking.occupancy import queries as occupancy


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """What the desk asks for on a day by `zone`'s calendar; None is anybody, or anywhere.

    `at` is an epoch minute that is listed whatever its place on the grid. `moving` is a visit
    whose own time counts as free; it must be loaded with its patient.
    """

    day: date
    zone: ZoneInfo
    practitioner_ids: Collection[int] | None = None
    location_ids: Collection[int] | None = None
    person_id: int | None = None
    at: int | None = None
    moving: Appointment | None = None


def offered_on(service: Service, asked: Narrowed, *, now: datetime) -> list[Offer]:
    """Return what is worth listing of a day, by start and then the clinic's order.

    Of all starts, those on the service's own grid, those with which a free stretch begins, and the
    one asked for.
    """
    found = every_offer_on(service, asked, now=now)
    return list(worth_listing(found, service.grid_minutes, asked.at))


def every_offer_on(service: Service, asked: Narrowed, *, now: datetime) -> list[Offer]:
    """Return all that the desk is offered on a day, by start and then the clinic's order."""
    return availability.offers(
        service,
        start=instant_of(day_start(asked.day, asked.zone)),
        end=instant_of(day_start(asked.day + timedelta(days=1), asked.zone)),
        now=now,
        practitioner_ids=asked.practitioner_ids,
        location_ids=asked.location_ids,
        person_id=asked.person_id,
        known_to=() if asked.person_id is None else practitioners_seen(asked.person_id),
        asked_by=AskedBy.STAFF,
        but_appointment_id=asked.moving.id if asked.moving else None,
    )


def worth_listing(offers: Iterable[Offer], grid: int, at: int | None = None) -> Iterator[Offer]:
    """Leave out starts between those of the grid (minutes), but not where a free stretch begins.

    Nor the one at epoch minute `at`.
    """
    last: dict[tuple[int, int], int] = {}
    for offer in offers:
        whose = (offer.practitioner_id, offer.location_id)
        begins = offer.start - last.get(whose, -grid) > DESK_STEP
        last[whose] = offer.start
        local = offer.starts_at.astimezone(offer.zone)
        if begins or offer.start == at or (local.hour * 60 + local.minute) % grid == 0:
            yield offer


DESK_STEP = 5
LAPSED = N_(
    "A licence or insurance of this practitioner has run out, so nobody can be booked. Please have "
    "the new one entered first, or choose somebody else."
)


def any_time(service: Service, slot: Slot, *, now: datetime) -> Offer:
    """Return what a visit at this time would take, whoever has it: a free room, else the first.

    Raises NotFound where this practitioner does not give the service there, and NotOffered while
    a licence or an insurance that is needed has run out: no reason lets anybody past that.
    """
    who, where = _id_of(Practitioner, slot), _id_of(Location, slot)
    known = availability.schedule(
        service.id,
        start=slot.starts_at,
        end=slot.starts_at + timedelta(minutes=1),
        now=now,
        practitioner_ids=who,
        location_ids=where,
        asked_by=AskedBy.STAFF,
    )
    candidate = next(iter(known.candidates), None)
    if candidate is None:
        if _has_lapsed(who, where, now=now):
            raise NotOffered(LAPSED)
        raise NotFound
    start = epoch_minute(slot.starts_at)
    first, last = (instant_of(start + minute) for minute in candidate.plan.whole)
    taken = occupancy.busy([room[1] for room in candidate.rooms], start=first, end=last, now=now)
    free = (room for room in candidate.rooms if not taken[room[1]])
    room = next(free, candidate.rooms[0] if candidate.rooms else None)
    return Offer(service.id, candidate, room, start, None)


def _has_lapsed(who: Collection[int], where: Collection[int], *, now: datetime) -> bool:
    zones = session().scalars(select(Location.zone).where(Location.id.in_(where))).all()
    return any(
        not in_force(clinic.may_be_booked_until(one), zone, now=now)
        for one in who
        for zone in zones
    )


def _id_of(model: type[Practitioner] | type[Location], slot: Slot) -> Sequence[int]:
    name = slot.practitioner if model is Practitioner else slot.location
    return session().scalars(select(model.id).where(model.public_id == name)).all()


def nearest(
    service: Service, asked: Narrowed, around: datetime, *, now: datetime
) -> Sequence[Offer]:
    """Return the three times nearest to `around` that the desk is offered."""
    return availability.nearest(
        service,
        around=around,
        now=now,
        n=3,
        practitioner_ids=asked.practitioner_ids,
        location_ids=asked.location_ids,
        person_id=asked.person_id,
        known_to=() if asked.person_id is None else practitioners_seen(asked.person_id),
        asked_by=AskedBy.STAFF,
        but_appointment_id=asked.moving.id if asked.moving else None,
    )


def side_by_side(offers: Sequence[Offer]) -> list[tuple[Offer, Offer]]:
    """Return two visits for each start that two people could have at once, in order.

    They are with two practitioners at one place; that there are two rooms the database decides.
    """
    return _pairs(offers, lambda _first: 0)


def back_to_back(offers: Sequence[Offer]) -> list[tuple[Offer, Offer]]:
    """Return two visits that one practitioner gives one after the other, by the first's start."""
    return _pairs(offers, _whole_length)


def _whole_length(offer: Offer) -> int:
    begin, end = offer.candidate.plan.whole
    return end - begin


def _pairs(offers: Sequence[Offer], apart: Callable[[Offer], int]) -> list[tuple[Offer, Offer]]:
    by_start: dict[int, list[Offer]] = {}
    for offer in offers:
        by_start.setdefault(offer.start, []).append(offer)
    found: dict[int, tuple[Offer, Offer]] = {}
    for first in offers:
        between = apart(first)
        others = by_start.get(first.start + between, ())
        match = next((other for other in others if _fit(first, other, between)), None)
        if match is not None:
            found.setdefault(first.start, (first, match))
    return list(found.values())


def _fit(first: Offer, second: Offer, apart: int) -> bool:
    same = first.practitioner_id == second.practitioner_id
    return first.location_id == second.location_id and same == bool(apart)


def late(visit: Appointment) -> int:
    """Return how many minutes late a visit's patient is; 0 where nobody said so."""
    wanted = select(Delay.minutes).where(Delay.appointment_id == visit.id)
    return session().scalar(wanted) or 0


_LATE_STAFF = select(Delay.practitioner_id, Delay.minutes).where(Delay.day == bindparam("day"))


def late_staff(day: date) -> Mapping[int, int]:
    """Return how many minutes late practitioners (ids) are on a day; whoever is not is left out."""
    rows = session().connection().execute(_LATE_STAFF, {"day": day})
    return {who: minutes for who, minutes in rows if who is not None}


def rest_of(actor: Actor, visit: Appointment, *, now: datetime) -> list[Appointment]:
    """Return a visit and those after it in its series that can be moved or cancelled together.

    They are booked, still to come, and such as the actor may see; none outside a series.
    """
    staff = {one.id for one in visible(actor)}
    return [
        each
        for each in from_here_on(visit)
        if each.status is Status.BOOKED and each.starts_at > now and each.practitioner_id in staff
    ]


def company_of(visit: Appointment) -> Sequence[Appointment]:
    """Return the visits of those who come together with this one's patient, by time."""
    if visit.together is None:
        return ()
    wanted = (
        select(Appointment)
        .where(Appointment.together == visit.together, Appointment.id != visit.id)
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at)
    )
    return session().scalars(wanted).all()


def to_come(visit: Appointment, *, now: datetime) -> Sequence[Appointment]:
    """Return the booked visits of this visit's record that are still to come, soonest first."""
    wanted = (
        select(Appointment)
        .where(
            Appointment.patient_id == visit.patient_id,
            Appointment.status == Status.BOOKED,
            Appointment.ends_at > now,
        )
        .options(*WHOLE_VISIT)
        .order_by(Appointment.starts_at)
    )
    return session().scalars(wanted).all()


def practitioner_late(visit: Appointment, day: date) -> int:
    """Return how many minutes late the visit's practitioner is on its day; 0 where she is not."""
    return late_staff(day).get(visit.practitioner_id, 0)
