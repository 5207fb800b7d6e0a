"""Keep practitioners' own calendars told: what is new, changed and gone, each exactly once.

Worked out from the visits as they stand, not from the acts that changed them: so no act can forget
it, and several changes before a look are one.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text

from booking.appointments.actions.booking import new_uid
from booking.appointments.models import Appointment
from booking.calendars import emails
from booking.calendars.models import CopyWay, VisitCopy
from booking.calendars.queries import copies as queries
from booking.calendars.queries.copies import Choice
from booking.calendars.queries.entries import place_words, summary_of
from booking.calendars.rules import Reveal
from booking.calendars.rules.copies import fingerprint
from booking.clinic import queries as clinic
from booking.core.db import session
from booking.mail import outbox
from booking.mail.rules import next_stamp

PLAN_LOCK = text("SELECT pg_advisory_xact_lock(10, 0)")


def plan(*, now: datetime, base_url: str) -> int:
    """Bring copies up to how their visits stand; queue invitations. Returns how many changed.

    At most a batch at a time: call it until it returns 0. Several workers queue here.
    """
    if session().connection().dialect.name == "postgresql":
        session().execute(PLAN_LOCK)
    chosen = queries.choices()
    new = [_new(visit, chosen[visit.practitioner_id], now) for visit in _untold(chosen, now)]
    session().add_all(new)
    session().flush()
    renewed = queries.copies_to_renew(chosen, now=now)
    told = [*new, *(copy for copy in renewed if _renew(copy, chosen, now))]
    session().flush()
    for copy in told:
        if copy.way is CopyWay.INVITE:
            _mail(copy, chosen.get(copy.practitioner_id), now=now, base_url=base_url)
    return len(new) + len(renewed)


def adopt(*, now: datetime) -> None:
    """Take all visits to come as told already: nobody is written to about the past."""
    chosen = queries.choices()
    while visits := _untold(chosen, now):
        session().add_all(_new(visit, chosen[visit.practitioner_id], now) for visit in visits)
        session().flush()


def _untold(chosen: Mapping[int, Choice], now: datetime) -> list[Appointment]:
    return list(queries.visits_untold(chosen, now=now))


def _new(visit: Appointment, choice: Choice, now: datetime) -> VisitCopy:
    stamp = next_stamp(None, now=now)
    return VisitCopy(
        appointment=visit,
        practitioner=visit.practitioner,
        way=choice.way,
        uid=new_uid(clinic.organisation().sender_address),
        sequence=0,
        created_at=stamp,
        stamp=stamp,
        told=_fingerprint(visit, choice.reveal),
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        cancelled=False,
        seen_sequence=visit.sequence,
    )


def _renew(copy: VisitCopy, chosen: Mapping[int, Choice], now: datetime) -> bool:
    """Write down how a copy's visit stands; True where a calendar has to be told."""
    visit = copy.appointment
    copy.seen_sequence = visit.sequence
    stands = queries.is_right(copy, chosen)
    told = _fingerprint(visit, chosen[copy.practitioner_id].reveal) if stands else copy.told
    if copy.cancelled is not stands and copy.told == told:
        return False
    copy.cancelled = not stands
    if stands:  # what ends keeps the times it was told with
        copy.told, copy.starts_at, copy.ends_at = told, visit.starts_at, visit.ends_at
    copy.sequence += 1
    copy.stamp = next_stamp(copy.stamp, now=now)
    return True


def _fingerprint(visit: Appointment, reveal: Reveal) -> str:
    return fingerprint(
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        zone=visit.location.zone,
        summary=summary_of(visit, reveal),
        location=place_words(visit),
    )


def _mail(copy: VisitCopy, choice: Choice | None, *, now: datetime, base_url: str) -> None:
    address = queries.address_of(copy.practitioner)
    if not address:
        return
    draft = emails.own_invite(
        copy,
        clinic.organisation(),
        reveal=choice.reveal if choice else Reveal.HIDDEN,
        address=address,
        base_url=base_url,
    )
    outbox.enqueue(draft, now=now)
