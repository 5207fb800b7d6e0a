"""A practitioner's calendar page: what goes out to her own calendar, and what comes in from it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability.queries import practitioner_for
from booking.calendars.actions import feeds as actions
from booking.calendars.forms import FeedForm
from booking.calendars.queries import feeds as queries
from booking.calendars.rules import Reveal
from booking.calendars.views.blueprint import bp, feed_address
from booking.core import clock
from booking.core.db import transaction


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
        token = actions.make_for_practitioner(
            current_actor(), Reveal(form.reveal.data), now=clock.now()
        )
    return _page(address=feed_address(token))


@bp.post("/calendar/feed/withdraw")
@needs(Permission.CALENDAR_OWN)
def withdraw_feed() -> Response:
    """Let the address answer no more."""
    with transaction():
        actions.stop_for_practitioner(current_actor(), now=clock.now())
    flash(_("The address no longer works."))
    return redirect(url_for("calendars.calendar"), code=303)


def _page(*, feed_form: FeedForm | None = None, address: str = "") -> Any:
    practitioner = practitioner_for(current_actor())
    feed = queries.feed_of_practitioner(practitioner.id)
    if feed_form is None:
        feed_form = FeedForm(formdata=None, data={"reveal": feed.reveal.value} if feed else None)
    page = render_template(
        "calendars/calendar.html", feed=feed, feed_form=feed_form, form=feed_form, address=address
    )
    return page, 422 if feed_form.errors else 200
