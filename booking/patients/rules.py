"""Who is who, and what a name or a number may be. Pure."""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from booking.core.addresses import NotAnAddress, canonical_email
from booking.core.errors import N_, BadInput
from booking.mail.rules import UnmailableAddress, ascii_address, clean

NAME_LIMIT = 100
NOTE_LIMIT = 500
_UNSEEN = re.compile("[\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb]")


@dataclass(frozen=True)
class HardDates:
    """Days on which nothing of ours should meet her: "2027-03-09", or every year, "--03-09".

    29 February is kept on the 28th in a year without it.
    """

    dates: frozenset[str] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Tell whether `day`, a date at the place in question, is one of them."""
        names = {day.isoformat(), f"--{day:%m-%d}"}
        if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
            names.add("--02-29")
        return not names.isdisjoint(self.dates)

    def meet(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Tell whether the aware instant `moment` falls on one of them in `zone`."""
        return bool(self.dates) and moment.astimezone(zone).date() in self

    def first_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return `moment`, or the morning of the first day after it that is none of them."""
        day = moment.astimezone(zone).date()
        if day not in self:
            return moment
        free = (day + timedelta(days=days) for days in range(1, 366))
        morning = datetime.combine(next((d for d in free if d not in self), day), MORNING, zone)
        return max(moment, morning.astimezone(UTC))


MORNING = time(8)
NO_HARD_DATES = HardDates()


def clean_name(text: str) -> str:
    """Return a name on one line, without control, reordering and invisible characters.

    Everything people write in names stays: letters of any script, marks, apostrophes, hyphens.
    Raises BadInput when it is empty, has no letter, or is longer than NAME_LIMIT characters.
    """
    if len(text) > 4 * NAME_LIMIT:
        raise BadInput(_NAME_TOO_LONG)
    name = " ".join(_UNSEEN.sub("", clean(text)).split())
    if not any(character.isalpha() for character in name):
        raise BadInput(N_("Enter your name as we should call you"))
    if len(name) > NAME_LIMIT:
        raise BadInput(_NAME_TOO_LONG)
    return name


_NAME_TOO_LONG = N_("Please shorten your name to 100 characters")


def clean_email(text: str) -> str:
    """Return an address as typed, without outer blanks. Raises BadInput unless we can write to it.

    It is exactly one address, and every relay takes it.
    """
    address = text.strip()
    try:
        canonical_email(address)
    except NotAnAddress as why:
        raise BadInput(N_("Enter an e-mail address, like name@example.org")) from why
    try:
        ascii_address(address)
    except UnmailableAddress as why:
        raise BadInput(
            N_("We cannot write to this address yet. Please give another one, or call us")
        ) from why
    return address


def clean_phone(text: str, *, region: str) -> str:
    """Return a number in international form, "+447700900123".

    Blanks and punctuation do not matter; a number without a country belongs to `region`
    (ISO 3166, two letters). Raises BadInput for what no telephone can have.
    """
    told = N_("Enter a phone number, like 07700 900123")
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text[:60]), region)
    except phonenumbers.NumberParseException as why:
        raise BadInput(told) from why
    # Possible, not "valid": ranges are opened faster than any list of them is updated.
    if not phonenumbers.is_possible_number(number):
        raise BadInput(told)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zones() -> tuple[str, ...]:
    """Return the IANA zones somebody may say she goes by: those named after a place, by that."""
    named = (zone for zone in available_timezones() if zone.split("/")[0] in AREAS)
    return tuple(sorted(named, key=lambda zone: zone.split("/")[::-1]))


def digits_of_number(text: str) -> str:
    """Return what a stored number must contain to be meant by `text`; "" where it is no number.

    A leading nought is dropped, since numbers are stored with their country.
    """
    if len(text) > NAME_LIMIT or any(c.isalpha() or c == "@" for c in text):
        return ""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text) if c in "0123456789")
    digits = digits.removeprefix("00").removeprefix("0")
    return digits if len(digits) >= FEWEST_DIGITS else ""


FEWEST_DIGITS = 3


def folded(name: str) -> str:
    """Return `name` without case, accents, punctuation and extra blanks, for comparing.

    Only for "can this be the same person at the same hour": it never joins two records.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())
