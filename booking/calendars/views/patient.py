"""A signed-in patient's calendar page: one address for all of her visits."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.calendars.actions import feeds as actions
from booking.calendars.queries import feeds as queries
from booking.calendars.views.blueprint import bp, feed_address
from booking.core import clock
from booking.core.db import transaction


@bp.get("/my/calendar")
@needs(Permission.MY_VISITS)
def my_calendar() -> str:
    """Say whether there is an address, and offer to make or withdraw it."""
    return _page()


@bp.post("/my/calendar/feed")
@needs(Permission.MY_VISITS)
def make_my_feed() -> str:
    """Make the address and show it this one time."""
    with transaction():
        token = actions.make_for_person(current_actor(), now=clock.now())
    return _page(address=feed_address(token))


@bp.post("/my/calendar/feed/withdraw")
@needs(Permission.MY_VISITS)
def withdraw_my_feed() -> Response:
    """Let the address answer no more."""
    with transaction():
        actions.stop_for_person(current_actor(), now=clock.now())
    flash(_("The address no longer works."))
    return redirect(url_for("calendars.my_calendar"), code=303)


def _page(**more: Any) -> str:
    feed = queries.feed_of_person(current_actor().person_id or 0)
    return render_template("calendars/my_calendar.html", feed=feed, **more)
