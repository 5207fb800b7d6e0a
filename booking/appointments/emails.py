"""Messages about a visit, as rows for the outbox. Discreet in every field.

A snapshot is everything the message needs, taken when it is queued; nobody looks at the visit
again when it leaves. Shape of `snapshot`: to_name, to_address, invite (or None), when, place,
practitioner_name, links, phone, phone_hours, sender, references, locale.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _

from booking.appointments.models import Appointment
from booking.appointments.queries import patient as queries
from booking.clinic.emails import frame
from booking.clinic.models import Location, Organisation, Way
from booking.mail.outbox import Draft
from booking.patients.models import Channel, InviteStyle, Patient

Method = Literal["REQUEST", "CANCEL"]


def wanted_by(patient: Patient) -> bool:
    """Tell whether she said that e-mail is safe; otherwise nothing is sent."""
    return Channel.EMAIL in patient.safe_channels


def confirmation(
    appointment: Appointment,
    *,
    clinic: Organisation,
    links: Mapping[str, str],
    references: str | None,
) -> Draft:
    """The visit is booked: an invite, and the links to change it."""
    return _about(
        "confirmation", appointment, clinic, links=links, references=references, method="REQUEST"
    )


def moved(
    appointment: Appointment,
    *,
    clinic: Organisation,
    links: Mapping[str, str],
    references: str | None,
) -> Draft:
    """The visit has another time, place or practitioner: an update of the same invite."""
    return _about(
        "moved", appointment, clinic, links=links, references=references, method="REQUEST"
    )


def cancelled(
    appointment: Appointment,
    *,
    clinic: Organisation,
    links: Mapping[str, str],
    references: str | None,
) -> Draft:
    """The visit is cancelled: the calendar entry goes too."""
    return _about(
        "cancelled", appointment, clinic, links=links, references=references, method="CANCEL"
    )


def another_time(
    appointment: Appointment,
    *,
    clinic: Organisation,
    link: str,
    references: str | None,
    absence: UUID,
    not_before: datetime,
) -> Draft:
    """The visit cannot take place as it stands: a link to other times. It stays booked till then.

    No invite: nothing has changed yet. It leaves from `not_before` on.
    """
    return Draft(
        kind="appointments/another_time",
        snapshot={
            "to_name": appointment.patient.name,
            "to_address": appointment.patient.email,
            "invite": None,
            "when": when(appointment),
            "place": where(appointment),
            "practitioner_name": appointment.practitioner.name,
            "links": {"another_time": link},
            "references": [references] if references else [],
            **frame(clinic, appointment.patient.language),
        },
        dedupe_key=f"appointments/another_time:{appointment.uid}:{appointment.sequence}:{absence}",
        owner_id=appointment.patient.public_id,
        appointment_id=appointment.id,
        sequence=appointment.sequence,
        not_before=not_before,
        not_after=appointment.ends_at,
    )


def requested(
    appointment: Appointment,
    *,
    clinic: Organisation,
    links: Mapping[str, str],
    references: str | None,
) -> Draft:
    """The time is kept until somebody has answered: no invite yet, and one link."""
    until = appointment.answer_by or appointment.starts_at
    return _about(
        "requested",
        appointment,
        clinic,
        links=links,
        references=references,
        until={"ends_at": _iso(until), "zone": appointment.location.zone},
    )


def not_given(
    what: Literal["declined", "expired"],
    appointment: Appointment,
    *,
    clinic: Organisation,
    links: Mapping[str, str],
    references: str | None,
    times: Sequence[Mapping[str, str]],
) -> Draft:
    """A request was declined, or nobody answered in time; other times that were free just then.

    Each of `times` has starts_at (ISO 8601), zone, practitioner_name, place_name and link.
    """
    return _about(
        what,
        appointment,
        clinic,
        links=links,
        references=references,
        times={str(place): dict(each) for place, each in enumerate(times)},
    )


ABOUT_A_VISIT = {
    "confirmation": confirmation,
    "requested": requested,
    "moved": moved,
    "cancelled": cancelled,
}
"""The messages that say how a visit stands and need nothing but the visit."""


def withdrawn(appointment: Appointment, *, clinic: Organisation) -> Draft:
    """A message went to a mistyped address: take the entry back there, and say nothing more.

    Build it while the record still has that address. No name, no time in words, no place, no
    link: whoever reads it is not the patient. It belongs to no appointment's thread, so that
    nothing newer replaces it.
    """
    address = appointment.patient.email
    invite = _invite(appointment, clinic, method="CANCEL") | {
        "location": "",
        "summary": _("Appointment"),
        "description": "",
        "attendee": {"name": "", "address": address},
    }
    return Draft(
        kind="appointments/withdrawn",
        snapshot={
            "to_name": "",
            "to_address": address,
            "invite": invite,
            **frame(clinic, appointment.patient.language),
        },
        dedupe_key=f"appointments/withdrawn:{appointment.uid}:{appointment.sequence}",
        owner_id=appointment.patient.public_id,
        not_after=appointment.ends_at,
    )


def when(appointment: Appointment) -> dict[str, Any]:
    """When a visit is; of a series also which one it is (`leg`) and of how many (`legs`)."""
    told = {"starts_at": _iso(appointment.starts_at), "zone": appointment.location.zone}
    if appointment.series is None:
        return told
    return {**told, "leg": appointment.leg, "legs": queries.legs_of(appointment.series)}


def place_of(location: Location) -> dict[str, str]:
    """How the outside world may read where a place is."""
    return {
        "name": location.outward_name,
        "address": location.address,
        "directions": location.directions,
    }


def where(appointment: Appointment) -> dict[str, str]:
    """Where a visit is, in the shape of `place_of`. The address of a video never leaves."""
    return where_by(appointment.way, appointment.location)


def where_by(way: Way, location: Location) -> dict[str, str]:
    """Where a visit of a kind would be, in the shape of `place_of`."""
    if way is not Way.VIDEO:
        return place_of(location)
    told = _("The way in is on the page of your visit, from half an hour before.")
    return {"name": _("By video"), "address": told, "directions": ""}


def title_of(appointment: Appointment) -> str:
    """What a visit is called in the patient's own calendar: neutral, unless she wants more."""
    if appointment.patient.invites is not InviteStyle.DETAILED:
        return str(_("Appointment"))
    return detailed_title(appointment)


