"""The one blueprint of these pages, and what their forms share."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app

from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core.settings import Settings
from booking.waiting.actions import Wanted
from booking.waiting.forms import WishForm

bp = Blueprint("waiting", __name__)


def base_url() -> str:
    """Return the configured address of the site, never what a request's Host says."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url


def prepared(form: WishForm, service: Service) -> WishForm:
    """Give a form the people and places of a service to choose from."""
    form.offer(clinic.practitioners_giving(service.id), clinic.locations())
    return form


def wanted(form: WishForm, service: Service, **more: Any) -> Wanted:
    """Return what a valid form asks for."""
    return Wanted(
        service_id=service.id,
        practitioner_id=_chosen(
            form.chosen("practitioner"), clinic.practitioners_giving(service.id)
        ),
        location_id=_chosen(form.chosen("location"), clinic.locations()),
        **form.told,
        **more,
    )


def _chosen(public_id: str, rows: Sequence[Any]) -> int | None:
    return next((row.id for row in rows if str(row.public_id) == public_id), None)
