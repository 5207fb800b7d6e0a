"""Who may read her forms: she lets a colleague, takes it back; the owner hands patients over."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.forms import PatientsHandedOver, ReadingChanged
from booking.clinic import queries as clinic_queries
from booking.clinic.models import Practitioner
from booking.core.db import session
from booking.core.errors import N_, BadInput, WrongState
from booking.intake.actions.opening import user_of
from booking.intake.models import HandOver, ReadingRight
from booking.intake.queries import reading as queries
from booking.intake.queries.patient import choosing
from booking.patients.models import Patient

TO_HERSELF = N_("Please choose somebody else to hand over to.")
NOBODY = N_("There is nobody to hand over: no patient has been there lately.")


def let_read(actor: Actor, visit: UUID, practitioner: UUID, *, token: str, now: datetime) -> None:
    """She lets a named colleague read her forms, until she takes it back. Twice is once.

    `token` is the browser's cookie. Raises NotFound for a visit that is not hers, or somebody who
    does not work here, WrongState where her answers may not be seen.
    """
    patient = choosing(actor, visit, token=token).patient
    who = clinic_queries.practitioner(practitioner)
    session().execute(select(Patient.id).where(Patient.id == patient.id).with_for_update())
    if queries.given_to(patient.id, who.id) is not None:
        return
    session().add(ReadingRight(patient_id=patient.id, practitioner_id=who.id, given_at=now))
    session().flush()
    _told(actor, patient.id, who.id, "given", now)


def take_back(actor: Actor, visit: UUID, right: UUID, *, token: str, now: datetime) -> None:
    """She ends what she gave. Raises NotFound when it is not hers or has ended, WrongState."""
    patient = choosing(actor, visit, token=token).patient
    found = queries.right_of(patient.id, right)
    found.ended_at = now
    session().flush()
    _told(actor, patient.id, found.practitioner_id, "ended", now)


def hand_over(actor: Actor, practitioner: UUID, to: UUID, *, now: datetime) -> int:
    """Hand all patients of somebody who leaves over to a colleague; return how many.

    The colleague may read their forms as long as after a visit of her own. What is over of the
    leaver's visits opens nothing to her any more; what is to come does until it is moved.
    Raises NotFound, BadInput for the same person, WrongState when there is nobody.
    """
    leaver = queries.practitioner_ever(practitioner)
    heir = clinic_queries.practitioner(to)
    if leaver.id == heir.id:
        raise BadInput(TO_HERSELF)
    # Two presses at one moment make one handing over.
    session().execute(select(Practitioner.id).where(Practitioner.id == leaver.id).with_for_update())
    patients = queries.patients_of(leaver.id, now=now)
    if not patients:
        raise WrongState(NOBODY)
    by = user_of(actor)
    until = now + timedelta(days=clinic_queries.organisation().reading_days)
    for right in queries.rights_of(leaver.id, now=now):
        right.ended_at = now
        _told(actor, right.patient_id, leaver.id, "ended", now)
    for patient_id in patients:
        right = ReadingRight(
            patient_id=patient_id, practitioner_id=heir.id, given_at=now, until=until
        )
        right.given_by = by
        session().add(right)
    handed = HandOver(practitioner_id=leaver.id, to_id=heir.id, patients=len(patients), at=now)
    handed.handed_by = by
    session().add(handed)
    session().flush()
    for patient_id in patients:
        _told(actor, patient_id, heir.id, "given", now)
    event = PatientsHandedOver(practitioner_id=leaver.id, to_id=heir.id, patients=len(patients))
    audit.record(event, by=actor, at=now)
    return len(patients)


def _told(actor: Actor, patient_id: int, practitioner_id: int, what: str, now: datetime) -> None:
    event = ReadingChanged(patient_id=patient_id, practitioner_id=practitioner_id, what=what)
    audit.record(event, by=actor, at=now)
