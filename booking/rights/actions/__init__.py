"""Erase a record for good, also from copies that come back later.

The data key goes, and with it everything that was sealed: answers, flags, reasons, notes. Name,
address and number are taken out, and whatever else speaks of her (`rules.REACH`). What stays is
that somebody had visits at those times, and the audit's numbers. A line in a file outside the
database, the tombstone, has it done again after a restore.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.patients import PatientErased
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.core.sealed import destroy_key
from booking.patients import queries as patients
from booking.patients.models import LegalHold, Patient
from booking.rights import queries
from booking.rights.actions import retention
from booking.rights.actions.address import ask_for_own_address as ask_for_own_address
from booking.rights.actions.address import change_own_address as change_own_address
from booking.rights.actions.address import undo_own_address as undo_own_address
from booking.rights.actions.emergencies import close_emergency as close_emergency
from booking.rights.actions.emergencies import open_in_emergency as open_in_emergency
from booking.rights.actions.emergencies import read_in_emergency as read_in_emergency
from booking.rights.actions.forgetting import forget
from booking.rights.actions.holding import hold as hold
from booking.rights.actions.holding import lift as lift
from booking.rights.actions.tombstones import bury

TO_COME = N_("There is a visit to come. Please cancel it first, then this can be erased.")
JOINED = N_("This record is part of another one now. Please erase that one.")
HELD = N_("A legal hold stands on this record. Until it is lifted it cannot be erased.")
KEPT = N_("The clinic has to keep this record until {day}. Until then it cannot be erased.")


def erase(
    by: Actor | None,
    public_id: UUID,
    *,
    tombstones: Path,
    years: int,
    now: datetime,
    why: str = "asked",
) -> None:
    """Erase a record and write its tombstone, with those that were joined to it.

    Raises NotFound, and WrongState while it is kept, or where it is part of another one itself.
    """
    patient = queries.record(public_id)
    if patients.join_of(patient.id) is not None:
        raise WrongState(JOINED)
    _erase(by, patient, tombstones=tombstones, years=years, now=now, why=why)


def _erase(
    by: Actor | None, patient: Patient, *, tombstones: Path, years: int, now: datetime, why: str
) -> None:
    session().refresh(patient, with_for_update=True)  # whoever books with it waits, or was first
    kept = queries.what_is_kept(patient.id, years=years, now=now)
    if kept.held:
        raise WrongState(HELD)
    if kept.visit_to_come:
        raise WrongState(TO_COME)
    if kept.until is not None:
        raise WrongState(KEPT.format(day=kept.until.date().isoformat()))
    for join in patients.joined_to(patient.id):  # hers too, though each has a key of its own
        _erase(by, join.gone, tombstones=tombstones, years=years, now=now, why=why)
    _make_unreadable(patient, now=now)
    audit.record(PatientErased(patient_id=patient.id, why=why), by=by, at=now)
    # Before the commit: a tombstone without an erasure does no harm, the opposite would.
    bury(tombstones, [patient.public_id], what="record", now=now)


def erase_person(by: Actor, person_id: int, *, tombstones: Path, years: int, now: datetime) -> None:
    """Erase every record of a person, all or none. Raises WrongState while one is kept."""
    ids = queries.records_of(person_id)
    wanted = select(Patient.public_id).where(Patient.id.in_(ids)).order_by(Patient.id)
    standing = wanted.where(patients.standing())  # what was joined to one goes with it
    for public_id in session().scalars(standing).all():
        erase(by, public_id, tombstones=tombstones, years=years, now=now)


def erase_again(buried: Iterable[UUID], *, now: datetime) -> int:
    """Erase those that a restored copy brought back; return how many there were.

    `buried` are the public ids of records and of forms never sent.
    """
    count = 0
    for public_id in buried:
        if retention.delete_again(public_id):
            count += 1
            continue
        try:
            patient = queries.record(public_id)
        except NotFound:
            continue  # the copy is from before she came
        # A hold that the copy still has was lifted before she was erased.
        session().execute(delete(LegalHold).where(LegalHold.patient_id == patient.id))
        _make_unreadable(patient, now=now)
        audit.record(PatientErased(patient_id=patient.id, why="restored"), by=None, at=now)
        count += 1
    return count


def buried_in(file: Path) -> list[UUID]:
    """Return whom the file of tombstones names. Raises ValueError for a damaged one."""
    if not file.exists():
        return []
    lines = file.read_text().splitlines()
    told = [json.loads(line) for line in lines if line.strip()]
    return [UUID(each["record"] if "record" in each else each["form"]) for each in told]


def _make_unreadable(patient: Patient, *, now: datetime) -> None:
    owner = patient.public_id
    forget(patient, queries.appointment_ids(patient.id), now=now)
    destroy_key(owner)
