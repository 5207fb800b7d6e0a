"""What a clinic's file may say, and what other features tell the clinic's pages. Pure."""

from booking.clinic.rules.file import read
from booking.clinic.rules.kinds import NO_LIMIT, BookingMode, GapRule, LateChange, SegmentKind, Way
from booking.clinic.rules.plan import (
    ClinicPlan,
    ClosurePlan,
    HoursPlan,
    LocationPlan,
    MistakesInFile,
    OwnTermsPlan,
    PersonPlan,
    PractitionerPlan,
    ServicePlan,
)
from booking.clinic.rules.soonest import Soonest

__all__ = [
    "NO_LIMIT",
    "BookingMode",
    "ClinicPlan",
    "ClosurePlan",
    "GapRule",
    "HoursPlan",
    "LateChange",
    "LocationPlan",
    "MistakesInFile",
    "OwnTermsPlan",
    "PersonPlan",
    "PractitionerPlan",
    "SegmentKind",
    "ServicePlan",
    "Soonest",
    "Way",
    "read",
]
