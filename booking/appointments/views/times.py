"""The page of free times, as plain values for its template. Booking and moving share it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import groupby
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from booking.appointments import rules
from booking.appointments.rules import PartOfDay, Slot
from booking.appointments.views import words
from booking.appointments.views.asked import Asked, DayWords, Notice, SlotWords
from booking.availability import queries as availability
from booking.availability.rules import Candidate, Offer, Schedule, Way, day_start, epoch_minute
from booking.clinic import queries as clinic
from booking.core.words import clock_words, day_words, money_words

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def load(asked: Asked, *, now: datetime) -> Schedule:
    """Return all times that may be chosen, of everyone and everywhere, up to the last day open.

    Everything a page of times says is read from this one schedule.
    """
    today = now.astimezone(_zone(asked)).date()
    monday = today - today.weekday() * DAY
    known = availability.schedule(
        asked.service.id,
        start=datetime.combine(monday, time(), _zone(asked)),
        now=now,
        but_hold_id=asked.hold_id,
        practitioner_ids=[each.id for each in asked.practitioners],
        **asked.whose,
    )
    visit = asked.moving
    if visit is None:
        return known
    has = (visit.practitioner_id, visit.location_id, epoch_minute(visit.starts_at))
    return replace(known, already=has)


def page(
    asked: Asked, everyone: Schedule, *, now: datetime, notice: Notice | None = None
) -> dict[str, Any]:
    """Return everything the template shows; `everyone` is what `load` gave."""
    today = now.astimezone(_zone(asked)).date()
    known = _asked_for(asked, everyone)
    soonest = known.first()
    last = today + timedelta(days=_horizon(asked, everyone))
    monday = _monday(asked, soonest, today, last)
    counts = known.day_counts()
    chosen = _chosen(asked, counts, monday)
    offers = _of_day(known, chosen) if chosen else []
    return {
        "asked": asked,
        "service": asked.service,
        "notice": notice,
        "key": uuid4(),
        "soonest": soonest and slot_words(asked, soonest),
        "soonest_when": soonest and _relative(soonest, now),
        "week_words": words.span(monday, monday + 6 * DAY),
        "earlier_week": asked.address(week=monday - WEEK) if monday > today else "",
        "later_week": asked.address(week=monday + WEEK) if monday + WEEK <= last else "",
        "days": _strip(asked, known, counts, monday, chosen, today, last),
        "day": chosen and words.weekday_and_day(chosen),
        "parts": _parts(asked, offers),
        "next_free": None if offers else _next_free(asked, counts, chosen or monday + 6 * DAY),
        "others": None if soonest else _others(asked, everyone),
        "with_words": words.either([each.name for each in asked.with_whom or ()]),
        "where_words": words.either([each.outward_name for each in asked.where or ()]),
        "price": _price(asked, known),
        "terms": _terms(asked, known.candidates[0]) if asked.practitioner and soonest else "",
        "by_video": asked.service.way is Way.VIDEO,
        "zones": words.cities(asked.places),
    }


def near_words(asked: Asked, everyone: Schedule, around: datetime) -> list[SlotWords]:
    """Return the three free times nearest to `around`, soonest first."""
    found = _asked_for(asked, everyone).nearest(around, 3)
    return [slot_words(asked, offer) for offer in found]


def this_one(asked: Asked, everyone: Schedule, slot: Slot) -> list[SlotWords]:
    """Return exactly this time, with that practitioner, there; nothing where it is not free."""
    start = epoch_minute(slot.starts_at)
    found = (slot_words(asked, offer) for offer in everyone.offers((start, start + 1)))
    return [one for one in found if one.value == rules.slot_text(slot)]


def slot_words(asked: Asked, offer: Offer) -> SlotWords:
    """Return how an offer's button reads."""
    practitioner = next(p for p in asked.practitioners if p.id == offer.practitioner_id)
    location = next(place for place in asked.locations if place.id == offer.location_id)
    several = len(asked.places) > 1
    by_video = offer.candidate.way is Way.VIDEO
    return SlotWords(
        value=rules.slot_text(Slot(practitioner.public_id, location.public_id, offer.starts_at)),
        day=day_words(offer.local_date),
        clock=clock_words(offer.starts_at, location.zone),
        offset=offer.offset_label or "",
        practitioner=practitioner.name,
        place=location.outward_name if several and not by_video else "",
        terms=_terms(asked, offer.candidate),
        instant=offer.starts_at.isoformat() if by_video else "",
        zone=location.zone if by_video else "",
    )


def _terms(asked: Asked, who: Candidate) -> str:
    """Return length and price as she gives the visit, where they are not the service's."""
    told = []
    if who.plan.length != asked.service.minutes:
        told.append(str(_("%(minutes)s minutes", minutes=who.plan.length)))
    if who.price_minor != asked.service.price_minor and asked.moving is None:
        told.append(money_words(who.price_minor, clinic.organisation().currency))
    return ", ".join(told)


