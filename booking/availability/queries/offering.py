"""What is offered, for pages and actions. All answers come from one schedule and one function.

Everywhere: `service` is loaded; None for practitioners or locations means all of them; `person_id`
leaves out times at which that patient is elsewhere; `but_appointment_id` and `but_hold_id` name a
visit being moved or a hold being taken over, whose own time counts as free. Instants are aware
UTC. A page that asks several things asks `schedules.schedule` once instead: four queries.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

from booking.availability.queries.schedules import schedule
from booking.availability.rules import Offer
from booking.clinic.models import Service

_FIRST_LOOK = timedelta(days=14)
_ANYWHERE = timedelta(days=2)  # covers every zone's idea of a date


def offers(
    service: Service,
    *,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    start: datetime,
    end: datetime,
    now: datetime,
    person_id: int | None = None,
    but_appointment_id: int | None = None,
    but_hold_id: int | None = None,
) -> list[Offer]:
    """Every visit that can start in `[start, end)`, by start and then the clinic's order."""
    known = schedule(
        service.id,
        start=start,
        end=end,
        now=now,
        practitioner_ids=practitioner_ids,
        location_ids=location_ids,
        person_id=person_id,
        but_appointment_id=but_appointment_id,
        but_hold_id=but_hold_id,
    )
    return list(known.offers())


def first_offer(
    service: Service,
    *,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    now: datetime,
    person_id: int | None = None,
    but_appointment_id: int | None = None,
) -> Offer | None:
    """The soonest visit there is up to the service's horizon, or None.

    Two weeks are loaded first; the rest only when they are full.
    """
    horizon = now + timedelta(days=service.horizon_days) + _ANYWHERE
    for start, end in ((now, now + _FIRST_LOOK), (now + _FIRST_LOOK, horizon)):
        known = schedule(
            service.id,
            start=start,
            end=end,
            now=now,
            practitioner_ids=practitioner_ids,
            location_ids=location_ids,
            person_id=person_id,
            but_appointment_id=but_appointment_id,
        )
        if (found := known.first()) is not None:
            return found
    return None


def offer_at(
    service: Service,
    *,
    practitioner_id: int,
    location_id: int,
    starts_at: datetime,
    now: datetime,
    person_id: int | None = None,
    but_appointment_id: int | None = None,
    but_hold_id: int | None = None,
) -> Offer:
    """The visit that starts exactly then, with that practitioner, there; else TimeNotOffered."""
    near = _clamp(starts_at, service, now)
    known = schedule(
        service.id,
        start=near,
        end=near + timedelta(minutes=1),
        now=now,
        practitioner_ids=[practitioner_id],
        location_ids=[location_id],
        person_id=person_id,
        but_appointment_id=but_appointment_id,
        but_hold_id=but_hold_id,
    )
    return known.at(starts_at)


def nearest(
    service: Service,
    *,
    around: datetime,
    now: datetime,
    n: int = 3,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    person_id: int | None = None,
    but_appointment_id: int | None = None,
) -> list[Offer]:
    """The `n` visits nearest to the instant `around`, soonest first; fewer when there are fewer.

    A week on both sides is loaded first; up to the horizon only when that does not give enough.
    """
    found: list[Offer] = []
    middle = _clamp(around, service, now)
    for reach in (timedelta(days=7), timedelta(days=service.horizon_days) + 2 * _ANYWHERE):
        known = schedule(
            service.id,
            start=max(middle - reach, now),
            end=middle + reach,
            now=now,
            practitioner_ids=practitioner_ids,
            location_ids=location_ids,
            person_id=person_id,
            but_appointment_id=but_appointment_id,
        )
        found = known.nearest(middle, n)
        if len(found) == n:
            break
    return found


def day_counts(
    service: Service,
    days: Sequence[date],
    *,
    now: datetime,
    practitioner_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    person_id: int | None = None,
    but_appointment_id: int | None = None,
) -> dict[date, int]:
    """How many different times each of `days` (local dates, in order) has; 0 when none."""
    if not days:
        return {}
    known = schedule(
        service.id,
        start=datetime.combine(days[0], time(), UTC) - _ANYWHERE,
        end=datetime.combine(days[-1], time(), UTC) + _ANYWHERE,
        now=now,
        practitioner_ids=practitioner_ids,
        location_ids=location_ids,
        person_id=person_id,
        but_appointment_id=but_appointment_id,
    )
    counts = known.day_counts()
    return {day: counts.get(day, 0) for day in days}


def _clamp(instant: datetime, service: Service, now: datetime) -> datetime:
    """The instant nearest to `instant` that is around what can be booked at all.

    People can ask for any year in an address; dates at the ends of the calendar cannot be
    reckoned with, and nothing is offered there.
    """
    last = now + timedelta(days=service.horizon_days) + _ANYWHERE
    return min(max(instant, now - _ANYWHERE), last)
