"""A code once more from somebody who is signed in: on a locked screen, or before what matters."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor
from booking.accounts import actions
from booking.accounts.forms import CodeForm
from booking.accounts.views.shell import code_hint, page, too_many
from booking.accounts.views.staff import begin_again
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries


def ask_code(template: str) -> Any:
    """Show the page that asks for it; the address says where she goes on to."""
    form = CodeForm(formdata=None)
    form.next.data = request.args.get("next")
    return page(template, form=form, hint=code_hint())


def take_code(template: str, go_on: Callable[[str, str | None], Response]) -> Any:
    """Take it, or show the page again; `go_on` gets the new session's token, and where to."""
    form = CodeForm()
    if not form.validate_on_submit():
        return page(template, form=form, hint=code_hint())
    try:
        with transaction():
            checked = actions.check_code(current_actor(), str(form.code.data), now=clock.now())
    except TooManyTries as pause:
        return too_many(template, pause, form=form, hint=code_hint())
    if checked.outcome is actions.Outcome.ACCEPTED:
        return go_on(checked.token, form.next.data)
    if checked.outcome is actions.Outcome.OVER:
        return begin_again()
    form.code.errors = [
        _("This code is not right, or has been used. Wait for the next one and enter that.")
    ]
    return page(template, form=form, hint=code_hint())
