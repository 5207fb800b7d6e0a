"""What everything is called, inside and outside, with a message as a patient would get it."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app, render_template
from flask_babel import gettext as _

from booking.access.gate import needs
from booking.access.policy import Permission
from booking.appointments import emails
from booking.appointments.models import Appointment
from booking.appointments.views.board import bp
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service
from booking.core import clock
from booking.mail.rules import next_stamp
from booking.patients.models import InviteStyle, Patient

AN_ADDRESS = "somebody@example.org"


class Preview(NamedTuple):
    """A message about a visit that there is not: what its reader sees without opening it, and then.

    `neutral` and `detailed` are what her calendar would call it.
    """

    sender: str
    subject: str
    text: str
    neutral: str
    detailed: str
    place: str


@bp.get("/names")
@needs(Permission.NAMES_READ)
def names() -> Any:
    """Show every inner name beside its outward one, and what a message makes of them."""
    services, places, who = clinic.services(), clinic.locations(), clinic.practitioners()
    ours, whole = clinic.organisation(), bool(services and places and who)
    return render_template(
        "appointments/staff/names.html",
        groups=[
            (_("The clinic"), [(ours.name, ours.outward_name)]),
            (_("Visits"), [(one.name, one.outward_name) for one in services]),
            (_("Places"), [(one.name, one.outward_name) for one in places]),
            (_("Titles"), [(one.title, one.outward_title) for one in who if one.title]),
        ],
        preview=_preview(services[0], places[0], who[0]) if whole else None,
        details=[_detailed(service, who[0]) for service in services] if who else [],
    )


def _preview(service: Service, place: Location, who: Practitioner) -> Preview:
    """Written by what writes every confirmation; nothing of it is stored or sent."""
    ours = clinic.organisation()
    visit = _visit(service, place, who, _next_morning(place))
    links = dict.fromkeys(("visit", "move", "cancel", "form"), "https://…")
    draft = emails.confirmation(visit, clinic=ours, links=links, references=None)
    told = current_app.extensions["post"].renderers[draft.kind](draft.snapshot)
    invite = draft.snapshot["invite"]
    return Preview(
        sender=f"{ours.sender_name} <{ours.sender_address}>",
        subject=told.subject,
        text=told.text,
        neutral=invite["summary"],
        detailed=emails.detailed_title(visit),
        place=invite["location"],
    )


def _visit(service: Service, place: Location, who: Practitioner, at: datetime) -> Appointment:
    stamp = next_stamp(None, now=clock.now())
    return Appointment(
        uid="preview",
        sequence=0,
        service=service,
        location=place,
        practitioner=who,
        patient=Patient(name="", email=AN_ADDRESS, invites=InviteStyle.NEUTRAL),
        way=service.way,
        starts_at=at,
        ends_at=at + timedelta(minutes=service.minutes),
        created_at=stamp,
        changed_at=stamp,
    )


def _detailed(service: Service, who: Practitioner) -> str:
    return emails.detailed_title(Appointment(service=service, practitioner=who))


def _next_morning(place: Location) -> datetime:
    there = clock.now().astimezone(ZoneInfo(place.zone)) + timedelta(days=1)
    return there.replace(hour=10, minute=0, second=0, microsecond=0)
