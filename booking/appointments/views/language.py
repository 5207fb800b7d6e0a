"""The language of the pages: chosen at the end of each, for this browser and for what is mailed."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, redirect, request
from werkzeug.exceptions import BadRequest

from booking.access.gate import current_actor, public
from booking.accounts.rules import local_path
from booking.appointments.views.site import bp
from booking.core.db import transaction
from booking.core.translating import COOKIE, offered
from booking.patients import actions as patients

A_YEAR = 365 * 24 * 3600


@bp.post("/language")
@public
def choose_language() -> Any:
    """Keep the language and go back to the page; answers 400 to one that is not offered."""
    wanted = request.form.get("language", "")
    if wanted not in offered():
        raise BadRequest
    if (person := current_actor().person_id) is not None:
        with transaction():
            patients.choose_language(person, wanted)
    answer = redirect(_page_before(), code=303)
    answer.set_cookie(
        COOKIE,
        wanted,
        max_age=A_YEAR,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return answer


def _page_before() -> str:
    """The page the choice was made on; the first one where that only answers to a form."""
    path = local_path(request.form.get("next"), otherwise="/")
    opens = current_app.url_map.bind("").test(urlsplit(path).path, method="GET")
    return path if opens else "/"
