"""What the address of a page of times asks for, and the words such a page is made of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import request
from werkzeug.datastructures import MultiDict

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.appointments.queries.giving import Giver, Place, giving
from booking.appointments.views.site import as_uuid
from booking.availability.rules import AskedBy
from booking.clinic.models import BookingMode, Service

_Row = TypeVar("_Row", Giver, Place)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for. `strange` is true when it names someone or somewhere else.

    `known_to` are the practitioners (ids) the person has been to.
    `practitioners` are those with whom this person can book here; where there are none, the clinic
    has to be called. `with_whom` and `where` are those of them, and of `locations`, that were
    chosen; None is all. `path` is where the page is and where its slots are sent; `kept` are query
    values that stay.
    """

    service: Service
    path: str
    practitioners: Sequence[Giver]
    locations: Sequence[Place]
    with_whom: Sequence[Giver] | None = None
    where: Sequence[Place] | None = None
    day: date | None = None
    week: date | None = None
    strange: bool = False
    person_id: int | None = None
    known_to: Collection[int] = ()
    asked_by: AskedBy = AskedBy.PATIENT
    moving: Appointment | None = None
    hold_id: int | None = None
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def practitioner(self) -> Giver | None:
        """The only one asked for; else None."""
        return _only(self.with_whom)

    @property
    def location(self) -> Place | None:
        """The only place asked for; else None."""
        return _only(self.where)

    @property
    def places(self) -> Sequence[Place]:
        """The locations whose times are meant."""
        return self.where or self.locations

    def address(self, **changes: object) -> str:
        """Return this page's address with another day, week, practitioners or places.

        None takes a value out.
        """
        values: dict[str, object] = {
            **self.kept,
            "practitioner": self.with_whom and [each.public_id for each in self.with_whom],
            "location": self.where and [each.public_id for each in self.where],
            **changes,
        }
        told = {name: value for name, value in values.items() if value is not None}
        return f"{self.path}?{urlencode(told, doseq=True)}" if told else self.path

    @property
    def here(self) -> str:
        """The address slots are sent to: this page as it is, so that it can be shown again."""
        return self.address(day=self.day, week=self.week)

    @property
    def narrowed(self) -> dict[str, Any]:
        """What narrows every question about offers."""
        return {
            **self.whose,
            "practitioner_ids": [one.id for one in self.with_whom or self.practitioners],
            "location_ids": self.where and [place.id for place in self.where],
        }

    @property
    def whose(self) -> dict[str, Any]:
        """What every question about offers is told of the person who asks."""
        return {
            "person_id": self.person_id,
            "known_to": self.known_to,
            "asked_by": self.asked_by,
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


def person_of(visit: Appointment, actor: Actor) -> dict[str, Any]:
    """Return what times for the person of a visit may go by, for `asked_of`.

    Whoever just booked under her name is told neither when else nor with whom she comes.
    """
    if actor.just_booked:
        return {"known_to": frozenset({visit.practitioner_id})}
    return {"person_id": visit.patient.resource_id}


def asked_of(
    service: Service,
    *,
    path: str,
    person_id: int | None = None,
    known_to: Collection[int] = (),
    **known: Any,
) -> Asked:
    """Read the query of the current address. Nothing in it can be wrong, only unknown.

    A person, where there is one, is known to whom she has been to.
    """
    everyone, locations = giving(service.id)
    if person_id is not None:
        known_to = queries.practitioners_seen(person_id)
    practitioners = _bookable(everyone, known_to, **known)
    args = request.args
    with_whom, no_such_person = _named(practitioners, args.getlist("practitioner"))
    where, no_such_place = _named(locations, args.getlist("location"))
    return Asked(
        service=service,
        path=path,
        practitioners=practitioners,
        locations=locations,
        with_whom=with_whom,
        where=where,
        day=_date(args.get("day")),
        week=_date(args.get("week")),
        person_id=person_id,
        known_to=known_to,
        strange=no_such_person or no_such_place,
        **known,
    )


def asked_at_desk(
    service: Service, *, path: str, person_id: int | None, values: MultiDict[str, str]
) -> Asked:
    """Read what the desk asks for, for a person who may be new, out of a form it has sent."""
    practitioners, locations = giving(service.id)
    with_whom, no_such_person = _named(practitioners, values.getlist("practitioner"))
    where, no_such_place = _named(locations, values.getlist("location"))
    return Asked(
        service=service,
        path=path,
        practitioners=practitioners,
        locations=locations,
        with_whom=with_whom,
        where=where,
        strange=no_such_person or no_such_place,
        person_id=person_id,
        known_to=() if person_id is None else queries.practitioners_seen(person_id),
        asked_by=AskedBy.STAFF,
    )


def _bookable(
    everyone: Sequence[Giver],
    known_to: Collection[int],
    *,
    moving: Appointment | None = None,
    **_more: Any,
) -> list[Giver]:
    """Return those with whom this person can book, or move a visit, without calling.

    A move is not agreed with anybody, so times that are by request are not for moving to.
    """
    modes = {BookingMode.ONLINE} if moving else {BookingMode.ONLINE, BookingMode.REQUEST}
    return [
        one for one in everyone if one.mode in modes and (one.id in known_to or one.new_patients)
    ]


def _named(rows: Sequence[_Row], texts: Iterable[str]) -> tuple[Sequence[_Row] | None, bool]:
    """Return the rows that are named, None for all of several, and whether some name is strange."""
    told = [text for text in texts if text]
    named = {as_uuid(text) for text in told}
    found = [row for row in rows if row.public_id in named]
    strange = len(found) < len(named)
    everything = len(found) == len(rows) > 1
    return (found if found and not strange and not everything else None), strange


def _only(rows: Sequence[_Row] | None) -> _Row | None:
    return rows[0] if rows and len(rows) == 1 else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
