"""The page of free times, as plain values for its template. Booking and moving share it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
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
from booking.availability.rules import Offer, Schedule, day_counts, local_date
from booking.core.words import clock_words, day_words

DAY, WEEK = timedelta(days=1), timedelta(days=7)
FIRST_LOOK = timedelta(days=14)
SPREAD = timedelta(days=2)  # every zone's idea of a date lies within this of UTC's


def page(asked: Asked, *, now: datetime, notice: Notice | None = None) -> dict[str, Any]:
    """Return everything the template shows."""
    zone = ZoneInfo((asked.location or asked.locations[0]).zone)
    today = now.astimezone(zone).date()
    soonest = _soonest(asked, start=now, now=now)
    monday = _monday(asked, soonest, today)
    known = _schedule(asked, monday, now=now)
    counts = day_counts(_open(asked, known))
    chosen = _chosen(asked, counts, monday)
    offers = _of_day(asked, known, chosen) if chosen else []
    last = today + timedelta(days=asked.service.horizon_days)
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
        "days": _strip(asked, known, counts, monday, chosen, today),
        "day": chosen and words.weekday_and_day(chosen),
        "parts": _parts(asked, offers),
        "next_free": _next_free(asked, offers, chosen or monday + 6 * DAY, soonest, now=now),
        "others": _others(asked, soonest, now=now),
        "zones": words.cities([asked.location] if asked.location else asked.locations),
    }


def near_words(asked: Asked, around: datetime, *, now: datetime) -> list[SlotWords]:
    """Return the three free times nearest to `around`, soonest first."""
    found = availability.nearest(asked.service, around=around, now=now, n=4, **asked.narrowed)
    others = [offer for offer in found if not _has_already(asked, offer)]
    return [slot_words(asked, offer) for offer in others[:3]]


def slot_words(asked: Asked, offer: Offer) -> SlotWords:
    """Return how an offer's button reads."""
    practitioner = next(p for p in asked.practitioners if p.id == offer.practitioner_id)
    location = next(place for place in asked.locations if place.id == offer.location_id)
    several = len(asked.locations) > 1 and asked.location is None
    return SlotWords(
        value=rules.slot_text(Slot(practitioner.public_id, location.public_id, offer.starts_at)),
        day=day_words(offer.local_date),
        clock=clock_words(offer.starts_at, location.zone),
        offset=offer.offset_label or "",
        practitioner=practitioner.name,
        place=location.outward_name if several else "",
    )


def _schedule(asked: Asked, monday: date, *, now: datetime) -> Schedule:
    start = datetime.combine(monday, time(), UTC) - SPREAD
    return availability.schedule(
        asked.service.id,
        start=start,
        end=start + WEEK + 2 * SPREAD,
        now=now,
        but_hold_id=asked.hold_id,
        **asked.narrowed,
    )


def _soonest(asked: Asked, *, start: datetime, now: datetime) -> Offer | None:
    """Return the first offer from `start` on, up to the horizon; two weeks are looked at first."""
    last = now + timedelta(days=asked.service.horizon_days) + SPREAD
    for begin, end in ((start, start + FIRST_LOOK), (start + FIRST_LOOK, last)):
        if begin >= end:
            continue
        known = availability.schedule(
            asked.service.id,
            start=begin,
            end=end,
            now=now,
            but_hold_id=asked.hold_id,
            **asked.narrowed,
        )
        if (found := next(iter(_one_each(_open(asked, known))), None)) is not None:
            return found
    return None


def _one_each(offers: Iterable[Offer]) -> Iterable[Offer]:
    """One offer per start. Where several are free, whose it is goes round from start to start,
    so that whoever stands first on the list does not get every visit.
    """
    for start, same in groupby(offers, key=lambda offer: offer.start):
        choice = list(same)
        yield choice[start // 15 % len(choice)]


def _monday(asked: Asked, soonest: Offer | None, today: date) -> date:
    """Return the week to show: the one asked for, within what can be booked at all."""
    wanted = asked.day or asked.week or (soonest.local_date if soonest else today)
    last = today + timedelta(days=asked.service.horizon_days)
    day = min(max(wanted, today), last)
    return day - day.weekday() * DAY


def _chosen(asked: Asked, counts: Mapping[date, int], monday: date) -> date | None:
    """Return the day whose times are shown: the one asked for, else the first with a time."""
    week = [monday + n * DAY for n in range(7)]
    if asked.day in week:
        return asked.day
    return next((day for day in week if counts.get(day)), None)


def _of_day(asked: Asked, known: Schedule, day: date) -> list[Offer]:
    return [offer for offer in _one_each(_open(asked, known)) if offer.local_date == day]


def _open(asked: Asked, known: Schedule) -> Iterable[Offer]:
    """Return what can be chosen: all that is offered but what the moving visit has already."""
    return (offer for offer in known.offers() if not _has_already(asked, offer))


def _has_already(asked: Asked, offer: Offer) -> bool:
    visit = asked.moving
    return visit is not None and (
        (offer.starts_at, offer.practitioner_id, offer.location_id)
        == (visit.starts_at, visit.practitioner_id, visit.location_id)
    )


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
) -> list[DayWords]:
    """The week's days. A weekend day on which nobody works is left out."""
    last = today + timedelta(days=asked.service.horizon_days)
    working = _working_days(known)
    days = [monday + n * DAY for n in range(7)]
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


def _working_days(known: Schedule) -> Collection[date]:
    zones = {(c.practitioner_id, c.location_id): c.zone for c in known.candidates}
    return {
        local_date(minute, zones[key])
        for key, spans in known.open_time.items()
        for span in spans
        for minute in (span[0], span[1] - 1)
    }


def _next_free(
    asked: Asked, offers: Collection[Offer], day: date, soonest: Offer | None, *, now: datetime
) -> tuple[str, str] | None:
    """Where nothing is free: the next day that has a time, as (words, address)."""
    if offers or soonest is None:
        return None
    after = datetime.combine(day, time(), UTC) + DAY
    found = _soonest(asked, start=max(after, now), now=now) or soonest
    return day_words(found.local_date), asked.address(day=found.local_date) + "#times"


def _others(asked: Asked, soonest: Offer | None, *, now: datetime) -> tuple[str, str] | None:
    """Where one practitioner or place has nothing at all: the first time with anyone, anywhere."""
    if soonest is not None or not (asked.practitioner or asked.location):
        return None
    anyone = replace(asked, practitioner=None, location=None, day=None, week=None)
    found = _soonest(anyone, start=now, now=now)
    if found is None:
        return None
    return day_words(found.local_date), anyone.address(day=found.local_date) + "#times"


def _relative(offer: Offer, now: datetime) -> str:
    away = (offer.local_date - now.astimezone(offer.zone).date()).days
    if away == 0:
        return str(_("Soonest we can see you is today"))
    if away == 1:
        return str(_("Soonest we can see you is tomorrow"))
    return str(_("Soonest we can see you"))
