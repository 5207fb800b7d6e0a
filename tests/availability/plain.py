"""The offers again, minute by minute, as plainly as can be said: what the fast ones mean."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from booking.availability.rules import AskedBy, BookingMode, GapRule, SegmentKind, Way

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def instant(minute):
    return EPOCH + minute * MINUTE


def local(minute, zone):
    return instant(minute).astimezone(zone)


def plain_starts(service_id, who, window, *, open_time, busy, asking):
    """Every minute of the window at which the visit can start, with its room's id."""
    days = {local(minute, who.zone).date() for minute in range(*window)}
    around = range(window[0] - 2 * 1440, window[1] + 2 * 1440)
    whole_days = [minute for minute in around if local(minute, who.zone).date() in days]
    kept = dict(_kept(service_id, who, whole_days, open_time, busy, asking))
    return {minute: room for minute, room in kept.items() if window[0] <= minute < window[1]}


def _kept(service_id, who, minutes, open_time, busy, asking):
    free = {}
    for minute in minutes:
        room = _room(who, minute, busy)
        if (
            _may_ask(who, asking)
            and _in_reach(who, minute, asking)
            and _open(who, minute, open_time)
            and _hers_free(who, minute, busy)
            and (room is not None or who.way is Way.VIDEO)
            and not _full(service_id, who, minute, busy)
        ):
            free[minute] = room
    return [(m, room) for m, room in free.items() if _fits_gaps(who, m, free, open_time, busy)]


def _may_ask(who, asking):
    by_phone = who.policy.mode is BookingMode.PHONE and asking.asked_by is AskedBy.PATIENT
    known = who.policy.new_patients or who.practitioner_id in asking.known_to
    return known and not by_phone


def _in_reach(who, minute, asking):
    notice = who.policy.minimum_notice if asking.asked_by is AskedBy.PATIENT else 0
    last = asking.now.astimezone(who.zone).date() + timedelta(days=who.policy.horizon_days)
    return (
        instant(minute) >= asking.now + notice * MINUTE
        and local(minute, who.zone).date() <= last
        and (local(minute, who.zone).hour * 60 + local(minute, who.zone).minute)
        % who.policy.grid_minutes
        == 0
    )


def _open(who, minute, open_time):
    end = minute + who.plan.length
    spans = open_time.get((who.practitioner_id, who.location_id), ())
    return any(start <= minute and end <= finish for start, finish in spans)


def _meets(taken, begin, end):
    return any(each.start < end and begin < each.end for each in taken.stretches)


def _hers_free(who, minute, busy):
    at, needed = minute, [(minute - who.plan.before, minute)]
    for part in who.plan.segments:
        if part.kind is SegmentKind.HANDS_ON:
            needed.append((at, at + part.minutes))
        at += part.minutes
    needed.append((at, at + who.plan.after))
    hers = busy[who.practitioner_resource]
    return not any(_meets(hers, begin, end) for begin, end in needed if begin < end)


def _room(who, minute, busy):
    begin, end = minute - who.plan.before, minute + who.plan.length + who.plan.after
    free = (room for room, resource in who.rooms if not _meets(busy[resource], begin, end))
    return next(free, None) if who.way is Way.IN_PERSON else None


def _visits(who, busy):
    hers = busy[who.practitioner_resource].stretches
    return {(each.appointment_id, each.hold_id): each for each in hers}.values()


def _full(service_id, who, minute, busy):
    day = local(minute, who.zone).date()
    dates = [
        local(v.begins, who.zone).date() for v in _visits(who, busy) if v.service_id == service_id
    ]
    on_days = Counter(dates)
    in_weeks = Counter(each.isocalendar()[:2] for each in dates)
    daily, weekly = who.policy.daily_cap, who.policy.weekly_cap
    return (daily is not None and on_days[day] >= daily) or (
        weekly is not None and in_weeks[day.isocalendar()[:2]] >= weekly
    )


def _part(minute, zone):
    hour = local(minute, zone).hour
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def _fits_gaps(who, minute, free, open_time, busy):
    day = local(minute, who.zone).date()
    visits = [
        v.begins
        for v in _visits(who, busy)
        if v.location_id == who.location_id and local(v.begins, who.zone).date() == day
    ]
    if who.policy.gap is GapRule.NONE or not visits:
        return True

    def good(start):
        if who.policy.gap is GapRule.PART_OF_DAY:
            return _part(start, who.zone) in {_part(visit, who.zone) for visit in visits}
        return _beside(who, start, open_time, busy)

    same_day = [m for m in free if local(m, who.zone).date() == day]
    return good(minute) or not any(good(m) for m in same_day)


def _beside(who, start, open_time, busy):
    step = who.policy.grid_minutes
    end = start + who.plan.length
    begin, finish = start - who.plan.before, end + who.plan.after
    spans = open_time.get((who.practitioner_id, who.location_id), ())
    taken = busy[who.practitioner_resource].spans
    return (
        any(0 <= begin - there < step for _, there in taken)
        or any(0 <= there - finish < step for there, _ in taken)
        or any(opens <= start and begin - opens < step for opens, _ in spans)
        or any(end <= closes and closes - finish < step for _, closes in spans)
    )
