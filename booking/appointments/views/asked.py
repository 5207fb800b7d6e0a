"""What the address of a page of times asks for, and the words such a page is made of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import request

from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.queries.terms import terms_by_practitioner
from booking.appointments.views.site import as_uuid
from booking.clinic import queries as clinic
from booking.clinic.models import BookingMode, Location, Practitioner, Service


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for. `strange` is true when it names someone or somewhere else.

    `known_to` are the practitioners (ids) the person has been to.
    `practitioners` are those with whom this person can book here; where there are none, the clinic
    has to be called. `path` is where the page is and where its slots are sent; `kept` are query
    values that stay.
    """

    service: Service
    path: str
    practitioners: Sequence[Practitioner]
    locations: Sequence[Location]
    practitioner: Practitioner | None = None
    location: Location | None = None
    day: date | None = None
    week: date | None = None
    strange: bool = False
    person_id: int | None = None
    known_to: Collection[int] = ()
    moving: Appointment | None = None
    hold_id: int | None = None
    kept: Mapping[str, str] = field(default_factory=dict)

    def address(self, **changes: object) -> str:
        """Return this page's address with another day, week, practitioner or place.

        None takes a value out.
        """
        values: dict[str, object] = {
            **self.kept,
            "practitioner": self.practitioner and self.practitioner.public_id,
            "location": self.location and self.location.public_id,
            **changes,
        }
        told = {name: str(value) for name, value in values.items() if value is not None}
        return f"{self.path}?{urlencode(told)}" if told else self.path

    @property
    def here(self) -> str:
        """The address slots are sent to: this page as it is, so that it can be shown again."""
        return self.address(day=self.day, week=self.week)

    @property
    def narrowed(self) -> dict[str, Any]:
        """What narrows every question about offers."""
        chosen = [self.practitioner] if self.practitioner else self.practitioners
        return {
            **self.whose,
            "practitioner_ids": [one.id for one in chosen],
            "location_ids": [self.location.id] if self.location else None,
        }

    @property
    def whose(self) -> dict[str, Any]:
        """What every question about offers is told of the person who asks."""
        return {
            "person_id": self.person_id,
            "known_to": self.known_to,
            "but_appointment_id": self.moving.id if self.moving else None,
        }


@dataclass(frozen=True, kw_only=True)
class SlotWords:
    """A free time as its button says it. `place` is empty where there is only one.

    `terms` are its length and price where they are not those of the service; `instant` is the start
    in UTC, and `zone` the clinic's, for the reader's own clock beside a visit by video; else empty.
    """

    value: str
    day: str
    clock: str
    offset: str
    practitioner: str
    place: str
    terms: str
    instant: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class DayWords:
    """A day in the strip; `url` is empty where nothing is free."""

    weekday: str
    number: str
    full: str
    words: str
    url: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Why this page is shown again: a heading, a sentence, and times near the one asked for."""

    heading: str
    text: str
    near: Sequence[SlotWords] = ()
    key: UUID = field(default_factory=uuid4)


def asked_of(service: Service, *, path: str, person_id: int | None = None, **known: Any) -> Asked:
    """Read the query of the current address. Nothing in it can be wrong, only unknown."""
    everyone = clinic.practitioners_giving(service.id)
    known_to = queries.practitioners_seen(person_id) if person_id is not None else frozenset[int]()
    practitioners = _bookable(service, everyone, known_to, **known)
    locations = clinic.locations()
    args = request.args
    who, where = args.get("practitioner") or "", args.get("location") or ""
    practitioner = _named(practitioners, who)
    location = _named(locations, where)
    return Asked(
        service=service,
        path=path,
        practitioners=practitioners,
        locations=locations,
        practitioner=practitioner,
        location=location,
        day=_date(args.get("day")),
        week=_date(args.get("week")),
        person_id=person_id,
        known_to=known_to,
        strange=bool(who and practitioner is None) or bool(where and location is None),
        **known,
    )


def _bookable(
    service: Service,
    everyone: Sequence[Practitioner],
    known_to: Collection[int],
    *,
    moving: Appointment | None = None,
    **_more: Any,
) -> list[Practitioner]:
    """Return those with whom this person can book, or move a visit, without calling.

    A move is not agreed with anybody, so times that are by request are not for moving to.
    """
    by_id = terms_by_practitioner(service)
    modes = {BookingMode.ONLINE} if moving else {BookingMode.ONLINE, BookingMode.REQUEST}
    return [
        one
        for one in everyone
        if by_id[one.id].mode in modes and (one.id in known_to or by_id[one.id].new_patients)
    ]


def _named(rows: Iterable[Any], text: str) -> Any:
    public_id = as_uuid(text)
    return next((row for row in rows if row.public_id == public_id), None)


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
