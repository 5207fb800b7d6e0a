"""The clinic that is measured: the same rows every time, loaded in bulk.

Practitioners work Monday to Friday, 09:00 to 17:00 in London, twenty to a location with a room for
each. Visits take half an hour; every practitioner has 150 in the next 31 days, and as many behind
her as it takes to reach the wanted number of rows in `occupancy` (a visit has three). On the board
day the first twenty have fifteen visits each.
"""

import random
from datetime import timedelta
from itertools import islice

from sqlalchemy import text

from booking.access.policy import Role
from booking.appointments.models import Status
from booking.cli.bench.clinic import diary, people
from booking.cli.bench.clinic.made import (
    BOARD_DAY,
    DAY,
    DAYS,
    GIVERS,
    HANDS_ON,
    MIXED,
    MONDAY,
    NOW,
    ROWS_OF_A_VISIT,
    TO_A_LOCATION,
    Made,
    Size,
    Visit,
)
from booking.clinic.models import Practitioner
from booking.core.db import session, transaction

__all__ = ["BOARD_DAY", "DAY", "DAYS", "MONDAY", "NOW", "Made", "Size", "Visit", "make"]


def make(size: Size) -> Made:
    """Fill an empty, migrated database, in transactions of its own."""
    dice = random.Random(size.practitioners)  # noqa: S311 - the same clinic every time
    with transaction():
        reception = people.reception()
        staff = tuple(people.staff(size.practitioners, dice))
        treating = people.account("Practitioner", Role.PRACTITIONER)
        session().get_one(Practitioner, staff[0].id).user_id = treating
        services = {
            n: people.service([(HANDS_ON, 30)], staff[:n]) for n in GIVERS if n <= len(staff)
        }
        mixed = tuple(people.service(parts, staff[:TO_A_LOCATION]) for parts in MIXED)
    ahead = [(one, start) for one in staff for start in diary.ahead(one, staff, dice)]
    service = next(iter(services.values())).id
    visits = diary.load(ahead, service, Status.BOOKED, dice)
    missing = max(0, size.rows // ROWS_OF_A_VISIT - len(ahead))
    diary.load(islice(diary.behind(staff), missing), service, Status.DONE, dice)
    with transaction():
        diary.forms(visits[: size.forms], dice)
    _settle()
    taken = set(ahead)
    half_hours = list(diary.half_hours(MONDAY + timedelta(days=1), MONDAY + timedelta(days=DAYS)))
    free = [(one, start) for start in half_hours for one in staff[:TO_A_LOCATION]]
    return Made(
        staff=staff,
        services=services,
        mixed=mixed,
        reception=reception,
        treating=treating,
        rows=ROWS_OF_A_VISIT * (len(ahead) + missing),
        forms=size.forms,
        free=tuple(visit for visit in free if visit not in taken),
    )


def _settle() -> None:
    """Let the database learn what is in its tables, as it does by itself in time."""
    with transaction():
        session().execute(text("ANALYZE"))
