"""What the owner does for the clinic as a whole."""

from datetime import datetime

from booking.access.policy import Actor
from booking.clinic import actions as clinic
from booking.clinic import queries
from booking.core.errors import N_, WrongState
from booking.core.settings import Settings
from booking.owner.queries.readiness import facts
from booking.owner.rules.readiness import missing


def open_clinic(actor: Actor, settings: Settings, *, now: datetime) -> None:
    """Let every service be booked that somebody can give. Raises WrongState if a step is missing.

    Where something can be booked already, each service has its own button: then this raises too.
    """
    known = facts(settings, now=now)
    if known.is_open or missing(known):
        raise WrongState(N_("Something is still missing. The list says what."))
    for service in queries.every_service():
        if queries.can_be_given(service):
            clinic.offer_service(actor, service.public_id, active=True, now=now)
