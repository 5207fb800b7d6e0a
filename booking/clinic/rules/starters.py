"""Services to begin with, each a whole plan that the owner then changes. Pure."""

from collections.abc import Mapping

from booking.clinic.rules.keys import SERVICE_VALUES
from booking.clinic.rules.plan import ServicePlan
from booking.core.errors import N_


def _plan(segments: tuple[tuple[str, int], ...], price: int, **own: object) -> ServicePlan:
    values = {key: how.otherwise for key, how in SERVICE_VALUES.items() if key != "price"}
    return ServicePlan(
        values={**values, "price_minor": price, **own},
        segments=segments,
        practitioners=(),
        rooms=(),
        by=(),
    )


STARTERS: Mapping[str, ServicePlan] = {
    "first": _plan(
        (("hands-on", 60),),
        7500,
        name=N_("First visit"),
        outward_name="Appointment, 60 minutes",
        description="If you are new here. Time to talk before anything else.",
        first_visit=True,
        minutes_after=5,
    ),
    "follow-up": _plan(
        (("hands-on", 20), ("resting", 15), ("hands-on", 10)),
        6200,
        name=N_("Follow-up"),
        outward_name="Appointment, 45 minutes",
        description="If you have been here before.",
        new_patients=False,
        minutes_after=5,
    ),
    "talk": _plan(
        (("hands-on", 15),),
        0,
        name=N_("Talk beforehand"),
        outward_name="Appointment, 15 minutes",
        description="By video, if you are not sure yet.",
        way="video",
    ),
    "empty": _plan(
        (("hands-on", 45),), 0, name=N_("Another service"), outward_name="Appointment, 45 minutes"
    ),
}
"""By the word that names each in a form; prices in minor units, to be set by the owner."""
