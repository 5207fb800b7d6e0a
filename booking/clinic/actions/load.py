"""Loading a clinic from its file, with the same steps as the owner's pages."""

from booking.clinic.actions.people import add_practitioner
from booking.clinic.actions.places import add_location
from booking.clinic.actions.resources import NewResource
from booking.clinic.actions.services import add_service
from booking.clinic.actions.settings import begin
from booking.clinic.rules import ClinicPlan
from booking.core.db import session


def load(plan: ClinicPlan, *, new_resource: NewResource) -> None:
    """Store the clinic a file describes, in a database that has none yet.

    Nobody is invited here; hours and closures are for `availability.actions.load_hours`.
    Raises WrongState where a clinic exists.
    """
    begin(plan.organisation)
    rooms = [
        room
        for position, place in enumerate(plan.locations, 1)
        for room in add_location(place, position, new_resource)
    ]
    staff = [
        add_practitioner(each, position, new_resource)
        for position, each in enumerate(plan.practitioners, 1)
    ]
    session().flush()
    for position, service in enumerate(plan.services, 1):
        add_service(service, position, staff, rooms)
