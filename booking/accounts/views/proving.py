"""A code once more for what is being sent right now, with everything typed carried along."""

from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from booking.access.gate import current_actor
from booking.accounts import actions, queries
from booking.accounts.forms import ProofForm
from booking.accounts.views.shell import begin, code_hint, too_many
from booking.accounts.views.staff import begin_again
from booking.accounts.views.ways import site
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import TooManyTries

OWN_FIELDS = frozenset({"csrf_token", "proof", "answer"})


def prove() -> Any:
    """Return the page that asks a member of staff for a code first, or None to go on.

    Nothing she sent is lost: the page sends it again, with the code. A code that is right makes
    the sign-in fresh, as at `/sign-in/again`.
    """
    actor = current_actor()
    if actor.session_id is not None and queries.is_fresh(actor.session_id, now=clock.now()):
        return None
    form = ProofForm()
    if "answer" in request.form and _with_passkey():
        return None
    if "proof" not in request.form:
        refused = "answer" in request.form
        shown = _page(ProofForm(formdata=None), passkey_refused=refused, has_error=refused)
        return shown, 422 if refused else 200
    if not form.validate():
        return _page(form), 422
    try:
        with transaction():
            checked = actions.check_code(actor, str(form.proof.data), now=clock.now())
    except TooManyTries as pause:
        return too_many("prove", pause, form=form, hint=code_hint(), carried=_carried())
    if checked.outcome is actions.Outcome.ACCEPTED:
        begin(checked.token)
        g.actor = current_user.actor  # the sign-in before this one is over
        return None
    if checked.outcome is actions.Outcome.OVER:
        return begin_again()
    form.proof.errors = [
        _("This code is not right, or has been used. Wait for the next one and enter that.")
    ]
    return _page(form), 422


def _with_passkey() -> bool:
    answer = str(request.form.get("answer") or "")
    with transaction():
        token = actions.prove_with_passkey(current_actor(), site(), answer=answer, now=clock.now())
    if token is not None:
        begin(token)
        g.actor = current_user.actor
    return token is not None


def _carried() -> list[tuple[str, str]]:
    return [each for each in request.form.items(multi=True) if each[0] not in OWN_FIELDS]


def _page(form: ProofForm, **shown: bool) -> str:
    carried = _carried()
    return render_template(
        "accounts/prove.html", form=form, hint=code_hint(), carried=carried, **shown
    )
