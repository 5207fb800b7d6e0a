"""Connect, read and disconnect a calendar kept elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.accounts import CalendarAccessChanged
from booking.availability.models import OutsideBusy
from booking.availability.queries import home, practitioner_for
from booking.calendars.models import OutsideCalendar, SourceKind
from booking.calendars.queries import outside as queries
from booking.calendars.rules.outside import CHECK_EVERY, Problem
from booking.core.db import session
from booking.core.errors import N_, BadInput
from booking.core.intervals import normalise

MOST_CALENDARS = 5


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a calendar is and how it opens; user and password may be empty."""

    url: str
    user: str = ""
    password: str = ""

    def sealed(self) -> dict[str, str]:
        """Return what is stored, under seal."""
        return {"url": self.url, "user": self.user, "password": self.password}


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A calendar that this worker reads now, as plain values; `zone` is hers, an IANA name."""

    id: int
    practitioner_id: int
    source: UUID
    kind: SourceKind
    url: str
    credentials: tuple[str, str] | None
    etag: str
    zone: str
    own_uids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a calendar says: busy times as epoch seconds, and how many entries could not be read."""

    spans: Sequence[tuple[int, int]]
    left_out: int
    etag: str


def connect(actor: Actor, kind: SourceKind, access: Access, *, now: datetime) -> OutsideCalendar:
    """Let a calendar kept elsewhere close the actor's time. Raises BadInput when there are many."""
    practitioner = practitioner_for(actor)
    if len(queries.calendars_of(practitioner.id)) >= MOST_CALENDARS:
        raise BadInput(N_("Five calendars can be connected. Please disconnect one first."))
    row = OutsideCalendar(
        practitioner_id=practitioner.id, kind=kind, created_at=now, next_check_at=now
    )
    row.access = access.sealed()
    session().add(row)
    session().flush()
    audit.record(CalendarAccessChanged(what="busy-times-connected"), by=actor, at=now)
    return row


def disconnect(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Forget a calendar, and open what it closed. Raises NotFound."""
    row = queries.calendar_of(practitioner_for(actor).id, public_id)
    session().execute(delete(OutsideBusy).where(OutsideBusy.source == row.public_id))
    session().delete(row)
    audit.record(CalendarAccessChanged(what="busy-times-disconnected"), by=actor, at=now)


def claim_due(*, now: datetime) -> Claimed | None:
    """Take the calendar that has been due longest, or None. Others pass it over for a while."""
    due = (
        select(OutsideCalendar)
        .where(OutsideCalendar.next_check_at <= now)
        .order_by(OutsideCalendar.next_check_at, OutsideCalendar.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session().scalar(due)
    if row is None:
        return None
    row.next_check_at = now + CHECK_EVERY
    session().flush()
    access = row.access
    user = access["user"]
    return Claimed(
        id=row.id,
        practitioner_id=row.practitioner_id,
        source=row.public_id,
        kind=row.kind,
        url=access["url"],
        credentials=(user, access["password"]) if user else None,
        etag=row.etag if _read_today(row, now) else "",
        zone=home(row.practitioner_id).zone,
        own_uids=queries.own_uids(row.practitioner_id, since=now),
    )


def _read_today(row: OutsideCalendar, now: datetime) -> bool:
    """Once a day an unchanged calendar is read anew: the year ahead has moved on."""
    return row.read_at is not None and row.read_at.date() == now.astimezone(UTC).date()


def keep(claimed: Claimed, reading: Reading | None, *, now: datetime) -> None:
    """Store a good reading in place of the last one; None says that nothing has changed."""
    values: dict[str, object] = {"read_at": now, "failing_since": None, "problem": ""}
    if reading is not None:
        values |= {"etag": reading.etag, "left_out": reading.left_out}
    if not _still_there(claimed, values):
        return
    if reading is not None:
        session().execute(delete(OutsideBusy).where(OutsideBusy.source == claimed.source))
        rows = [
            {
                "source": claimed.source,
                "practitioner_id": claimed.practitioner_id,
                "starts_at": datetime.fromtimestamp(start, UTC),
                "ends_at": datetime.fromtimestamp(end, UTC),
            }
            for start, end in normalise(reading.spans)
        ]
        if rows:
            session().execute(insert(OutsideBusy), rows)


def note_problem(claimed: Claimed, problem: Problem, *, now: datetime) -> None:
    """Remember that a calendar could not be read; what it said last still counts."""
    if not _still_there(claimed, {"problem": problem.value, "etag": ""}):
        return
    session().execute(
        update(OutsideCalendar)
        .where(OutsideCalendar.id == claimed.id, OutsideCalendar.failing_since.is_(None))
        .values(failing_since=now)
    )


def _still_there(claimed: Claimed, values: dict[str, object]) -> bool:
    """Write to the row unless it was disconnected meanwhile."""
    changed = session().scalar(
        update(OutsideCalendar)
        .where(OutsideCalendar.public_id == claimed.source)
        .values(**values)
        .returning(OutsideCalendar.id)
    )
    return changed is not None
