"""What pages say about a visit and a person, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from booking.access.policy import Actor
from booking.appointments.models import Appointment, Hold
from booking.appointments.queries import patient as queries
from booking.appointments.views import words
from booking.clinic.models import Location, Practitioner, Service, Way
from booking.core.db import session
from booking.core.errors import NotFound
from booking.patients.models import Channel
from booking.patients.rules import clean_name


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit, kept or booked. `starts_at` and `ends_at` are instants, shown on `zone`'s clock."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    city: str
    practitioner: str
    location: Location
    service: Service
    video: bool
    offset: str  # of the clinic's clock then, "UTC+1"


def visit_of_hold(kept: Hold) -> Visit:
    """Return the visit a kept time would be."""
    return _visit(
        kept.starts_at,
        kept.ends_at,
        session().get_one(Practitioner, kept.practitioner_id),
        session().get_one(Location, kept.location_id),
        session().get_one(Service, kept.service_id),
    )


def visit_of(appointment: Appointment) -> Visit:
    """Return a booked visit."""
    return _visit(
        appointment.starts_at,
        appointment.ends_at,
        appointment.practitioner,
        appointment.location,
        appointment.service,
    )


def legs_of(appointment: Appointment) -> list[tuple[Appointment, Visit]]:
    """Return the visits of its series, this one too, first to last; none outside a series."""
    return [(leg, visit_of(leg)) for leg in queries.series_of(appointment)]


def _visit(
    starts_at: datetime,
    ends_at: datetime,
    practitioner: Practitioner,
    location: Location,
    service: Service,
) -> Visit:
    return Visit(
        starts_at=starts_at,
        ends_at=ends_at,
        zone=location.zone,
        city=words.city(location.zone),
        practitioner=practitioner.name,
        location=location,
        service=service,
        video=service.way is Way.VIDEO,
        offset=words.offset(starts_at, location.zone),
    )


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who comes, as the check page says it. `known` is True for a record she has already."""

    name: str
    email: str
    phone: str
    reach: str
    mailed: bool
    calendar: bool
    note: str
    known: bool


def of_typed(actor: Actor, typed: Mapping[str, Any]) -> Person:
    """Return what was typed, as it will be stored; of a record already there, no full number."""
    if "record" in typed:
        return _of_record(actor, UUID(str(typed["record"])))
    return Person(
        name=clean_name(str(typed.get("name", ""))),
        email=str(typed.get("email", "")).strip(),
        phone=" ".join(str(typed.get("phone", "")).split()),
        reach=channel_words(typed.get("channels", ())),
        mailed=Channel.EMAIL in typed.get("channels", ()),
        calendar=not typed.get("no_invite"),
        note=str(typed.get("note", "")).strip(),
        known=False,
    )


def _of_record(actor: Actor, public_id: UUID) -> Person:
    record = queries.record_for(actor, public_id)
    if record is None:
        raise NotFound
    return Person(
        name=record.name,
        email=record.email,
        phone=_("ends in %(digits)s", digits=record.phone[-3:]),
        reach=channel_words(record.channels.split()),
        mailed=Channel.EMAIL in record.safe_channels,
        calendar=True,
        note="",
        known=True,
    )


def channel_words(channels: Any) -> str:
    """Return ways to reach somebody, as a list in words."""
    names = {
        Channel.EMAIL: _("E-mail"),
        Channel.TEXT: _("text message"),
        Channel.PHONE: _("a call"),
        Channel.VOICEMAIL: _("a voice message"),
        Channel.LETTER: _("a letter"),
    }
    told = [names[Channel(word)] for word in channels]
    text = ", ".join(told)
    return text[:1].upper() + text[1:]
