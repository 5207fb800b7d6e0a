"""From the text of a clinic's TOML file to a plan, or to one line for each mistake in it. Pure."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from booking.clinic.rules.keys import (
    CLINIC,
    INSIDE,
    LISTS,
    OWN_VALUES,
    SERVICE_VALUES,
    WEEKDAYS,
)
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
from booking.clinic.rules.values import Key


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
        practitioners=tuple(_practitioner(each) for each in lists["practitioners"]),
        services=tuple(_service(each) for each in lists["services"]),
        people=tuple(PersonPlan(**each) for each in lists["people"]),
        closures=tuple(_closure(each) for each in lists["closures"]),
    )


def _practitioner(told: Mapping[str, Any]) -> PractitionerPlan:
    hours = tuple(
        HoursPlan(
            place=each["at"],
            weekday=WEEKDAYS.index(day),
            starts=each["starts"],
            ends=each["ends"],
            every_n_weeks=each["every_n_weeks"],
        )
        for each in told["hours"]
        for day in each["days"]
    )
    return PractitionerPlan(**{**told, "hours": hours})


def _closure(told: Mapping[str, Any]) -> ClosurePlan:
    return ClosurePlan(**{**told, "last_day": told["last_day"] or told["first_day"]})


def _own_terms(told: Mapping[str, Any]) -> OwnTermsPlan:
    values = {key: told[key] for key in OWN_VALUES if key != "price"}
    return OwnTermsPlan(
        practitioner=told["practitioner"],
        values={**values, "price_minor": told["price"]},
        segments=told["segments"],
    )


def _service(told: Mapping[str, Any]) -> ServicePlan:
    values = {key: told[key] for key in SERVICE_VALUES if key != "price"}
    return ServicePlan(
        values={**values, "price_minor": told["price"]},
        segments=told["segments"],
        practitioners=told["practitioners"],
        rooms=told["rooms"],
        by=tuple(_own_terms(each) for each in told["by"]),
    )


class _Reading:
    """One reading of one file, with the mistakes found so far as (line number, words)."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.mistakes: list[tuple[int, str]] = []
        self.inner = Counter[str]()  # how many tables inside others were read, by name

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
        found = [self.table(name, each, keys, nth) for nth, each in enumerate(told)]
        if name in INSIDE:
            key, inner = INSIDE[name]
            for each in found:
                each[key] = [self._inside(f"{name}.{key}", one, inner) for one in each.get(key, ())]
        return found

    def _inside(self, name: str, told: Any, keys: Mapping[str, Key]) -> dict[str, Any]:
        self.inner[name] += 1
        return self.table(name, told, keys, self.inner[name] - 1)

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
                self._known(key, service[key], known, ("services", nth))
        self._check_inside(lists, who)

    def _check_inside(self, lists: Mapping[str, list[dict[str, Any]]], who: list[str]) -> None:
        places = [each["name"] for each in lists["locations"]]
        hours = [each for one in lists["practitioners"] for each in one["hours"]]
        for nth, each in enumerate(hours):
            self._known("at", [each["at"]], places, ("practitioners.hours", nth))
            if each["ends"] <= each["starts"]:
                self.complain("practitioners.hours", "ends", nth, "has to be later than the start")
        giving = [
            (each, service["practitioners"] or who)
            for service in lists["services"]
            for each in service["by"]
        ]
        for nth, (each, known) in enumerate(giving):
            self._known("practitioner", [each["practitioner"]], known, ("services.by", nth))
        for nth, each in enumerate(lists["closures"]):
            self._known("locations", each["locations"], places, ("closures", nth))
            if each["last_day"] and each["last_day"] < each["first_day"]:
                self.complain("closures", "last_day", nth, "has to be the first day or later")

    def _known(
        self, key: str, names: Iterable[str], known: Iterable[str], where: tuple[str, int]
    ) -> None:
        for unknown in [name for name in names if name not in known]:
            self.complain(where[0], key, where[1], f'"{unknown}" is not in this file')

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
