"""The cookie's side of sessions, and what all pages of accounts share."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Flask,
    Request,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy.exc import OperationalError

from booking.access.gate import current_actor
from booking.access.policy import STRANGER, Actor, Permission, Role
from booking.accounts import actions, queries
from booking.accounts.actions.outside import Outside
from booking.accounts.emails import Letter
from booking.accounts.rules import (
    Patience,
    browser_words,
    local_path,
    session_ends_at,
    worth_noting,
)
from booking.audit import actions as audit
from booking.audit.rules.accounts import SignInRefused
from booking.core import clock
from booking.core.db import give_back, transaction
from booking.core.errors import Busy, TooManyTries
from booking.core.settings import Settings
from booking.core.translating import locale_now

STAFF_HOME = "/staff"
PATIENT_HOME = "/my"
FOR_PATIENTS = frozenset({Permission.MY_VISITS, Permission.MY_VISIT, Permission.MY_ANSWERS})


class Visitor(UserMixin):  # type: ignore[misc]
    """What Flask-Login holds: the session's token, the actor it stands for, and until when."""

    def __init__(self, token: str, actor: Actor, ends_at: datetime) -> None:
        self.token, self.actor, self.ends_at = token, actor, ends_at

    def get_id(self) -> str:
        return self.token


def install(app: Flask, *, outside: Outside) -> Callable[[], Actor]:
    """Put sessions behind Flask-Login and return how the gate finds the actor."""
    app.extensions["accounts"] = outside
    if app.extensions["settings"].demo:
        from booking.accounts.views.demo import bp as demo_pages

        app.register_blueprint(demo_pages)
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        return _visitor(token)

    return _actor


def _actor() -> Actor:
    """Whoever this browser's cookie stands for; without a token in it there is nobody to ask."""
    known = "_user_id" in session and current_user.is_authenticated
    return current_user.actor if known else STRANGER


def outside() -> Outside:
    """Return what the features above handed over."""
    handed: Outside = current_app.extensions["accounts"]
    return handed


def settings() -> Settings:
    """Return the running application's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def patience() -> Patience:
    """Return how long the clinic lets a sign-in be left alone."""
    told = settings()
    return Patience(
        staff=timedelta(minutes=told.staff_idle_minutes),
        patient=timedelta(minutes=told.patient_idle_minutes),
    )


def step_up() -> Any:
    """Return the way to the page that asks for a code once more, or None if that was just done."""
    number = current_actor().session_id
    if number is not None and queries.is_fresh(number, now=clock.now()):
        return None
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.again", next=back), code=303)


def code_hint() -> str:
    """Return what stands with the field for a code: in the demo, for want of a phone, the code."""
    hint, who = _("Each code works once."), current_actor().user_id
    if not settings().demo or who is None:
        return str(hint)
    code = actions.demo_code(who, settings=settings(), now=clock.now())
    return str(_("In this demo the code is %(code)s.", code=code))


def letters_for(endpoint: str) -> Callable[[str], Letter]:
    """Return how a token becomes a letter: its page under the configured address, never Host.

    The letter is in the language of the page it was asked for on.
    """
    base, frame = settings().base_url, {**outside().mail_frame(), "locale": locale_now()}
    return lambda token: Letter(link=f"{base}{url_for(endpoint, token=token)}", frame=frame)


def begin(token: str, _actor: Actor | None = None) -> None:
    """Put a fresh session's token into the cookie, dropping whatever was there."""
    forget()
    visitor = _visitor(token)
    login_user(visitor)
    if visitor is not None and (visitor.actor.user_id or visitor.actor.person_id):
        with transaction():
            actions.name_browser(token, browser_words(str(request.user_agent)))


def forget() -> None:
    """Empty this browser's cookie, and with it the token its forms were made with."""
    session.clear()
    g.pop("csrf_token", None)  # else a form on this very answer would carry the old one


def leave() -> None:
    """Forget this browser's session on this side too."""
    logout_user()
    forget()


