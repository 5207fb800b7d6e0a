"""What the frame of every page shows, whoever looks and whether or not the database answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import current_app, request
from flask_babel import get_locale
from sqlalchemy.exc import SQLAlchemyError

from booking.access import gate
from booking.accounts import queries as account_queries
from booking.accounts import views as accounts
from booking.clinic import queries as clinic_queries
from booking.clinic.models import Organisation
from booking.core import clock, names_shown
from booking.core.assets import FONT_FILE
from booking.core.errors import NotFound
from booking.core.languages import NAMES, SOURCE
from booking.core.settings import Settings
from booking.today import queries as today_queries

ROOT = Path(__file__).parent.parent


def frame() -> dict[str, Any]:
    """What every page's frame shows. Must work when the database does not."""
    locale, here = get_locale(), organisation()
    settings: Settings = current_app.extensions["settings"]
    font = ROOT / "static" / "vendor" / FONT_FILE
    return {
        "clinic": here,
        "actor": gate.current_actor(),
        "lang": str(locale or "en-GB").replace("_", "-"),
        "text_dir": locale.text_direction if locale else "ltr",
        "languages": {each: NAMES.get(each, each) for each in languages()},
        "font_ready": font.exists(),
        "leave_url": here.leave_url if here else "",
        "clock_now": clock.now(),
        # how long things are kept, as the privacy page and what is agreed to say
        "retention": settings.retention,
        "kept_years": settings.records_kept_years,
        "session_seconds": accounts.seconds_left(),
        "names": names_shown.chosen(),
        "rail_numbers": rail_numbers,
        "back_here": request.full_path.rstrip("?") if request.method == "GET" else "",
        **_staff(),
    }


def _staff() -> dict[str, Any]:
    """The name of who is signed in, and whether keys work for her; nothing while it is locked."""
    actor = gate.current_actor()
    try:
        who = account_queries.user(actor.user_id) if actor.is_staff and actor.user_id else None
    except (NotFound, SQLAlchemyError):
        who = None
    return {"staff_name": who.name if who else "", "keys_on": who is not None and who.keys_on}


def rail_numbers() -> Mapping[str, int]:
    """Return how much waits behind each page of the rail; nothing where the database is silent.

    A page that has no rail never asks.
    """
    try:
        return today_queries.rail_numbers(gate.current_actor(), now=clock.now())
    except SQLAlchemyError:
        return {}


def languages() -> Sequence[str]:
    """Return the languages the clinic speaks, as locales; before it is described, the source's."""
    here = organisation()
    return here.languages if here else (SOURCE,)


def organisation() -> Organisation | None:
    """Return the clinic, or nothing while it is not described or the database does not answer."""
    try:
        return clinic_queries.organisation()
    except (NotFound, SQLAlchemyError):
        return None
