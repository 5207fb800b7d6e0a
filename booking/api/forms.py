"""What the query of a JSON page says, read and named where it cannot be understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

LONGEST = 400
"""Days and starts that can be asked for at once: more than any horizon and no burden."""


@dataclass(frozen=True, kw_only=True)
class OffersAsked:
    """Free times from `first` (a date by each place's calendar; None: today) over `days` days.

    Without practitioners or locations: of everybody, everywhere.
    """

    service: UUID
    practitioners: frozenset[UUID]
    locations: frozenset[UUID]
    first: date | None
    days: int
    limit: int | None


class Misread(Exception):
    """The query cannot be used; `errors` says why, by name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read_offers_asked(query: MultiDict[str, str]) -> OffersAsked:
    """Read a query, in which practitioners and locations may repeat. Raises Misread."""
    errors: dict[str, str] = {}
    known = ("service", "practitioner", "location", "from", "days", "limit")
    errors.update((name, _("There is no such word here.")) for name in query if name not in known)
    service = next(iter(_uuids(query, "service", errors)), None)
    if len(query.getlist("service")) > 1:
        errors["service"] = _("Ask for one kind of visit at a time.")
    if service is None and "service" not in errors:
        errors["service"] = _("Name the kind of visit by its id.")
    asked = (
        _uuids(query, "practitioner", errors),
        _uuids(query, "location", errors),
        _date(query, "from", errors),
        _number(query, "days", errors),
        _number(query, "limit", errors),
    )
    if errors or service is None:
        raise Misread(errors)
    practitioners, locations, first, days, limit = asked
    return OffersAsked(
        service=service,
        practitioners=practitioners,
        locations=locations,
        first=first,
        days=days or 7,
        limit=limit,
    )


def _uuids(query: MultiDict[str, str], name: str, errors: dict[str, str]) -> frozenset[UUID]:
    try:
        return frozenset(UUID(text) for text in query.getlist(name) if text)
    except ValueError:
        errors[name] = _("Write an id, such as one of this clinic's addresses has.")
        return frozenset()


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
