"""Join two records that are one person's.

Every row of the one goes to the other, in one transaction, and the join says which
(`rules.JOINING` says table by table). What was sealed stays sealed under the key it was sealed
with. The record that goes keeps its own details, so that parting needs nothing but the list.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from booking.access.policy import Actor
from booking.accounts import actions as accounts
from booking.accounts.models import OneTimeLink, Passkey
from booking.appointments.models import Appointment, VisitLink
from booking.audit import actions as audit
from booking.audit.rules.patients import RecordsJoined
from booking.calendars.models import CalendarFeed
from booking.care.models import Change
from booking.core.db import session
from booking.core.errors import N_, AlreadyTaken, NotFound, SealBroken, WrongState
from booking.occupancy import actions as occupancy
from booking.patients import queries
from booking.patients.models import Patient, RecordJoin
from booking.records.actions.moving import (
    OF_RECORDS,
    claims_of,
    move_visits,
    moving_address,
    put,
    tell_there,
)
from booking.waiting.actions import readdressing as waiting

AT_ONE_TIME = N_(
    "Both have a visit at the same time, so they cannot be one person as they stand. "
    "Move or cancel one of the two visits first."
)
ALREADY = N_("One of these records has been joined to another meanwhile. Nothing was changed.")


def join(actor: Actor, kept_id: UUID, gone_id: UUID, *, now: datetime, base_url: str) -> Patient:
    """Let the record `gone_id` be part of `kept_id`; return the kept one.

    Visits to come that were told of at another address are told of at the kept one. Raises
    NotFound, WrongState where one of them was joined already or both have a visit at one time.
    """
    kept, gone = _both(kept_id, gone_id)
    another = kept.email_canonical != gone.email_canonical
    moved: dict[str, Any] = {"before": _before(kept, gone)}
    visits = _ids(Appointment, Appointment.patient_id == gone.id)
    try:
        occupancy.reassign(visits, of=gone.resource_id, to=kept.resource_id, now=now)
    except AlreadyTaken as why:
        raise WrongState(AT_ONE_TIME) from why
    told_again = moving_address(visits, of=gone, to=kept, now=now)
    _hand_over(moved, visits, gone, kept)
    _ways_in(moved, visits, gone, kept, now=now)
    _person(moved, gone, kept, now=now)
    gone.resource_id = kept.resource_id
    _what_is_missing(kept, gone, moved["before"])
    moved["after"] = {"quiet": _told(kept.quiet_since), "gently": kept.gently}
    session().add(
        RecordJoin(
            gone_id=gone.id, kept_id=kept.id, joined_at=now, joined_by=actor.user_id, moved=moved
        )
    )
    session().flush()
    tell_there(told_again, now=now, base_url=base_url)
    if another:
        waiting.tell_anew(moved["waiting_entry"], now=now, base_url=base_url)
    audit.record(RecordsJoined(patient_id=kept.id, other_id=gone.id), by=actor, at=now)
    return kept


def _both(kept_id: UUID, gone_id: UUID) -> tuple[Patient, Patient]:
    """Return both records, locked in one order, if each stands for itself."""
    wanted = (
        select(Patient)
        .where(Patient.public_id.in_([kept_id, gone_id]))
        .order_by(Patient.id)
        .with_for_update()
    )
    found = {one.public_id: one for one in session().scalars(wanted)}
    if set(found) != {kept_id, gone_id} or kept_id == gone_id:
        raise NotFound
    if any(queries.join_of(one.id) is not None for one in found.values()):
        raise WrongState(ALREADY)
    return found[kept_id], found[gone_id]


def _before(kept: Patient, gone: Patient) -> dict[str, Any]:
    return {
        "person": gone.resource_id,
        "quiet": _told(kept.quiet_since),
        "gently": kept.gently,
        "gone_quiet": _told(gone.quiet_since),
        "gone_gently": gone.gently,
        "copied": [],
    }


def _hand_over(moved: dict[str, Any], visits: list[int], gone: Patient, kept: Patient) -> None:
    """Rows that name the record; a reason sealed for the one is sealed anew for the other."""
    move_visits(visits, to=kept)
    moved["appointment"] = visits
    for table in OF_RECORDS:
        ids = _ids(table, table.patient_id == gone.id)
        put(table, ids, patient_id=kept.id)
        moved[table.__tablename__] = ids


def _ways_in(
    moved: dict[str, Any], visits: list[int], gone: Patient, kept: Patient, *, now: datetime
) -> None:
    """Ways in that another mailbox may hold end; she signs in with the kept address from now on."""
    moved["visit_link"] = []
    if gone.email_canonical == kept.email_canonical:
        return
    moved["visit_link"] = _end_links(visits, now=now)
    for visit in visits:
        accounts.end_visit_sessions(visit, but=None, now=now)


def _end_links(visits: list[int], *, now: datetime) -> list[int]:
    ended = (
        update(VisitLink)
        .where(VisitLink.appointment_id.in_(visits), VisitLink.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(VisitLink.id)
    )
    return list(session().scalars(ended))


def _person(moved: dict[str, Any], gone: Patient, kept: Patient, *, now: datetime) -> None:
    """What hangs on the person, unless another record of the same person still needs it."""
    of, to = gone.resource_id, kept.resource_id
    moved |= {key: [] for key in ("calendar_feed", "care_change", "care_visit", "passkey")}
    others = select(Patient.id).where(
        Patient.resource_id == of, Patient.id != gone.id, queries.standing()
    )
    if of == to:
        return
    moved["care_visit"] = claims_of(moved["appointment"], of=of, to=to)
    if session().scalar(others.limit(1)) is not None:
        return
    moved["care_change"] = _ids(Change, Change.person_id == of)
    put(Change, moved["care_change"], person_id=to)
    has_one = session().scalar(select(CalendarFeed.id).where(CalendarFeed.person_id == to))
    moved["calendar_feed"] = [] if has_one else _ids(CalendarFeed, CalendarFeed.person_id == of)
    put(CalendarFeed, moved["calendar_feed"], person_id=to)
    moved["passkey"] = _ids(Passkey, Passkey.person_id == of, Passkey.removed_at.is_(None))
    put(Passkey, moved["passkey"], removed_at=now)
    accounts.end_person_sessions(of, but=None, now=now)
    session().execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == of, OneTimeLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _what_is_missing(kept: Patient, gone: Patient, before: dict[str, Any]) -> None:
    """What only the record that goes says about how to meet her holds for the kept one too."""
    for name in ("wishes", "contact_note"):
        if getattr(kept, name) is None and (told := _readable(gone, name)) is not None:
            setattr(kept, name, told)
            before["copied"].append(name)
    for name in ("born_key", "of_age_in"):
        if getattr(kept, name) is None and (known := getattr(gone, name)) is not None:
            setattr(kept, name, known)
            before["copied"].append(name)
    since = [each for each in (kept.quiet_since, gone.quiet_since) if each is not None]
    kept.quiet_since = gone.quiet_since = min(since, default=None)
    kept.gently = gone.gently = kept.gently or gone.gently


def _readable(record: Patient, name: str) -> Any:
    """What a record has sealed; nothing where its key is gone, because it was erased."""
    try:
        return getattr(record, name)
    except SealBroken:
        return None


def _told(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _ids(table: Any, *which: ColumnElement[bool]) -> list[int]:
    return list(session().scalars(select(table.id).where(*which).order_by(table.id)))
