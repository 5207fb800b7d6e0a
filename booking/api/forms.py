"""What the query of a JSON page says, read and named where it cannot be understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _

LONGEST = 400
"""Days and starts that can be asked for at once: more than any horizon and no burden."""


@dataclass(frozen=True, kw_only=True)
class OffersAsked:
    """Free times from `first` (a date by each place's calendar; None: today) over `days` days."""

    service: UUID
    practitioner: UUID | None
    location: UUID | None
    first: date | None
    days: int
    limit: int | None


class Misread(Exception):
    """The query cannot be used; `errors` says why, by name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read_offers_asked(query: Mapping[str, str]) -> OffersAsked:
    """Read a query. Raises Misread with every mistake in it."""
    errors: dict[str, str] = {}
    known = ("service", "practitioner", "location", "from", "days", "limit")
    errors.update((name, _("There is no such word here.")) for name in query if name not in known)
    service = _uuid(query, "service", errors)
    if service is None and "service" not in errors:
        errors["service"] = _("Name the kind of visit by its id.")
    asked = (
        _uuid(query, "practitioner", errors),
        _uuid(query, "location", errors),
        _date(query, "from", errors),
        _number(query, "days", errors),
        _number(query, "limit", errors),
    )
    if errors or service is None:
        raise Misread(errors)
    practitioner, location, first, days, limit = asked
    return OffersAsked(
        service=service,
        practitioner=practitioner,
        location=location,
        first=first,
        days=days or 7,
        limit=limit,
    )


def _uuid(query: Mapping[str, str], name: str, errors: dict[str, str]) -> UUID | None:
    try:
        return UUID(query[name]) if query.get(name) else None
    except ValueError:
        errors[name] = _("Write an id, such as one of this clinic's addresses has.")
        return None


def _date(query: Mapping[str, str], name: str, errors: dict[str, str]) -> date | None:
    try:
        found = date.fromisoformat(query[name]) if query.get(name) else None
    except ValueError:
        found, errors[name] = None, _("Write a date as 2027-07-05.")
    if found is not None and not 1970 < found.year < 9000:
        errors[name] = _("Write a date as 2027-07-05.")
    return found


def _number(query: Mapping[str, str], name: str, errors: dict[str, str]) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LONGEST:
        return int(text)
    errors[name] = _("Write a number from 1 to %(most)d.", most=LONGEST)
    return None
