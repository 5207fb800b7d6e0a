"""Times, days and money as people read them. Also the template filters of the same names."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_location
from babel.numbers import format_currency, get_currency_symbol
from flask_babel import gettext as _

from booking.core.translating import locale_now

# How other languages order a day. Source: the skeletons of CLDR 47 for each pattern's parts.
ORDERS = {
    "en_US": {
        "EEE d MMMM": "EEE, MMMM d",
        "EEEE d MMMM": "EEEE, MMMM d",
        "EEEE d MMMM y": "EEEE, MMMM d, y",
        "d MMMM": "MMMM d",
        "d MMMM y": "MMMM d, y",
        "d MMM": "MMM d",
    },
    "es": {
        "EEE d MMMM": "EEE d 'de' MMMM",
        "EEEE d MMMM": "EEEE d 'de' MMMM",
        "EEEE d MMMM y": "EEEE d 'de' MMMM 'de' y",
        "d MMMM": "d 'de' MMMM",
        "d MMMM y": "d 'de' MMMM 'de' y",
    },
}


def local(instant: datetime, zone: str) -> datetime:
    """Return `instant` on the wall clock of the IANA `zone`."""
    return instant.astimezone(ZoneInfo(zone))


def clock_words(instant: datetime, zone: str) -> str:
    """Return the time of day in `zone` as the locale says it, "9:15am" in English."""
    return wall_words(local(instant, zone).time())


def wall_words(at: time) -> str:
    """Return a time on the wall clock as the locale says it, "9:15am" in English."""
    return _wall_words(at, locale_now())


@lru_cache(maxsize=4096)
def _wall_words(at: time, locale: str) -> str:
    if not locale.startswith("en"):
        return format_time(at, "short", locale=locale)
    text = format_time(at, "h:mma", locale="en_GB")
    return text.replace("\u202f", "").replace(" ", "").lower()


def day_words(day: date) -> str:
    """Return a short day, "Tue 24 November"."""
    return date_words(day, "EEE d MMMM")


def long_day_words(day: date) -> str:
    """Return a full day, "Tuesday 24 November 2026"."""
    return date_words(day, "EEEE d MMMM y")


def date_words(day: date, pattern: str) -> str:
    """Return a day by a pattern of CLDR, "EEEE d MMMM", in the locale's words and order."""
    return _date_words(day, pattern, locale_now())


@lru_cache(maxsize=4096)
def _date_words(day: date, pattern: str, locale: str) -> str:
    return format_date(day, ORDERS.get(locale, {}).get(pattern, pattern), locale=locale)


def kept_day_words(day: str) -> str:
    """Return "2027-03-09" as "9 March 2027", and the day of every year "--03-09" as "9 March"."""
    if day.startswith("--"):
        # Of a leap year, in which every day of the year exists.
        return date_words(date.fromisoformat(f"2000{day[1:]}"), "d MMMM")
    return date_words(date.fromisoformat(day), "d MMMM y")


def local_day(instant: datetime, zone: str) -> date:
    """Return the calendar day of `instant` in `zone`."""
    return local(instant, zone).date()


def zone_words(instant: datetime, zone: str) -> str:
    """Return whose clock it is, "London time"; with the offset where the hour comes twice."""
    there = local(instant, zone)
    city = get_timezone_location(zone, locale=locale_now(), return_city=True)
    if there.utcoffset() == there.replace(fold=1 - there.fold).utcoffset():
        return str(_("%(city)s time", city=city))
    offset = get_timezone_gmt(there, "long")
    return str(_("%(city)s time, %(offset)s", city=city, offset=offset))


def translated(text: str) -> str:
    """Return a kept text in the reader's language where it has one; else, as a name, as it is."""
    return str(_(text))


def money_words(minor: int, currency: str = "GBP") -> str:
    """Return an amount of minor units, "£62" or "£62.50"."""
    return _money_words(minor, currency, locale_now())


@lru_cache(maxsize=1024)
def _money_words(minor: int, currency: str, locale: str) -> str:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    if minor % 100 == 0:
        pattern = re.sub(r"\.0+", "", pattern)
    said = format_currency(minor / 100, currency, pattern, locale=locale, currency_digits=False)
    # Where a language has only letters for a currency, its sign is what stands on the till.
    return said.replace(currency, get_currency_symbol(currency, "en"))


def telephone_words(number: str) -> str:
    """Return a number in groups, as people read it out; as it is where it cannot be read."""
    try:
        known = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(known, form))


FILTERS = {
    "clock": clock_words,
    "day": day_words,
    "long_day": long_day_words,
    "kept_day": kept_day_words,
    "local_day": local_day,
    "money": money_words,
    "telephone": telephone_words,
    "wall": wall_words,
    "translated": translated,
    "zone": zone_words,
}
