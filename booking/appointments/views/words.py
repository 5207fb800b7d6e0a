"""Days, weeks and clocks as the booking pages say them, in the reader's language."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_gmt, get_timezone_location
from babel.lists import format_list
from flask_babel import gettext as _

from booking.appointments.models import Appointment
from booking.appointments.queries.giving import Place
from booking.core.translating import locale_now
from booking.core.words import date_words


def weekday(day: date) -> str:
    """Return "Mon"."""
    return date_words(day, "EEE")


def weekday_long(day: date) -> str:
    """Return "Monday"."""
    return date_words(day, "EEEE")


def weekday_and_day(day: date) -> str:
    """Return "Monday 5 July"."""
    return date_words(day, "EEEE d MMMM")


def span(first: date, last: date) -> str:
    """Return two days as "5 to 11 July" or "28 June to 4 July"."""
    end = date_words(last, "d MMMM")
    same = (first.year, first.month) == (last.year, last.month)
    begin = date_words(first, "d" if same else "d MMMM")
    return str(_("%(first)s to %(last)s", first=begin, last=end))


def city(zone: str) -> str:
    """Return the city an IANA zone is named after, "London"."""
    return str(get_timezone_location(ZoneInfo(zone), locale=locale_now(), return_city=True))


def offset(instant: datetime, zone: str) -> str:
    """Return how far the clock of a zone is from UTC at an instant, "GMT+01:00"."""
    return str(get_timezone_gmt(instant.astimezone(ZoneInfo(zone)), "long", locale=locale_now()))


def cities(places: Iterable[Place]) -> list[str]:
    """Return the cities whose clocks the times of `places` are on, each once."""
    return list(dict.fromkeys(city(place.zone) for place in places))


def either(names: Sequence[str]) -> str:
    """Return "Mei Tan", "Mei Tan or Inês Roca"; with a comma between more; nothing for none."""
    return str(format_list(names, style="or", locale=locale_now())) if names else ""


def room_name(visit: Appointment) -> str:
    """Return the room a visit is in, or that it is by video."""
    return visit.room.name if visit.room else str(_("By video"))