def detailed_title(appointment: Appointment) -> str:
    """What a visit is called for whoever wants to read what is booked: outward names only."""
    service, who = appointment.service.outward_name, appointment.practitioner.name
    return str(_("%(service)s with %(name)s", service=service, name=who))


def invite_of(appointment: Appointment, clinic: Organisation) -> dict[str, Any]:
    """The invite as it stands now, for a download as well as for a message."""
    return _invite(appointment, clinic, method="REQUEST")


def _about(
    what: str,
    appointment: Appointment,
    clinic: Organisation,
    *,
    links: Mapping[str, str],
    references: str | None,
    method: Method | None = None,
    **more: Any,
) -> Draft:
    patient, invite = appointment.patient, None
    if method is not None and patient.invites is not InviteStyle.NONE:
        invite = _invite(appointment, clinic, method=method, link=links.get("visit", ""))
    snapshot = {
        "to_name": patient.name,
        "to_address": patient.email,
        "invite": invite,
        "when": when(appointment),
        "place": where(appointment),
        "practitioner_name": appointment.practitioner.name,
        "links": dict(links),
        "references": [references] if references else [],
        **more,
        **frame(clinic, patient.language),
    }
    return Draft(
        kind=f"appointments/{what}",
        snapshot=snapshot,
        dedupe_key=f"appointments/{what}:{appointment.uid}:{appointment.sequence}",
        owner_id=patient.public_id,
        appointment_id=appointment.id,
        sequence=appointment.sequence,
        not_after=appointment.ends_at,
    )


def _invite(
    appointment: Appointment, clinic: Organisation, *, method: Method, link: str = ""
) -> dict[str, Any]:
    location = appointment.location
    # In the patient's language, whoever caused it.
    with force_locale(clinic.locale_for(appointment.patient.language)):
        about = str(_("To move or cancel: %(link)s", link=link))
        by_video = str(_("By video"))
        title = title_of(appointment)
    return {
        "uid": appointment.uid,
        "sequence": appointment.sequence,
        "method": method,
        "stamp": _iso(appointment.changed_at),
        "created": _iso(appointment.created_at),
        "last_modified": _iso(appointment.changed_at),
        "starts_at": _iso(appointment.starts_at),
        "ends_at": _iso(appointment.ends_at),
        "zone": location.zone,
        "summary": title,
        "location": by_video
        if appointment.way is Way.VIDEO
        else f"{location.outward_name}, {location.address}",
        "description": about if link and method == "REQUEST" else "",
        "organizer": {"name": clinic.sender_name, "address": clinic.sender_address},
        "attendee": {"name": appointment.patient.name, "address": appointment.patient.email},
    }


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
