"""What is offered, for pages and actions. All answers come from one schedule and one function.

Everywhere: `service` is loaded; instants are aware UTC; who asks for whom, and where, is said by
`Narrowed`. A page that asks several things asks `schedules.schedule` once instead: four queries.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict, Unpack

from booking.availability.queries.schedules import schedule
from booking.availability.rules import AskedBy, Offer, Reason, TimeNotOffered
from booking.clinic.models import Service

_ANYWHERE = timedelta(days=2)  # covers every zone's idea of a date
_LIFETIME = timedelta(days=36525)


class Narrowed(TypedDict, total=False):
    """What else `schedules.schedule` can be told, with the same names and meanings."""

    practitioner_ids: Collection[int] | None
    location_ids: Collection[int] | None
    person_id: int | None
    known_to: Collection[int]
    asked_by: AskedBy
    but_appointment_id: int | None
    but_hold_id: int | None


def offers(
    service: Service,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    **narrowed: Unpack[Narrowed],
) -> list[Offer]:
    """Every visit that can start in `[start, end)`, by start and then the clinic's order."""
    return list(schedule(service.id, start=start, end=end, now=now, **narrowed).offers())


def first_offer(service: Service, *, now: datetime, **narrowed: Unpack[Narrowed]) -> Offer | None:
    """The soonest visit there is, or None; of whoever is next in turn among those free then."""
    return schedule(service.id, start=now, now=now, **narrowed).first()


def offer_at(
    service: Service,
    *,
    practitioner_id: int,
    location_id: int,
    starts_at: datetime,
    now: datetime,
    **narrowed: Unpack[Narrowed],
) -> Offer:
    """The visit that starts exactly then, with that practitioner, there; else TimeNotOffered."""
    near = _reckonable(starts_at, now)
    if near != starts_at:
        raise TimeNotOffered(Reason.PAST if starts_at < near else Reason.TOO_FAR)
    narrowed["practitioner_ids"], narrowed["location_ids"] = [practitioner_id], [location_id]
    end = near + timedelta(minutes=1)
    return schedule(service.id, start=near, end=end, now=now, **narrowed).at(starts_at)


def still_offered(
    offer: Offer,
    *,
    now: datetime,
    but_appointment_id: int | None = None,
    but_hold_id: int | None = None,
) -> None:
    """Raise TimeNotOffered if caps or gaps have closed an offer meanwhile.

    Of the time itself the database is the judge; how many visits there are it does not count. So
    this is asked again once the practitioner is locked, on the grid it was offered by, and costs
    nothing where no rule counts.
    """
    if not offer.candidate.policy.counts_visits:
        return
    known = schedule(
        offer.service_id,
        start=offer.starts_at,
        end=offer.starts_at + timedelta(minutes=1),
        now=now,
        practitioner_ids=[offer.practitioner_id],
        location_ids=[offer.location_id],
        known_to=[offer.practitioner_id],
        asked_by=AskedBy.STAFF,  # whether she may ask was settled when it was offered
        but_appointment_id=but_appointment_id,
        but_hold_id=but_hold_id,
    )
    replace(known, candidates=(offer.candidate,)).at(offer.starts_at)


def kept_offer(
    service: Service,
    *,
    practitioner_id: int,
    location_id: int,
    starts_at: datetime,
    now: datetime,
    **narrowed: Unpack[Narrowed],
) -> Offer:
    """The visit a hold keeps, as it was promised at `now`, when the hold began.

    Caps and gaps had their say then: visits that others booked meanwhile do not take it back.
    Raises TimeNotOffered.
    """
    narrowed["practitioner_ids"], narrowed["location_ids"] = [practitioner_id], [location_id]
    end = starts_at + timedelta(minutes=1)
    known = schedule(service.id, start=starts_at, end=end, now=now, **narrowed)
    counted = (replace(each, policy=each.policy.uncounted) for each in known.candidates)
    return replace(known, candidates=tuple(counted)).at(starts_at)


def nearest(
    service: Service,
    *,
    around: datetime,
    now: datetime,
    n: int = 3,
    **narrowed: Unpack[Narrowed],
) -> list[Offer]:
    """The `n` visits nearest to the instant `around`, soonest first; fewer when there are fewer."""
    known = schedule(service.id, start=now, now=now, **narrowed)
    return known.nearest(_reckonable(around, now), n)


def day_counts(
    service: Service,
    days: Sequence[date],
    *,
    now: datetime,
    **narrowed: Unpack[Narrowed],
) -> dict[date, int]:
    """How many different times each of `days` (local dates, in order) has; 0 when none."""
    if not days:
        return {}
    known = schedule(
        service.id,
        start=datetime.combine(days[0], time(), UTC) - _ANYWHERE,
        end=datetime.combine(days[-1], time(), UTC) + _ANYWHERE,
        now=now,
        **narrowed,
    )
    counts = known.day_counts()
    return {day: counts.get(day, 0) for day in days}


def _reckonable(instant: datetime, now: datetime) -> datetime:
    """The instant nearest to `instant` that can be reckoned with.

    People can ask for any year in an address; nothing is offered at the ends of the calendar.
    """
    return min(max(instant, now - _ANYWHERE), now + _LIFETIME)