def old_session() -> int | None:
    """Return the id of the session this browser has now; it ends when another begins."""
    return current_actor().session_id


def after_sign_in(wanted: str | None) -> str:
    """Return where a member of staff goes after both steps."""
    return local_path(wanted, otherwise=STAFF_HOME)


def sign_in_address(asked: Request) -> str:
    """Return where somebody is sent who needs to sign in, or to sign in further, first."""
    back = asked.full_path.rstrip("?") if asked.method == "GET" else None
    if current_actor().roles == {Role.HALF_SIGNED_IN}:
        return second_step_address(back)
    if current_actor().roles == {Role.LOCKED}:
        return url_for("accounts.locked", next=back if back != "/" else None)
    if _is_for_patients(asked):
        return url_for("accounts.patient_sign_in")
    return url_for("accounts.sign_in", next=back if back != "/" else None)


def _is_for_patients(asked: Request) -> bool:
    view = current_app.view_functions.get(asked.endpoint or "")
    return getattr(view, "access", None) in FOR_PATIENTS


def second_step_address(wanted: str | None) -> str:
    """Return the page of the second step: its set-up where that is still to be done."""
    who = queries.user(current_user.actor.user_id or 0)
    page = "second_factor" if queries.has_second_step(who) else "set_up_second_factor"
    kept = local_path(wanted, otherwise="")
    return url_for(f"accounts.{page}", next=kept or None)


def page(template: str, *, status: int = 200, **shown: Any) -> Any:
    """Render a page of accounts; a form with errors makes it 422."""
    form = shown.get("form")
    if status == 200 and form is not None and form.errors:
        status = 422
    return render_template(f"accounts/{template}.html", **shown), status


def too_many(template: str, pause: TooManyTries, *, form: FlaskForm, **shown: Any) -> Any:
    """Show the same page with everything still typed, and say how long to wait."""
    with transaction():
        audit.record(SignInRefused(step="throttle"), by=current_actor(), at=clock.now())
    minutes = -(-pause.retry_after // 60)
    body, _status = page(
        template,
        form=form,
        has_error=True,
        pause_minutes=minutes,
        status=pause.status,
        **shown,
    )
    return body, pause.status, {"Retry-After": str(pause.retry_after)}


def network_address() -> str | None:
    """Return the address a request comes from."""
    return request.remote_addr


def _visitor(token: str) -> Visitor | None:
    now = clock.now()
    row = queries.live_session(token, now=now, patience=patience())
    if row is None:
        return None
    actor = _with_practitioner(queries.actor_of(row))
    seen_at = row.last_seen_at if _by_itself() else now
    ends_at = session_ends_at(
        row.kind, started_at=row.created_at, seen_at=seen_at, patience=patience()
    )
    if worth_noting(seen_at=row.last_seen_at, now=seen_at):
        _note_use(row.id, now=now)
    return Visitor(token, actor, ends_at)


def _by_itself() -> bool:
    """Tell whether a page renews itself: that is no sign of anybody sitting there."""
    background = request.headers.get("Sec-Fetch-Dest") == "empty"
    return background and request.endpoint != "accounts.still_here"


def seconds_left() -> int:
    """Return how long the session of this request goes on if it is not used; 0 for none."""
    # Only who was found already: an error page must not ask the database again.
    visitor = g.get("_login_user")
    if not isinstance(visitor, Visitor):
        return 0
    return max(int((visitor.ends_at - clock.now()).total_seconds()), 0)


def _with_practitioner(actor: Actor) -> Actor:
    if not actor.is_staff or actor.user_id is None:
        return actor
    return Actor(
        roles=actor.roles,
        user_id=actor.user_id,
        practitioner_id=outside().practitioner_of(actor.user_id),
        session_id=actor.session_id,
    )


def _note_use(session_id: int, *, now: datetime) -> None:
    """Write that a session is in use. Where nothing can be written, it only ends the sooner."""
    try:
        with transaction():
            actions.note_seen(session_id, now=now)
    except (Busy, OperationalError):
        give_back()
