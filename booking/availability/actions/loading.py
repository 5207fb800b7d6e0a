"""Hours and closures of a clinic's file, loaded once with the clinic."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability.models import Closure, WeeklyHours
from booking.availability.rules import day_start, instant_of
from booking.availability.rules.weeks import week_of
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.clinic.rules import ClinicPlan, ClosurePlan
from booking.core.db import session


def load_hours(plan: ClinicPlan, *, now: datetime) -> None:
    """Store the weekly hours and closures a file describes, of a clinic that is loaded already.

    Hours are published at once, from today on by the calendar of their location.
    """
    places = {row.name: row for row in clinic.locations()}
    staff = {row.name: row.id for row in clinic.practitioners()}
    for who in plan.practitioners:
        for hours in who.hours:
            place = places[hours.place]
            today = now.astimezone(ZoneInfo(place.zone)).date()
            session().add(
                WeeklyHours(
                    practitioner_id=staff[who.name],
                    location_id=place.id,
                    weekday=hours.weekday,
                    starts=hours.starts,
                    ends=hours.ends,
                    valid_from=today,
                    every_n_weeks=hours.every_n_weeks,
                    anchor=week_of(today),
                    published=True,
                )
            )
    for closure in plan.closures:
        _close(closure, places)


def _close(closure: ClosurePlan, places: Mapping[str, Location]) -> None:
    for name in closure.locations or places:
        zone = ZoneInfo(places[name].zone)
        session().add(
            Closure(
                location_id=places[name].id,
                starts_at=instant_of(day_start(closure.first_day, zone)),
                ends_at=instant_of(day_start(closure.last_day + timedelta(days=1), zone)),
                name=closure.name,
            )
        )
