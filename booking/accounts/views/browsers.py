"""The browsers somebody has signed in with, each known by a cookie; word of a new one."""

from datetime import timedelta

from flask import after_this_request, current_app, request
from werkzeug.wrappers import Response

from booking.accounts import actions
from booking.accounts.emails import Addressee
from booking.accounts.rules import browser_words
from booking.accounts.views.shell import outside
from booking.core import clock
from booking.core.db import transaction
from booking.core.tokens import new_token
from booking.core.translating import locale_now

BROWSER_KNOWN = timedelta(days=365)


def greet(user_id: int) -> None:
    """Tell a member of staff by mail if she never used this browser; it is known from now on."""
    with transaction():
        actions.note_browser(
            user_id,
            _browser_secret(),
            words=browser_words(str(request.user_agent)),
            frame=outside().mail_frame(),
            now=clock.now(),
        )


def greet_patient(person_id: int) -> None:
    """Tell a patient the same, where e-mail is safe for her."""
    with transaction():
        _note_patients_browser(person_id, to=outside().reach(person_id))


def know_patients_browser(person_id: int) -> None:
    """Remember a patient's browser without word of it; inside the caller's transaction."""
    _note_patients_browser(person_id, to=None)


def _note_patients_browser(person_id: int, *, to: Addressee | None) -> None:
    actions.note_patients_browser(
        person_id,
        _browser_secret(),
        to=to,
        words=browser_words(str(request.user_agent)),
        frame={**outside().mail_frame(), "locale": locale_now()},
        now=clock.now(),
    )


def _browser_secret() -> str:
    """The secret of this browser's cookie, which is renewed with the answer."""
    kept = request.cookies.get(_browser_cookie(), "")
    secret = kept if len(kept) == len(new_token()) else new_token()

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie(
            _browser_cookie(),
            secret,
            max_age=int(BROWSER_KNOWN.total_seconds()),
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response

    return secret


def _browser_cookie() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"
