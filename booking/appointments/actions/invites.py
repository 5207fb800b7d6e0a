"""How much the entries in a patient's own calendar may show, and by which clock she sleeps."""

from datetime import datetime

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules.patients import ClockChosen, InvitesChosen
from booking.patients import actions as patients
from booking.patients.models import InviteStyle


def choose_invites(
    actor: Actor, appointment: Appointment, style: InviteStyle, *, now: datetime
) -> None:
    """Write down what entries may show on the record of this visit, from the next message on."""
    if appointment.patient.invites is style:
        return
    patients.choose_invites(appointment.patient, style)
    chosen = InvitesChosen(
        patient_id=appointment.patient_id, appointment_id=appointment.id, style=style.value
    )
    audit.record(chosen, by=actor, at=now)


def choose_clock(actor: Actor, appointment: Appointment, zone: str, *, now: datetime) -> None:
    """Write down whose clock she goes by: an IANA zone, "" for that of the place."""
    if appointment.patient.zone == zone:
        return
    patients.go_by_clock(appointment.patient, zone)
    chosen = ClockChosen(patient_id=appointment.patient_id, appointment_id=appointment.id)
    audit.record(chosen, by=actor, at=now)
