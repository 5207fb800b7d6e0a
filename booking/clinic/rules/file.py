"""From the text of a clinic's TOML file to a plan, or to one line for each mistake in it. Pure."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from booking.clinic.rules import values as v
from booking.clinic.rules.plan import (
    ClinicPlan,
    LocationPlan,
    MistakesInFile,
    PersonPlan,
    PractitionerPlan,
    ServicePlan,
)
from booking.clinic.rules.values import Key

CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
CLINIC = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "sender_name": Key(v.text, needed=True),
    "sender_address": Key(v.email, needed=True),
    "phone": Key(v.text, needed=True),
    "phone_hours": Key(v.text, needed=True),
    "currency": Key(v.pattern("[A-Z]{3}", "GBP"), otherwise="GBP"),
    "locale": Key(v.pattern("[a-z]{2,3}(_[A-Z]{2})?", "en_GB"), otherwise="en_GB"),
    "region": Key(v.pattern("[A-Z]{2}", "GB"), otherwise="GB"),
    "emergency_number": Key(v.text, needed=True),
    "emergency_department": Key(v.text, needed=True),
    "urgent_advice_line": Key(v.text, needed=True),
    "early_pregnancy_unit": Key(v.text, needed=True),
    "crisis_text": Key(v.text, needed=True),
    "watched_by": Key(v.words),
    "watched_when": Key(v.words),
    "urgent_email": Key(v.email_or_nothing),
    "reception_view": Key(v.one_of("tasks", "standard", "full"), otherwise="standard"),
    "minimum_age": Key(v.whole(0, 120), otherwise=16),
    "reminder_hours": Key(v.whole(0, 14 * 24), otherwise=48),
    "reminder_morning": Key(v.pattern(f"({CLOCK})?", "08:00"), otherwise="08:00"),
    "quiet_from": Key(v.pattern(CLOCK, "21:00"), otherwise="21:00"),
    "quiet_until": Key(v.pattern(CLOCK, "08:00"), otherwise="08:00"),
}
LOCATION = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "address": Key(v.text, needed=True),
    "directions": Key(v.words),
    "zone": Key(v.zone, needed=True),
    "rooms": Key(v.several(v.text), needed=True),
}
PRACTITIONER = {
    "name": Key(v.text, needed=True),
    "email": Key(v.email_or_nothing),
    "about": Key(v.words),
    "languages": Key(v.words),
}
SERVICE_VALUES = {
    "name": Key(v.text, needed=True),
    "outward_name": Key(v.text, needed=True),
    "description": Key(v.words),
    "price": Key(v.price, needed=True),
    "first_visit": Key(v.yes_or_no, otherwise=False),
    "minutes_before": Key(v.whole(0, 240), otherwise=0),
    "minutes_after": Key(v.whole(0, 240), otherwise=0),
    "minimum_notice_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=120),
    "horizon_days": Key(v.whole(1, 400), otherwise=90),
    "grid_minutes": Key(v.grid, otherwise=15),
    "move_window_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=v.MINUTES_A_DAY),
    "cancel_window_minutes": Key(v.whole(0, 60 * v.MINUTES_A_DAY), otherwise=v.MINUTES_A_DAY),
}
SERVICE = {
    **SERVICE_VALUES,
    "segments": Key(v.segments, needed=True),
    "practitioners": Key(v.several(v.text), otherwise=()),
    "rooms": Key(v.several(v.text), otherwise=()),
}
PERSON = {
    "name": Key(v.text, needed=True),
    "email": Key(v.email, needed=True),
    "roles": Key(v.several(v.one_of("owner", "reception")), needed=True),
}
LISTS = {
    "locations": (LOCATION, 1),
    "practitioners": (PRACTITIONER, 1),
    "services": (SERVICE, 1),
    "people": (PERSON, 0),
}


def read(text: str) -> ClinicPlan:
    """Return what a clinic's file says. Raises MistakesInFile with a line for each mistake."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise MistakesInFile([f"This is not TOML: {problem}"]) from problem
    reading = _Reading(text)
    organisation = reading.table("clinic", told.get("clinic", {}), CLINIC)
    lists = {name: reading.tables(name, told.get(name, [])) for name in LISTS}
    for extra in sorted(set(told) - {"clinic", *LISTS}):
        reading.complain(f"[{extra}]", extra, None, "is not something this file can hold")
    if not reading.mistakes:
        reading.check_names(lists)
    if reading.mistakes:
        raise MistakesInFile([words for _line, words in sorted(reading.mistakes)])
    return ClinicPlan(
        organisation=organisation,
        locations=tuple(LocationPlan(**each) for each in lists["locations"]),
        practitioners=tuple(PractitionerPlan(**each) for each in lists["practitioners"]),
        services=tuple(_service(each) for each in lists["services"]),
        people=tuple(PersonPlan(**each) for each in lists["people"]),
    )


