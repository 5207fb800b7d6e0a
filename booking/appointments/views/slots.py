"""What a page of the desk's times asks for, and how its buttons read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.appointments import rules
from booking.appointments.models import Appointment
from booking.appointments.queries.desk import Narrowed
from booking.appointments.rules import Slot
from booking.appointments.views.desk_site import asked_day
from booking.appointments.views.site import as_uuid
from booking.availability.rules import Offer, instant_of
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service
from booking.core.errors import N_, BadInput
from booking.core.words import clock_words, day_words

LISTED = 12
"""Times shown of one kind of visit; "all times" is another practitioner or day away."""
NOT_A_TIME = N_("That does not name a time. Please choose one shown here.")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A day, and perhaps a practitioner, a place and a minute (epoch) that a gap began with."""

    day: date
    practitioner: Practitioner | None = None
    place: Location | None = None
    at: int | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Wish":
        """Read a query or a form. Raises BadInput for what is no day."""
        who, where = as_uuid(values.get("practitioner")), as_uuid(values.get("place"))
        at = values.get("at", "")
        return cls(
            day=asked_day(values.get("date", "")),
            practitioner=next((p for p in clinic.practitioners() if p.public_id == who), None),
            place=next((p for p in clinic.locations() if p.public_id == where), None),
            at=int(at) if at.isascii() and at.isdigit() and len(at) < 10 else None,
        )

    @property
    def kept(self) -> dict[str, str]:
        """What a form must bring along so that the next page asks for the same."""
        values = {
            "date": self.day.isoformat(),
            "practitioner": self.practitioner and str(self.practitioner.public_id),
            "place": self.place and str(self.place.public_id),
            "at": None if self.at is None else str(self.at),
        }
        return {name: value for name, value in values.items() if value}

    def asked(
        self, zone: ZoneInfo, *, person_id: int | None = None, moving: Appointment | None = None
    ) -> Narrowed:
        """Return the same as a question about offers."""
        return Narrowed(
            day=self.day,
            zone=zone,
            practitioner_ids=[self.practitioner.id] if self.practitioner else None,
            location_ids=[self.place.id] if self.place else None,
            person_id=person_id,
            at=self.at,
            moving=moving,
        )

    def first(self, offers: Sequence[Offer]) -> Sequence[Offer]:
        """Return the offers to list: from the gap's beginning on, or all of the day."""
        later = [offer for offer in offers if self.at is None or offer.start >= self.at]
        return (later or offers)[:LISTED]

    def around(self, now: datetime) -> datetime:
        """Return the instant near which to look when the day has nothing."""
        noon = datetime.combine(self.day, time(12), tzinfo=now.tzinfo)
        return max(now, noon if self.at is None else instant_of(self.at))


@dataclass(frozen=True, kw_only=True)
class Words:
    """A free time as its button says it. `place` is empty where there is only one."""

    value: str
    day: str
    clock: str
    until: str
    practitioner: str
    place: str


def words(service: Service, offers: Sequence[Offer]) -> list[Words]:
    """Return how the buttons of these offers read."""
    staff = {one.id: one for one in clinic.practitioners()}
    places = {place.id: place for place in clinic.locations()}
    return [
        Words(
            value=value_of(service.public_id, slot_of(offer, staff, places)),
            day=day_words(offer.local_date),
            clock=clock_words(offer.starts_at, offer.zone.key),
            until=clock_words(offer.ends_at, offer.zone.key),
            practitioner=staff[offer.practitioner_id].name,
            place=places[offer.location_id].outward_name if len(places) > 1 else "",
        )
        for offer in offers
    ]


def slot_of(
    offer: Offer, staff: Mapping[int, Practitioner], places: Mapping[int, Location]
) -> Slot:
    """Return what names the offer."""
    who, where = staff[offer.practitioner_id], places[offer.location_id]
    return Slot(who.public_id, where.public_id, offer.starts_at)


def value_of(service: UUID, slot: Slot) -> str:
    """Return the value of a button: which kind of visit, whose, where, when."""
    return f"{service.hex}:{rules.slot_text(slot)}"


def read(text: str) -> tuple[UUID, Slot]:
    """Return what a button says. Raises BadInput for anything else."""
    service, _colon, slot = text.partition(":")
    kind = as_uuid(service)
    if kind is None:
        raise BadInput(NOT_A_TIME)
    return kind, rules.read_slot(slot)


def over_of(values: Mapping[str, str], wish: Wish) -> tuple[UUID, Slot]:
    """Return which time was typed for a visit that may overlap. Raises BadInput."""
    kind = as_uuid(values.get("service"))
    who, where = as_uuid(values.get("over_practitioner")), as_uuid(values.get("over_place"))
    if kind is None or who is None or where is None:
        raise BadInput(N_("Choose the kind of visit, the practitioner and the place"))
    place = next((each for each in clinic.locations() if each.public_id == where), None)
    try:
        wall = time.fromisoformat(values.get("over_time", ""))
    except ValueError as odd:
        raise BadInput(N_("Enter a time, like 14:30")) from odd
    zone = ZoneInfo(place.zone if place else "UTC")
    starts_at = datetime.combine(wish.day, wall.replace(second=0, microsecond=0), tzinfo=zone)
    return kind, Slot(who, where, starts_at.astimezone(ZoneInfo("UTC")))
