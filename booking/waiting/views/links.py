"""A mailed link to one's place on the list. Opening it changes nothing; its buttons do."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from booking.access.gate import current_actor, public
from booking.appointments.views import done
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import BookingError, LinkOver, TooLate, WrongState
from booking.waiting import actions, queries
from booking.waiting.views.blueprint import base_url, bp


@bp.errorhandler(LinkOver)
def link_over(over: LinkOver) -> tuple[str, int]:
    """One page for every link to the list that no longer leads anywhere, whatever the reason."""
    return render_template("waiting/link_over.html"), over.status


@bp.get("/w/<string:token>")
@public
def place(token: str) -> str:
    """Show the time that is kept for her, or that nothing has come up yet. Raises LinkOver."""
    return _page(token)


@bp.post("/w/<string:token>/take")
@public
def take(token: str) -> Any:
    """Book the time that is kept, or move her visit to it: one press, from the message.

    A second press leads to what the first one booked.
    """
    if (met := queries.met_by_link(token)) is not None:
        return done.let_in_again(met, by_mail=True)
    try:
        with transaction():
            entry = queries.entry_of_link(token)
            booked = actions.take(current_actor(), entry, now=clock.now(), base_url=base_url())
            way_in = done.let_in(booked, by_mail=True)
    except (TooLate, WrongState) as late:
        return _page(token, _(late.message)), late.status
    except LinkOver:
        raise
    except BookingError as lost:
        kept = _("We could not keep that time any longer. You are still on the list.")
        return _page(token, kept), lost.status
    return done.enter(way_in)


@bp.post("/w/<string:token>/pass")
@public
def pass_on(token: str) -> Any:
    """Let this time go to the next. She stays on the list."""
    with transaction():
        actions.pass_on(current_actor(), queries.entry_of_link(token), now=clock.now())
    flash(_("Thank you. You are still on the list, as before."))
    return redirect(url_for("waiting.place", token=token), code=303)


@bp.post("/w/<string:token>/leave")
@public
def leave(token: str) -> str:
    """Take her off the list."""
    with transaction():
        actions.leave(current_actor(), queries.entry_of_link(token), now=clock.now())
    return render_template("waiting/left.html")


def _page(token: str, said: str = "") -> str:
    entry = queries.entry_of_link(token)
    return render_template(
        "waiting/place.html",
        entry=entry,
        offer=queries.open_offer(entry.id, now=clock.now()),
        token=token,
        said=said,
    )
