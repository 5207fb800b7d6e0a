"""What the patient's pages share: their blueprint, the time kept for a browser, who asks."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from flask import Blueprint, current_app, render_template, request, session
from flask_babel import gettext as _

from booking.access.gate import current_actor
from booking.accounts.actions import throttle
from booking.appointments.models import Hold
from booking.appointments.queries import patient as queries
from booking.core.errors import LinkOver
from booking.core.settings import Settings

bp = Blueprint("appointments", __name__)

HOLD, BOOKED = "hold", "booked"
"""Keys in the cookie. Their values are public ids of a hold and a visit: nothing personal."""


class Readdressed(Protocol):
    """What features above this one do once a record has another address."""

    def __call__(self, patient_id: int, *, now: datetime, base_url: str) -> None:
        """Close what was mailed to the address before, and write to the one it has now."""


def readdressed(patient_id: int, *, now: datetime) -> None:
    """Let the features above do their part; to be called in the transaction of the correction."""
    act: Readdressed = current_app.extensions["visits.readdressed"]
    act(patient_id, now=now, base_url=base_url())


def base_url() -> str:
    """Return the configured address of the site, never what a request's Host says."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url


def network() -> bytes:
    """Return a keyed hash of the network a request comes from."""
    return throttle.network(request.remote_addr)


def kept() -> Hold | None:
    """Return the time kept for this browser, ended or not, or None."""
    public_id = as_uuid(session.get(HOLD))
    return queries.hold(public_id) if public_id else None


def keep(public_id: UUID) -> None:
    """Let this browser come back to the time kept for it."""
    session[HOLD] = str(public_id)


def as_uuid(text: object) -> UUID | None:
    """Return the id a text stands for, or None; addresses and cookies may hold anything."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def person_id() -> int | None:
    """Return the resource of a signed-in patient, or None."""
    return current_actor().person_id


@bp.errorhandler(LinkOver)
def link_over(error: LinkOver) -> tuple[str, int]:
    """One page for every link that no longer leads anywhere, whatever the reason."""
    page = render_template("appointments/patient/link_over.html", message=_(error.message))
    return page, error.status
