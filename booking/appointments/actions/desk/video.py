"""Give one visit by video an address of its own."""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries import board as queries
from booking.appointments.rules import Status
from booking.audit import actions as audit
from booking.audit.rules.visits import VideoAddressSet
from booking.clinic.models import Way
from booking.core.errors import N_, WrongState


def set_video_address(actor: Actor, public_id: UUID, address: str, *, now: datetime) -> Appointment:
    """Let a visit meet at this web address; "" is the practitioner's own again.

    Nobody is mailed: the address shows on the page of the visit near its time. Raises NotFound,
    and WrongState for a visit that is not booked by video.
    """
    visit = queries.visit_for(actor, public_id)
    ensure_by_video(visit)
    visit.video_url = address
    event = VideoAddressSet(patient_id=visit.patient_id, appointment_id=visit.id)
    audit.record(event, by=actor, at=now)
    return visit


def ensure_by_video(visit: Appointment) -> None:
    """Raise WrongState for a visit that is not booked by video."""
    if visit.way is not Way.VIDEO or visit.status is not Status.BOOKED:
        raise WrongState(N_("Only a visit that is booked by video has an address to meet at."))
