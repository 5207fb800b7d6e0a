"""What a clinic's file may say, and where it does not. Pure."""

from booking.clinic.rules.file import read
from booking.clinic.rules.plan import (
    ClinicPlan,
    LocationPlan,
    MistakesInFile,
    PersonPlan,
    PractitionerPlan,
    ServicePlan,
)

__all__ = [
    "ClinicPlan",
    "LocationPlan",
    "MistakesInFile",
    "PersonPlan",
    "PractitionerPlan",
    "ServicePlan",
    "read",
]
