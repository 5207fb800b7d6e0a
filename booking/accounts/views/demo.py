"""The demo's printed sign-in links. Registered in the demo only."""

from typing import Any

from flask import Blueprint, redirect

from booking.access.gate import public
from booking.accounts import actions, queries
from booking.accounts.forms import ButtonForm
from booking.accounts.rules import LinkPurpose
from booking.accounts.views.shell import STAFF_HOME, begin, old_session, page, settings
from booking.core import clock
from booking.core.db import transaction

bp = Blueprint("accounts_demo", __name__)


@bp.get("/demo/sign-in/<string:token>")
@public
def demo_link(token: str) -> Any:
    """Show a button with the name of whom it signs in."""
    link = queries.usable_link(token, LinkPurpose.DEMO_SIGN_IN, now=clock.now())
    who = queries.user(link.user_id or 0)
    return page("demo_enter", form=ButtonForm(formdata=None), who=who)


@bp.post("/demo/sign-in/<string:token>")
@public
def demo_entered(token: str) -> Any:
    """Sign in as that member of the demo's staff."""
    with transaction():
        cookie = actions.enter_demo(
            token, settings=settings(), now=clock.now(), instead_of=old_session()
        )
    begin(cookie)
    return redirect(STAFF_HOME, code=303)
