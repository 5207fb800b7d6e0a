"""A practitioner's calendar page: what goes out to her own calendar, and what comes in from it."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability.queries import home, practitioner_for
from booking.calendars.actions import feeds, outside, servers
from booking.calendars.forms import FeedForm, InvitesForm, OutsideForm, ServerForm
from booking.calendars.models import SourceKind
from booking.calendars.queries import copies as copy_queries
from booking.calendars.queries import feeds as feed_queries
from booking.calendars.queries import outside as outside_queries
from booking.calendars.rules import Reveal
from booking.calendars.rules.outside import Trouble, is_stale, target_of
from booking.calendars.views.blueprint import bp, feed_address
from booking.calendars.views.words import PROBLEMS, problem_words
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BadInput
from booking.core.settings import Settings


@bp.get("/calendar")
@needs(Permission.CALENDAR_OWN)
def calendar() -> Any:
    """Show every way a practitioner's visits and busy times travel."""
    return _page()


@bp.post("/calendar/feed")
@needs(Permission.CALENDAR_OWN)
def make_feed() -> Any:
    """Make the feed's address, or another one, and show it this one time."""
    form = FeedForm()
    if not form.validate():
        return _page(feed_form=form)
    with transaction():
        token = feeds.make_for_practitioner(
            current_actor(), Reveal(form.reveal.data), now=clock.now()
        )
    return _page(address=feed_address(token))


@bp.post("/calendar/feed/withdraw")
@needs(Permission.CALENDAR_OWN)
def withdraw_feed() -> Response:
    """Let the address answer no more."""
    with transaction():
        feeds.stop_for_practitioner(current_actor(), now=clock.now())
    return _back(_("The address no longer works."))


@bp.get("/calendar/busy-times/new")
@needs(Permission.CALENDAR_OWN)
def new_busy_times() -> Any:
    """Ask where the calendar is."""
    return _busy_page(OutsideForm(formdata=None))


@bp.post("/calendar/busy-times/new")
@needs(Permission.CALENDAR_OWN)
def connect_busy_times() -> Any:
    """Let a calendar kept elsewhere close time here; the worker reads it within a minute."""
    form = OutsideForm()
    if not form.validate() or not _may_be_asked(form):
        return _busy_page(form)
    try:
        with transaction():
            outside.connect(
                current_actor(), SourceKind(form.kind.data), form.access, now=clock.now()
            )
    except BadInput as many:
        form.form_errors.append(_(many.message))
        return _busy_page(form)
    return _back(_("Connected. It is read within a minute."))


@bp.post("/calendar/busy-times/<uuid:public_id>/disconnect")
@needs(Permission.CALENDAR_OWN)
def disconnect_busy_times(public_id: UUID) -> Response:
    """Forget the calendar, and open what it closed."""
    with transaction():
        outside.disconnect(current_actor(), public_id, now=clock.now())
    return _back(_("Disconnected. What this calendar closed is open again."))


@bp.post("/calendar/invitations")
@needs(Permission.CALENDAR_OWN)
def choose_invitations() -> Any:
    """Say what invitations of one's own show, or that none are wanted."""
    form = InvitesForm()
    if not form.validate():
        return _page(invites_form=form)
    reveal = None if form.shown.data == "none" else Reveal(form.shown.data)
    with transaction():
        servers.choose_invites(current_actor(), reveal, now=clock.now())
    return _back(_("Saved."))


@bp.get("/calendar/server")
@needs(Permission.CALENDAR_OWN)
def new_server() -> Any:
    """Ask where the calendar server is."""
    return _server_page(ServerForm(formdata=None))


@bp.post("/calendar/server")
@needs(Permission.CALENDAR_OWN)
def connect_server() -> Any:
    """Let visits be written to one's own calendar server; the worker begins within a minute."""
    form = ServerForm()
    if not form.validate() or not _may_be_asked(form):
        return _server_page(form)
    with transaction():
        servers.connect(current_actor(), form.access, Reveal(form.reveal.data), now=clock.now())
    return _back(_("Connected. Your visits are written there within a minute."))


@bp.post("/calendar/server/disconnect")
@needs(Permission.CALENDAR_OWN)
def disconnect_server() -> Response:
    """Write nothing more there."""
    with transaction():
        servers.disconnect(current_actor(), now=clock.now())
    return _back(_("Disconnected. What is in that calendar stays there."))


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for("calendars.calendar"), code=303)


def _may_be_asked(form: Any) -> bool:
    """Say at once what the worker would refuse for ever."""
    settings: Settings = current_app.extensions["settings"]
    try:
        target_of(form.url.data, allowed=settings.outbound.allowed)
    except Trouble as why:
        form.url.errors = [_(PROBLEMS[why.problem])]
        return False
    return True


def _busy_page(form: OutsideForm) -> Any:
    practitioner_for(current_actor())
    return render_template("calendars/busy_times.html", form=form), 422 if form.errors else 200


def _server_page(form: ServerForm) -> Any:
    practitioner_for(current_actor())
    return render_template("calendars/server.html", form=form), 422 if form.errors else 200


def _page(
    *,
    feed_form: FeedForm | None = None,
    invites_form: InvitesForm | None = None,
    address: str = "",
) -> Any:
    practitioner = practitioner_for(current_actor())
    feed = feed_queries.feed_of_practitioner(practitioner.id)
    server = copy_queries.server_of(practitioner.id)
    refused = feed_form or invites_form
    if feed_form is None:
        feed_form = FeedForm(formdata=None, data={"reveal": feed.reveal.value} if feed else None)
    if invites_form is None:
        chosen = copy_queries.own_invites(practitioner.id)
        shown = Reveal.INITIALS if chosen is None else chosen.reveal if chosen.wanted else "none"
        invites_form = InvitesForm(formdata=None, data={"shown": str(shown)})
    page = render_template(
        "calendars/calendar.html",
        feed=feed,
        feed_form=feed_form,
        invites_form=invites_form,
        form=refused or feed_form,
        address=address,
        server=server and _shown(server),
        invited_at=copy_queries.address_of(practitioner),
        zone=home(practitioner.id).zone,
        busy=[_shown(row) for row in outside_queries.calendars_of(practitioner.id)],
        under=outside_queries.visits_under(practitioner.id, now=clock.now()),
    )
    return page, 422 if refused and refused.errors else 200


def _shown(row: Any) -> dict[str, Any]:
    """A calendar kept elsewhere as its owner sees it: the host, never the whole address."""
    return {
        "row": row,
        "host": urlsplit(row.access["url"]).hostname,
        "problem": problem_words(row.problem),
        "stale": is_stale(getattr(row, "read_at", None), row.failing_since, now=clock.now()),
    }
