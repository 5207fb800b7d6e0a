"""What the proof page counts, live, a fixed handful of statements whatever the number of visits."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, Subquery, and_, case, cast, func, literal, or_, select

from booking.appointments.models import LIVE, Appointment
from booking.audit.models import AuditRow
from booking.audit.rules.clinic import OffersMeasured
from booking.audit.rules.patients import PatientErased
from booking.audit.rules.upkeep import AuditVerified, BackupMade
from booking.availability import queries as availability
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.core.db import session
from booking.core.settings import Settings
from booking.intake.models import IntakeForm
from booking.mail import outbox
from booking.mail import queries as mail
from booking.mail.models import Mail, MailState
from booking.occupancy.models import Occupancy
from booking.owner.rules.clock_changes import (
    AROUND,
    Booked,
    Rehearsed,
    next_change,
    rehearse,
)
from booking.owner.rules.proof import FORM_NOTICE, Measured

MOST_SECONDS, MOST_RUNS = 1.0, 40
MOST_SENT = 40
MONTH = timedelta(days=31)


def measured(settings: Settings, *, now: datetime) -> Measured:
    """Read everything the proof is made of."""
    verified, offers = _last(AuditVerified.tag), _last(OffersMeasured.tag)
    backup = _last(BackupMade.tag)
    told, waiting, behind = _invites(now)
    licences = [ending for _row, ending in clinic.ending_soon(now=now)]
    return Measured(
        overlaps=overlaps(),
        permitted=_count(
            Appointment.overlap_reason_sealed.is_not(None),
            Appointment.status.in_(LIVE),
            Appointment.ends_at > now,
        ),
        behind=behind,
        on_their_way=waiting,
        told=told,
        dead=_dead(),
        oldest_waiting=mail.oldest_waiting(),
        fenced=outbox.fenced_since() is not None,
        forms_overdue=_forms_overdue(now),
        backup_at=backup.at if backup else None,
        erased=_erased(),
        tombstones=_lines(settings),
        verified_at=verified.at if verified else None,
        broken=_number(verified, "broken"),
        offers_at=offers.at if offers else None,
        offers_ms=_number(offers, "p95_ms"),
        offers_runs=_number(offers, "runs"),
        licences_over=sum(each.stage == 0 for each in licences),
        licences_ending=sum(each.stage > 0 for each in licences),
        licences_unchecked=sum(row.checked_at is None for row in clinic.credentials()),
    )


def overlaps() -> int:
    """Count stretches that begin before an earlier one of the same resource has ended.

    One pass over the table, which the database's own rule keeps at nought.
    """
    earlier = (
        func.max(Occupancy.ends_at)
        .over(
            partition_by=Occupancy.resource_id,
            order_by=(Occupancy.starts_at, Occupancy.id),
            rows=(None, -1),
        )
        .label("earlier_ends_at")
    )
    rows = select(Occupancy.starts_at, earlier).subquery()
    wanted = select(func.count()).select_from(rows).where(rows.c.earlier_ends_at > rows.c.starts_at)
    return session().scalar(wanted) or 0


def rehearsals(*, now: datetime) -> list[Rehearsed]:
    """Rehearse the next change of each location's clocks on the visits that are booked around it.

    Locations whose clocks change together are told once for each zone.
    """
    zones = list(dict.fromkeys(place.zone for place in clinic.locations()))
    outside = availability.stranded(now=now) if zones else []
    found = []
    for zone in zones:
        change = next_change(zone, now=now)
        if change is not None:
            visits = _booked_near(zone, change.at)
            found.append(rehearse(change, visits, outside=outside))
    return found


@dataclass(frozen=True)
class Sent:
    """Of one visit to come: its invite's number (SEQUENCE), and the last one sent; None is none."""

    visit: UUID
    starts_at: datetime
    zone: str
    wanted: int
    last: int | None


def sent_invites(*, now: datetime) -> list[Sent]:
    """The next invites by number, those that say less than the diary first; at most MOST_SENT."""
    rows = _versions(now)
    wanted = (
        select(
            Appointment.public_id, Appointment.starts_at, Location.zone, rows.c.wanted, rows.c.left
        )
        .join(rows, rows.c.visit == Appointment.id)
        .join(Location, Location.id == Appointment.location_id)
        .order_by(case((rows.c.left >= rows.c.wanted, 1), else_=0), Appointment.starts_at)
        .limit(MOST_SENT)
    )
    return [
        Sent(visit, at, zone, number, last if last >= 0 else None)
        for visit, at, zone, number, last in session().execute(wanted)
    ]


