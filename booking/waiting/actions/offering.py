"""Offer what has become free to those who wait, one after the other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from booking.accounts.actions import throttle
from booking.appointments import actions as appointments
from booking.appointments import emails as visit_emails
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as visits
from booking.availability import queries as availability
from booking.availability.rules import Offer
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.core.errors import BookingError
from booking.intake.queries.standing import visits_with_flag
from booking.mail import outbox
from booking.patients import queries as patient_queries
from booking.patients.rules import HardDates
from booking.waiting import emails, queries, rules
from booking.waiting.actions.steps import lock, new_link, record, settle
from booking.waiting.models import WaitingEntry, WaitingOffer
from booking.waiting.rules import AROUND, EntryState, OfferState

REACH = timedelta(days=2)  # every zone's idea of a date lies within this of UTC's
Fitting = tuple[Offer, datetime]  # and until when it would be kept for her
PREGNANT = "B-PREG"  # the rule that fires where somebody says that she is


def offer_next(*, now: datetime, base_url: str) -> bool:
    """Offer one time to the first who waits and can take one; tell whether there was one.

    What nobody answered in time is marked so first. Whoever must not be mailed is not asked here:
    reception sees her on its list.
    """
    for late in queries.lapsed(now=now):
        settle(late, OfferState.LAPSED)
    asked = queries.entries_with_open_offer()
    free = [
        entry
        for entry in queries.waiting()
        if entry.id not in asked and visit_emails.wanted_by(entry.patient)
    ]
    before = queries.offered_before([entry.id for entry in free])
    people = {entry.patient.resource_id for entry in free}
    avoid, apart = patient_queries.hard_dates(people), patient_queries.who_sit_apart(people)
    for entry in free:
        found = _first_that_fits(
            entry,
            before[entry.id],
            avoid=avoid[entry.patient.resource_id],
            apart=entry.patient.resource_id in apart,
            now=now,
        )
        if found is not None and _still_waits(entry):
            _offer(entry, *found, now=now, base_url=base_url)
            return True
    return False


def _first_that_fits(
    entry: WaitingEntry,
    before: Sequence[WaitingOffer],
    *,
    avoid: HardDates,
    apart: bool,
    now: datetime,
) -> Fitting | None:
    """The soonest time that suits her and was not offered to her before, with its end.

    For whoever asked not to wait beside visible pregnancy it is, of the soonest day that has any,
    the one that keeps her furthest from that: every time of the day has its turn, none is hidden.
    """
    fitting = _fitting(entry, before, avoid=avoid, now=now)
    if not apart:
        return next(fitting, None)
    for _day, times in groupby(fitting, key=lambda found: found[0].local_date):
        return _furthest_apart(entry, list(times))
    return None


def _furthest_apart(entry: WaitingEntry, times: Sequence[Fitting]) -> Fitting:
    offers = [offer for offer, _end in times]
    marked = visits_with_flag(
        PREGNANT,
        start=min(offer.starts_at for offer in offers) - AROUND,
        end=max(offer.ends_at for offer in offers) + AROUND,
        but_of=entry.patient.resource_id,
    )

    def turn(found: Fitting) -> tuple[timedelta, bytes]:
        offer = found[0]
        beside = [(start, end) for place, start, end in marked if place == offer.location_id]
        drawn = throttle.bucket("apart", f"{entry.public_id}|{offer.start}")
        return rules.beside(offer.starts_at, offer.ends_at, beside), drawn

    return min(times, key=turn)


def _fitting(
    entry: WaitingEntry, before: Sequence[WaitingOffer], *, avoid: HardDates, now: datetime
) -> Iterator[Fitting]:
    """Each time that suits her and was not offered to her before, soonest first, with its end.

    Neither the message, nor her time to answer, nor the visit meets a date to `avoid`.
    """
    wish, tried = entry.wish, {(offer.starts_at, offer.practitioner_id) for offer in before}
    end = now + timedelta(days=entry.service.horizon_days) + REACH
    known = availability.schedule(
        entry.service_id,
        start=now,
        end=min(end, wish.before or end),
        now=now,
        practitioner_ids=[entry.practitioner_id] if entry.practitioner_id else None,
        location_ids=[entry.location_id] if entry.location_id else None,
        person_id=entry.patient.resource_id,
        known_to=visits.practitioners_seen(entry.patient.resource_id),
        but_appointment_id=entry.moving.id if entry.moving else None,
    )
    for offer in known.fair_offers():
        if (offer.starts_at, offer.practitioner_id) in tried:
            continue
        if wish.fits(offer.starts_at, offer.zone):
            hers = entry.patient.zone
            clock = ZoneInfo(hers) if hers else offer.zone
            kept_until = rules.answer_by(offer.starts_at, clock, now=now)
            if kept_until is None or any(
                avoid.meet(moment, offer.zone) for moment in (now, kept_until, offer.starts_at)
            ):
                continue
            if _movable(entry.moving, now=kept_until):
                yield offer, kept_until


def _movable(visit: Appointment | None, *, now: datetime) -> bool:
    """Whether the visit she has, if any, may still move at the last moment she may answer."""
    if visit is None:
        return True
    try:
        appointments.ensure_movable(visit, now=now)
    except BookingError:
        return False
    return True


def _offer(
    entry: WaitingEntry, found: Offer, end: datetime, *, now: datetime, base_url: str
) -> None:
    kept = appointments.hold(
        found,
        now=now,
        until=end,
        person_id=entry.patient.resource_id if entry.moving else None,
        moving_id=entry.moving.id if entry.moving else None,
    )
    offer = WaitingOffer(
        entry_id=entry.id,
        hold_id=kept.id,
        practitioner_id=found.practitioner_id,
        location_id=found.location_id,
        starts_at=found.starts_at,
        made_at=now,
        answer_by=end,
    )
    session().add(offer)
    session().flush()
    link = new_link(entry, now=now, base_url=base_url)
    outbox.enqueue(emails.offered(offer, entry, clinic=clinic.organisation(), link=link), now=now)
    record(None, entry, "offered", now=now)


def _still_waits(entry: WaitingEntry) -> bool:
    lock(entry)
    return entry.state is EntryState.WAITING