def _price(asked: Asked, known: Schedule) -> str:
    """Return what the visit costs with those asked for: one price, or the least and the most."""
    prices = {each.price_minor for each in known.candidates} or {asked.service.price_minor}
    currency = clinic.organisation().currency
    least, most = (money_words(price, currency) for price in (min(prices), max(prices)))
    return least if least == most else str(_("%(least)s to %(most)s", least=least, most=most))


def _zone(asked: Asked) -> ZoneInfo:
    return ZoneInfo(asked.places[0].zone)


def _asked_for(asked: Asked, everyone: Schedule) -> Schedule:
    who, where = asked.with_whom, asked.where
    return everyone.narrowed(
        None if who is None else [each.id for each in who],
        None if where is None else [each.id for each in where],
    )


def _horizon(asked: Asked, everyone: Schedule) -> int:
    """How many days from today on anything is open for booking."""
    days = (each.policy.horizon_days for each in everyone.candidates)
    return max(days, default=asked.service.horizon_days)


def _monday(asked: Asked, soonest: Offer | None, today: date, last: date) -> date:
    """Return the week to show: the one asked for, within what can be booked at all."""
    wanted = asked.day or asked.week or (soonest.local_date if soonest else today)
    day = min(max(wanted, today), last)
    return day - day.weekday() * DAY


def _chosen(asked: Asked, counts: Mapping[date, int], monday: date) -> date | None:
    """Return the day whose times are shown: the one asked for, else the first with a time."""
    week = [monday + n * DAY for n in range(7)]
    if asked.day in week:
        return asked.day
    return next((day for day in week if counts.get(day)), None)


def _of_day(known: Schedule, day: date) -> list[Offer]:
    """Return a day's times by the clock of each place, each with whoever is next in turn."""
    everywhere = {candidate.zone for candidate in known.candidates}
    starts = [day_start(day, zone) for zone in everywhere]
    ends = [day_start(day + DAY, zone) for zone in everywhere]
    window = min(starts, default=0), max(ends, default=0)
    return [offer for offer in known.fair_offers(window) if offer.local_date == day]


def _parts(asked: Asked, offers: Iterable[Offer]) -> list[tuple[str, list[SlotWords]]]:
    names = {
        PartOfDay.MORNING: _("Morning"),
        PartOfDay.AFTERNOON: _("Afternoon"),
        PartOfDay.EVENING: _("Evening"),
    }

    def part(offer: Offer) -> PartOfDay:
        return rules.part_of_day(offer.starts_at.astimezone(offer.zone).hour)

    return [
        (names[which], [slot_words(asked, offer) for offer in same])
        for which, same in groupby(offers, key=part)
    ]


def _strip(
    asked: Asked,
    known: Schedule,
    counts: Mapping[date, int],
    monday: date,
    chosen: date | None,
    today: date,
    last: date,
) -> list[DayWords]:
    """The week's days. A weekend day on which nobody works is left out."""
    days = [monday + n * DAY for n in range(7)]
    working = known.working_days(days)
    return [
        DayWords(
            weekday=words.weekday(day),
            number=str(day.day),
            full=words.weekday_and_day(day),
            words=_count_words(counts.get(day, 0), _Day.of(day, today, last, working)),
            url=asked.address(day=day) + "#times" if counts.get(day) else "",
            chosen=day == chosen,
        )
        for day in days
        if day.weekday() < 5 or day in working
    ]


class _Day(Enum):
    """Why a day may have no free time."""

    PAST = "past"
    NOT_YET = "not yet"
    CLOSED = "closed"
    FULL = "full"

    @classmethod
    def of(cls, day: date, today: date, last: date, working: Collection[date]) -> "_Day":
        if day < today:
            return cls.PAST
        if day > last:
            return cls.NOT_YET
        return cls.FULL if day in working else cls.CLOSED


def _count_words(count: int, why: _Day) -> str:
    if count:
        return str(ngettext("%(num)d free", "%(num)d free", count))
    names = {
        _Day.PAST: _("past"),
        _Day.NOT_YET: _("not yet"),
        _Day.CLOSED: _("closed"),
        _Day.FULL: _("full"),
    }
    return str(names[why])


def _next_free(asked: Asked, counts: Mapping[date, int], day: date) -> tuple[str, str] | None:
    """Where nothing is free: the next day that has a time, or the first, as (words, address)."""
    found = next((each for each in counts if each > day), next(iter(counts), None))
    return None if found is None else _day_link(asked, found)


def _others(asked: Asked, everyone: Schedule) -> tuple[str, str] | None:
    """Where one practitioner or place has nothing at all: the first time with anyone, anywhere."""
    found = everyone.first() if asked.with_whom or asked.where else None
    if found is None:
        return None
    anyone = replace(asked, with_whom=None, where=None, day=None, week=None)
    return _day_link(anyone, found.local_date)


def _day_link(asked: Asked, day: date) -> tuple[str, str]:
    return day_words(day), asked.address(day=day) + "#times"


def _relative(offer: Offer, now: datetime) -> str:
    away = (offer.local_date - now.astimezone(offer.zone).date()).days
    if away == 0:
        return str(_("Soonest we can see you is today"))
    if away == 1:
        return str(_("Soonest we can see you is tomorrow"))
    return str(_("Soonest we can see you"))