def time_offers(*, now: datetime) -> list[float]:
    """Work out a month of offers of each service in turn; return milliseconds of each run.

    At most a second of it. These are the clinic's own bookings on this very machine.
    """
    services, taken = list(clinic.services()), list[float]()
    begun = time.perf_counter()
    while services and len(taken) < MOST_RUNS and time.perf_counter() - begun < MOST_SECONDS:
        service = services[len(taken) % len(services)]
        start = time.perf_counter()
        known = availability.schedule(service.id, start=now, end=now + MONTH, now=now)
        for _offer in known.offers():
            pass
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def _booked_near(zone: str, at: datetime) -> Sequence[Booked]:
    wanted = (
        select(Appointment.id, Appointment.starts_at, Appointment.ends_at)
        .join(Location, Location.id == Appointment.location_id)
        .where(
            Location.zone == zone,
            Appointment.status.in_(LIVE),
            Appointment.starts_at.between(at - AROUND, at + AROUND),
        )
    )
    return [
        Booked(number=row.id, starts_at=row.starts_at, ends_at=row.ends_at)
        for row in session().execute(wanted)
    ]


def _versions(now: datetime) -> Subquery:
    """Of each visit to come that is told by mail: its number, the newest sent, the newest waiting.

    The numbers are those of the invites (SEQUENCE); -1 where there is none.
    """
    version = func.max(case((Mail.state == MailState.SENT, Mail.sequence), else_=-1))
    waits = func.max(case((Mail.state == MailState.QUEUED, Mail.sequence), else_=-1))
    return (
        select(
            Appointment.id.label("visit"),
            Appointment.sequence.label("wanted"),
            version.label("left"),
            waits.label("waiting"),
        )
        .join(
            Mail,
            and_(
                Mail.appointment_id == Appointment.id,
                or_(
                    Mail.thread == Appointment.uid,
                    Mail.thread == literal("appointment ") + cast(Appointment.id, String),
                ),
            ),
        )
        .where(Appointment.ends_at > now, Appointment.status.in_(LIVE))
        .group_by(Appointment.id, Appointment.sequence)
        .subquery()
    )


def _invites(now: datetime) -> tuple[int, int, int]:
    """Of visits to come that are told by mail: how many are told, about to be, and behind.

    The newest version that left is held against the visit's own number.
    """
    rows = _versions(now)
    told = rows.c.left >= rows.c.wanted
    waiting = and_(~told, rows.c.waiting >= rows.c.wanted)
    wanted = select(
        func.count(case((told, 1))),
        func.count(case((waiting, 1))),
        func.count(case((and_(~told, ~waiting), 1))),
    ).select_from(rows)
    found = session().execute(wanted).one()
    return found[0], found[1], found[2]


def _dead() -> int:
    wanted = select(func.count(Mail.id)).where(Mail.state == MailState.DEAD)
    return session().scalar(wanted) or 0


def _count(*where: object) -> int:
    wanted = select(func.count(Appointment.id)).where(*where)  # type: ignore[arg-type]
    return session().scalar(wanted) or 0


def _forms_overdue(now: datetime) -> int:
    """How many visits within two days have no form that was sent."""
    sent = select(IntakeForm.id).where(
        IntakeForm.appointment_id == Appointment.id, IntakeForm.sent_at.is_not(None)
    )
    return _count(
        Appointment.status.in_(LIVE),
        Appointment.starts_at.between(now, now + FORM_NOTICE),
        ~sent.exists(),
    )


def _erased() -> int:
    wanted = select(func.count(AuditRow.id)).where(AuditRow.tag == PatientErased.tag)
    return session().scalar(wanted) or 0


def _lines(settings: Settings) -> int:
    file = settings.tombstones
    return len(file.read_text().splitlines()) if file.exists() else 0


def _last(tag: str) -> AuditRow | None:
    wanted = select(AuditRow).where(AuditRow.tag == tag).order_by(AuditRow.id.desc()).limit(1)
    return session().scalar(wanted)


def _number(row: AuditRow | None, key: str) -> int | None:
    value = row.details.get(key) if row is not None else None
    return int(str(value)) if value is not None else None
