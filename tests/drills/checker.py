"""What must hold after every drill: docs/security.md, section 3, "Checker"."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text

from booking.appointments.models import Appointment, BookingNonce
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.models import AuditRow
from booking.clinic.models import SegmentKind
from booking.core.db import Base, db, session
from booking.mail.models import Mail
from booking.occupancy.models import Occupancy

OVERLAPS = text(
    "SELECT count(*) FROM occupancy a JOIN occupancy b ON a.resource_id = b.resource_id "
    "AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
)
KINDS = {  # a message, and the event recorded with it
    "appointments/confirmation": "appointment:booked",
    "appointments/moved": "appointment:moved",
    "appointments/cancelled": "appointment:cancelled",
}
NO_VERSION = {"appointments/another_time"}  # nothing has changed yet
ASKED_FOR, NO_TIME = "appointment:requested", (Status.CANCELLED, Status.DECLINED, Status.EXPIRED)


@dataclass(frozen=True)
class Known:
    """How a visit stands as the browsers were told."""

    starts_at: datetime
    cancelled: bool = False


def check(app: Flask, history: Mapping[UUID, Known]) -> None:
    """Compare the database with everything that was answered since it was made."""
    with app.app_context():
        try:
            assert session().scalar(OVERLAPS) == 0
            _every_ok_exists_and_nothing_else(history)
            _each_has_its_own_time()
            _messages_and_events_go_with_visits()
            _whole()
        finally:
            db.session.remove()


def _every_ok_exists_and_nothing_else(history: Mapping[UUID, Known]) -> None:
    visits = session().scalars(select(Appointment))
    found = {v.public_id: Known(v.starts_at, v.status is Status.CANCELLED) for v in visits}
    assert found == dict(history)
    # One form, one nonce; the later legs of a series came with the first.
    forms = session().scalars(select(Appointment.id).where(func.coalesce(Appointment.leg, 1) == 1))
    nonces = session().scalars(select(BookingNonce.appointment_id))
    assert sorted(nonces) == sorted(forms)


def _each_has_its_own_time() -> None:
    """A visit takes room and patient throughout, the practitioner for what she does herself.

    One that was let meet others takes of room and practitioner what they left of it.
    """
    taken: dict[int, set[tuple[int, datetime, datetime]]] = defaultdict(set)
    rows = select(Occupancy).where(Occupancy.appointment_id.is_not(None))
    for row in session().scalars(rows):
        taken[row.appointment_id or 0].add((row.resource_id, row.starts_at, row.ends_at))
    for visit in session().scalars(select(Appointment)):
        due = set() if visit.status in NO_TIME else set(_time_due(visit))
        found = taken.pop(visit.id, set())
        if visit.overlap_reason is not None and due:
            assert all(any(_lies_in(part, whole) for whole in due) for part in found)
            due = {each for each in due if each[0] == visit.patient.resource_id}
            found = {each for each in found if each[0] == visit.patient.resource_id}
        # What nobody answered in time goes back by itself, whenever somebody needs it.
        assert found == due or (visit.status is Status.REQUESTED and found < due), visit.status
    assert taken == {}


def _lies_in(part: tuple[int, datetime, datetime], whole: tuple[int, datetime, datetime]) -> bool:
    return part[0] == whole[0] and whole[1] <= part[1] and part[2] <= whole[2]


def _time_due(visit: Appointment) -> Iterator[tuple[int, datetime, datetime]]:
    service, minute = visit.service, timedelta(minutes=1)
    first = visit.starts_at - service.minutes_before * minute
    last = visit.ends_at + service.minutes_after * minute
    yield visit.patient.resource_id, first, last
    yield visit.room.resource_id, first, last
    at, began = visit.starts_at, first  # since when she has been at it, if she is
    for segment in service.segments:
        ends = at + segment.minutes * minute
        if segment.kind is SegmentKind.RESTING:
            if began is not None and began < at:
                yield visit.practitioner.resource_id, began, at
            began = None
        else:
            began = began if began is not None else at
        at = ends
    began = began if began is not None else visit.ends_at
    if began < last:
        yield visit.practitioner.resource_id, began, last


def _messages_and_events_go_with_visits() -> None:
    """Each change of a visit left one message and one event, in the order of its versions.

    A request's messages are about answers, not versions: of those only that there are some. Visits
    of a practitioner who is back after all are confirmed once more; one event speaks of them all.
    """
    asked = set[Any]()
    for row in session().scalars(select(AuditRow).where(AuditRow.tag == ASKED_FOR)):
        asked.add(row.details["appointment_id"])
    mails: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
    told_of = set[Any]()
    for mail in session().scalars(select(Mail).where(Mail.appointment_id.is_not(None))):
        told_of.add(mail.appointment_id)
        if mail.appointment_id not in asked and mail.kind not in NO_VERSION:
            mails[mail.appointment_id].append((mail.sequence, KINDS[mail.kind]))
    assert told_of >= asked
    events: dict[Any, list[str]] = defaultdict(list)
    tags = AuditRow.tag.in_(KINDS.values())
    for row in session().scalars(select(AuditRow).where(tags).order_by(AuditRow.id)):
        if row.details["appointment_id"] not in asked:
            events[row.details["appointment_id"]].append(row.tag)
    again = 0
    for visit in session().scalars(select(Appointment).where(Appointment.id.not_in(asked))):
        told = sorted(mails.pop(visit.id))
        assert [sequence for sequence, _ in told] == list(range(visit.sequence + 1))
        again += _told_again([tag for _, tag in told], events.pop(visit.id))
    assert (mails, events) == ({}, {})
    absences = session().scalars(select(AuditRow).where(AuditRow.tag == "absence:noted")).all()
    back = [row.details["visits"] for row in absences if row.details["what"] == "back"]
    assert again == sum(back)
    assert audit.verify() is None


def _told_again(told: list[str], events: list[str]) -> int:
    """How many confirmations are about no event of their own; every other message is."""
    due, again = iter(events), 0
    event = next(due, None)
    for tag in told:
        if tag == event:
            event = next(due, None)
        else:
            assert tag == KINDS["appointments/confirmation"]
            again += 1
    assert event is None, (told, events)
    return again


def _whole() -> None:
    """The file is sound, and nothing points at what is not there."""
    if db.engine.dialect.name == "sqlite":
        assert session().scalar(text("PRAGMA integrity_check")) == "ok"
    orphans: Counter[str] = Counter()
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            other = key.column.table.alias()
            there = select(other).where(other.c[key.column.key] == key.parent).correlate(table)
            lost = select(func.count()).where(key.parent.is_not(None), ~there.exists())
            orphans[str(key)] = session().scalar(lost.select_from(table)) or 0
    assert sum(orphans.values()) == 0, orphans
