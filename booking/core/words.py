"""Times, days and money as people read them. Also the template filters of the same names."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from flask_babel import get_locale


def _locale() -> str:
    return str(get_locale() or "en_GB")


def local(instant: datetime, zone: str) -> datetime:
    """Return `instant` on the wall clock of the IANA `zone`."""
    return instant.astimezone(ZoneInfo(zone))


def clock_words(instant: datetime, zone: str) -> str:
    """Return the time of day in `zone` as the locale says it, "9:15am" in English."""
    if not _locale().startswith("en"):
        return format_time(local(instant, zone).time(), "short", locale=_locale())
    text = format_time(local(instant, zone).time(), "h:mma", locale="en_GB")
    return text.replace("\u202f", "").replace(" ", "").lower()


def day_words(day: date) -> str:
    """Return a short day, "Tue 24 November"."""
    return format_date(day, "EEE d MMMM", locale=_locale())


def long_day_words(day: date) -> str:
    """Return a full day, "Tuesday 24 November 2026"."""
    return format_date(day, "EEEE d MMMM y", locale=_locale())


def local_day(instant: datetime, zone: str) -> date:
    """Return the calendar day of `instant` in `zone`."""
    return local(instant, zone).date()


def money_words(minor: int, currency: str = "GBP") -> str:
    """Return an amount of minor units, "£62" or "£62.50"."""
    if minor % 100 == 0:
        return format_currency(
            minor / 100, currency, "¤#,##0", locale=_locale(), currency_digits=False
        )
    return format_currency(minor / 100, currency, locale=_locale())


FILTERS = {
    "clock": clock_words,
    "day": day_words,
    "long_day": long_day_words,
    "local_day": local_day,
    "money": money_words,
}
