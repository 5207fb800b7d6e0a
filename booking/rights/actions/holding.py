"""A legal hold: what keeps a record from being erased, or thinned out by the schedule."""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.patients import LegalHoldSet
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.patients import queries as patients
from booking.patients.models import LegalHold
from booking.rights import queries
from booking.rights.rules import ERASED


def hold(by: Actor, public_id: UUID, *, reason: str, now: datetime) -> None:
    """Keep a record from now on. Raises NotFound; WrongState where one stands, or nothing is left.

    The reason is sealed under the record's own key.
    """
    patient = queries.record(public_id)
    if by.user_id is None:
        raise NotFound
    if patient.name == ERASED:
        raise WrongState(N_("This record has been erased. There is nothing left to keep."))
    if patients.hold_on(patient.id) is not None:
        raise WrongState(N_("A legal hold stands on this record already."))
    row = LegalHold(
        patient_id=patient.id, owner_id=patient.public_id, placed_at=now, placed_by=by.user_id
    )
    row.reason = reason
    session().add(row)
    session().flush()
    audit.record(LegalHoldSet(patient_id=patient.id, what="placed"), by=by, at=now)


def lift(by: Actor, public_id: UUID, *, now: datetime) -> None:
    """Let the schedule and wishes to be erased count again. Raises NotFound; again is nothing."""
    patient = queries.record(public_id)
    standing = patients.hold_on(patient.id)
    if standing is None:
        return
    standing.lifted_at, standing.lifted_by = now, by.user_id
    session().flush()
    audit.record(LegalHoldSet(patient_id=patient.id, what="lifted"), by=by, at=now)
