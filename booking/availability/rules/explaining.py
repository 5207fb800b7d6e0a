"""Why a time is not offered, for the staff: one sentence that names the rule.

It walks the steps that offers walk (`starts.sieve`), so the two cannot disagree; only where a step
has several causes does it look closer at which of them it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.availability.rules.grid import Axis, meeting
from booking.availability.rules.offering import reason_for
from booking.availability.rules.plans import Asking, Candidate
from booking.availability.rules.reasons import Reason
from booking.availability.rules.starts import BusyTime, OpenTime
from booking.availability.rules.taken import NOTHING_TAKEN, Taken
from booking.core.errors import N_
from booking.core.intervals import Span, clip, contains


class Why(StrEnum):
    """What an asked time is: offered, or what is in its way."""

    OFFERED = "offered"
    NOT_GIVEN = "not given"
    LAPSED = "lapsed"
    NEVER_THERE = "never there"
    SKIPPED = "skipped"
    PHONE_ONLY = "phone only"
    NOT_NEW = "not new"
    PAST = "past"
    TOO_SOON = "too soon"
    TOO_FAR = "too far"
    OUTSIDE_HOURS = "outside hours"
    TIME_OFF = "time off"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"
    NOT_A_START = "not a start"
    WITH_A_VISIT = "with a visit"
    HELD = "held"
    NO_ROOM = "no room"
    ROOMS_TAKEN = "rooms taken"
    PATIENT_TAKEN = "patient taken"
    DAY_FULL = "day full"
    WEEK_FULL = "week full"
    GAP = "gap"


SENTENCES: Mapping[Why, str] = {
    Why.OFFERED: N_("This time is offered."),
    Why.NOT_GIVEN: N_("%(who)s does not give this kind of visit."),
    Why.LAPSED: N_("A licence or insurance of %(who)s has run out, so nobody can be booked."),
    Why.NEVER_THERE: N_("%(who)s has no published hours at %(place)s around that day."),
    Why.SKIPPED: N_("The clock at %(place)s skips that time when it goes forward."),
    Why.PHONE_ONLY: N_("This kind of visit is booked by phone only."),
    Why.NOT_NEW: N_("%(who)s takes no new patients for this kind of visit."),
    Why.PAST: N_("That time has passed."),
    Why.TOO_SOON: N_("Online this visit is booked at least %(notice)s minutes ahead."),
    Why.TOO_FAR: N_("This visit can be booked %(horizon)s days ahead, and that day is further."),
    Why.OUTSIDE_HOURS: N_(
        "The visit would not lie within published hours of %(who)s at %(place)s."
    ),
    Why.TIME_OFF: N_("%(who)s has time off then."),
    Why.ELSEWHERE: N_("%(who)s is busy then by a calendar kept elsewhere."),
    Why.CLOSED: N_("%(place)s is closed then."),
    Why.NOT_A_START: N_("Visits of this kind start every %(grid)s minutes, and not at that one."),
    Why.WITH_A_VISIT: N_("%(who)s has another visit then, with its time before and after."),
    Why.HELD: N_("Somebody is booking %(who)s for that time and has it for some minutes."),
    Why.NO_ROOM: N_("No room at %(place)s suits this kind of visit."),
    Why.ROOMS_TAKEN: N_("Every room at %(place)s that suits this visit is taken then."),
    Why.PATIENT_TAKEN: N_("The patient has another visit then."),
    Why.DAY_FULL: N_(
        "%(who)s has %(daily_cap)s visits of this kind that day, the most there may be."
    ),
    Why.WEEK_FULL: N_(
        "%(who)s has %(weekly_cap)s visits of this kind that week, the most there may be."
    ),
    Why.GAP: N_("It would leave a gap: that day other times lie closer to the visits there are."),
}
"""Sentences with the names `who` and `place` and the rules' values as `Explanation.values`."""

DESK_MAY = N_("The clinic can book it all the same.")

_PLAIN = {
    Reason.PHONE_ONLY: Why.PHONE_ONLY,
    Reason.NOT_NEW: Why.NOT_NEW,
    Reason.PAST: Why.PAST,
    Reason.TOO_SOON: Why.TOO_SOON,
    Reason.TOO_FAR: Why.TOO_FAR,
    Reason.NOT_A_START: Why.NOT_A_START,
    Reason.PATIENT_TAKEN: Why.PATIENT_TAKEN,
    Reason.DAY_FULL: Why.DAY_FULL,
    Reason.WEEK_FULL: Why.WEEK_FULL,
    Reason.GAP: Why.GAP,
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What is in a patient's way of a time, and the values of the rules that its sentence names.

    `desk_may` tells of a time that is not offered at home whether the staff may have it.
    """

    why: Why
    values: Mapping[str, object]
    desk_may: bool = False

    @property
    def sentence(self) -> str:
        return SENTENCES[self.why]


@dataclass(frozen=True, kw_only=True)
class Closing:
    """Published hours before anything is taken from them, and what is: epoch minutes."""

    hours: Sequence[Span] = ()
    time_off: Sequence[Span] = ()
    elsewhere: Sequence[Span] = ()
    closures: Sequence[Span] = ()


def explain(
    service_id: int,
    candidate: Candidate,
    start: int,
    *,
    open_time: OpenTime,
    busy: BusyTime,
    asking: Asking,
    closing: Closing,
) -> Explanation:
    """Say what is in the way of a visit that starts at epoch minute `start`, if anything is."""
    reason = reason_for(service_id, candidate, start, open_time=open_time, busy=busy, asking=asking)
    policy = candidate.policy
    return Explanation(
        why=_why(reason, candidate, start, busy, closing),
        values={
            "notice": policy.minimum_notice,
            "horizon": policy.horizon_days,
            "grid": policy.grid_minutes,
            "daily_cap": policy.daily_cap,
            "weekly_cap": policy.weekly_cap,
        },
    )


def _why(
    reason: Reason | None, candidate: Candidate, start: int, busy: BusyTime, closing: Closing
) -> Why:
    if reason is None:
        return Why.OFFERED
    if reason is Reason.OUTSIDE_HOURS:
        return _closed((start, start + candidate.plan.length), closing)
    if reason is Reason.TAKEN:
        return _taken(candidate, start, busy.get(candidate.practitioner_resource, NOTHING_TAKEN))
    if reason is Reason.ROOM_TAKEN:
        return Why.ROOMS_TAKEN if candidate.rooms else Why.NO_ROOM
    return _PLAIN[reason]


def _closed(visit: Span, closing: Closing) -> Why:
    """Which of the things that close published hours it was."""
    if not contains(closing.hours, visit):
        return Why.OUTSIDE_HOURS
    if clip(closing.closures, visit):
        return Why.CLOSED
    return Why.TIME_OFF if clip(closing.time_off, visit) else Why.ELSEWHERE


def _taken(candidate: Candidate, start: int, hers: Taken) -> Why:
    """Whether a visit is in the way, or only somebody who is still typing."""
    here = Axis(start, 1, 1)
    in_the_way = (
        stretch
        for stretch in hers.stretches
        for part in candidate.plan.hands_on
        if meeting(here, [(stretch.start, stretch.end)], part)
    )
    return Why.HELD if all(each.appointment_id is None for each in in_the_way) else Why.WITH_A_VISIT