def _service(told: Mapping[str, Any]) -> ServicePlan:
    values = {key: told[key] for key in SERVICE_VALUES if key != "price"}
    return ServicePlan(
        values={**values, "price_minor": told["price"]},
        segments=told["segments"],
        practitioners=told["practitioners"],
        rooms=told["rooms"],
    )


class _Reading:
    """One reading of one file, with the mistakes found so far as (line number, words)."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.mistakes: list[tuple[int, str]] = []

    def complain(self, table: str, key: str, nth: int | None, words: str) -> None:
        """Note a mistake at `key` of the `nth` (from 0) `table`, or of the only one."""
        line = self._line_of(table.strip("[]"), key, nth)
        where = table if nth is None else f"{table} {nth + 1}"
        self.mistakes.append((line, f"line {line}: {where}, {key}: {words}"))

    def table(
        self, name: str, told: Any, keys: Mapping[str, Key], nth: int | None = None
    ) -> dict[str, Any]:
        """Read one table; what cannot be read is noted and left out."""
        if not isinstance(told, Mapping):
            self.complain(name, "", nth, f"must be a table that begins with [{name}]")
            return {}
        found: dict[str, Any] = {}
        for unknown in [key for key in told if key not in keys]:
            self.complain(name, unknown, nth, "is not a key this table knows")
        for key, how in keys.items():
            if key in told:
                try:
                    found[key] = how.read(told[key])
                except ValueError as reason:
                    self.complain(name, key, nth, str(reason))
            elif how.needed:
                self.complain(name, key, nth, "is missing")
            else:
                found[key] = how.otherwise
        return found

    def tables(self, name: str, told: Any) -> list[dict[str, Any]]:
        """Read all tables of one list."""
        keys, least = LISTS[name]
        if not isinstance(told, list) or len(told) < least:
            self.complain(name, "", None, f"there must be at least one table [[{name}]]")
            return []
        return [self.table(name, each, keys, nth) for nth, each in enumerate(told)]

    def check_names(self, lists: Mapping[str, list[dict[str, Any]]]) -> None:
        """Note names used twice, and names that point to nothing."""
        for table in ("locations", "practitioners", "services"):
            self._no_doubles(table, "name", lists[table])
        staff = [each for each in lists["practitioners"] if each["email"]]
        self._no_doubles("practitioners", "email", staff)
        self._no_doubles("people", "email", lists["people"], taken=staff)
        rooms = [room for place in lists["locations"] for room in place["rooms"]]
        who = [each["name"] for each in lists["practitioners"]]
        for nth, service in enumerate(lists["services"]):
            for key, known in (("practitioners", who), ("rooms", rooms)):
                for unknown in [name for name in service[key] if name not in known]:
                    self.complain("services", key, nth, f'"{unknown}" is not in this file')

    def _no_doubles(
        self,
        table: str,
        key: str,
        rows: Iterable[Mapping[str, Any]],
        taken: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        seen = {each[key].casefold() for each in taken}
        for nth, each in enumerate(rows):
            if each[key].casefold() in seen:
                self.complain(table, key, nth, f'"{each[key]}" is there twice')
            seen.add(each[key].casefold())

    def _line_of(self, table: str, key: str, nth: int | None) -> int:
        """The line (from 1) where a key stands, else where its table begins, else the last."""
        heads = [
            number
            for number, line in enumerate(self.lines, 1)
            if re.match(rf"\s*\[\[?\s*{re.escape(table)}\s*\]", line)
        ]
        if len(heads) <= (nth or 0):
            return len(self.lines)
        begin = heads[nth or 0]
        for number, line in enumerate(self.lines[begin:], begin + 1):
            if line.lstrip().startswith("["):
                break
            if re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return begin
