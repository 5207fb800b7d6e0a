"""After a restore: the owner decides what becomes of mail that waited, and lets mail out again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.access.gate import current_actor, needs
from booking.access.policy import Actor, Permission
from booking.accounts.views import prove
from booking.appointments.queries.board import zone
from booking.audit import actions as audit
from booking.audit.rules.upkeep import MailLetOut
from booking.core import clock
from booking.core.db import transaction
from booking.mail import outbox
from booking.rights.forms import MailHeldForm
from booking.rights.views import bp


@dataclass(frozen=True)
class Notice:
    """A line above the day: words, already translated, and where they lead."""

    words: str
    address: str


def notices(actor: Actor) -> Iterator[Notice]:
    """What an owner should know first: that no mail leaves."""
    if actor.may(Permission.MAIL_RELEASE) and outbox.fenced_since() is not None:
        yield Notice(_("No mail leaves until you decide"), url_for("rights.mail_held"))


@bp.get("/mail-held")
@needs(Permission.MAIL_RELEASE)
def mail_held() -> Any:
    """Say whether mail is held back, since when, and what can be chosen."""
    return _page(MailHeldForm(formdata=None)), 200


@bp.post("/mail-held")
@needs(Permission.MAIL_RELEASE)
def mail_let_out() -> Any:
    """Let mail leave again, after a fresh code."""
    if (first := prove()) is not None:
        return first
    form = MailHeldForm()
    if not form.validate_on_submit():
        return _page(form), 422
    now = clock.now()
    with transaction():
        if outbox.fenced_since() is not None:
            stopped = outbox.open_fence(keep_waiting=form.waiting.data == "send", now=now)
            audit.record(MailLetOut(stopped=stopped), by=current_actor(), at=now)
            flash(
                ngettext(
                    "Mail leaves again. %(num)s old message is not sent.",
                    "Mail leaves again. %(num)s old messages are not sent.",
                    stopped,
                )
            )
    return redirect(url_for("rights.mail_held"), code=303)


def _page(form: MailHeldForm) -> str:
    since = outbox.fenced_since()
    return render_template(
        "rights/mail_held.html",
        form=form,
        since=since,
        waiting=outbox.waiting_before(since) if since is not None else 0,
        zone=zone().key,
    )
