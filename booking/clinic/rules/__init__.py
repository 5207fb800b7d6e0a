"""What a clinic's file may say, and what other features tell the clinic's pages. Pure."""

from booking.clinic.rules.file import read
from booking.clinic.rules.plan import (
    ClinicPlan,
    LocationPlan,
    MistakesInFile,
    PersonPlan,
    PractitionerPlan,
    ServicePlan,
)
from booking.clinic.rules.soonest import Soonest

__all__ = [
    "ClinicPlan",
    "LocationPlan",
    "MistakesInFile",
    "PersonPlan",
    "PractitionerPlan",
    "ServicePlan",
    "Soonest",
    "read",
]
