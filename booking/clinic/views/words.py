"""Words of the clinic's own: in messages, with a look at them first, and on pages."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.accounts import queries as accounts
from booking.clinic import actions, queries
from booking.clinic.forms import MailWordsForm, PageForm
from booking.clinic.rules.samples import WORDED, sample
from booking.clinic.rules.words import PAGES
from booking.clinic.views import bp
from booking.clinic.views.shell import page, saved
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.mail.delivery import Rendered


@bp.get("/wording")
@needs(Permission.CLINIC_EDIT)
def wording() -> Any:
    """List the messages patients get, and the pages, with who last wrote them."""
    return page("wording", kinds=[(_slug(kind), kind, _newest(kind)) for kind in WORDED])


@bp.get("/wording/<string:message>")
@needs(Permission.CLINIC_EDIT)
def message_words(message: str) -> Any:
    """Show what the clinic says in one kind of message, to change. Raises NotFound."""
    kind = _kind(message)
    return _message(kind, MailWordsForm(formdata=None, data=queries.own_words(f"mail/{kind}")))


@bp.post("/wording/<string:message>")
@needs(Permission.CLINIC_EDIT)
def save_message_words(message: str) -> Any:
    """Keep the words as a new version, or only show the message with them, by the button."""
    kind, form = _kind(message), MailWordsForm()
    if not form.validate() or request.form.get("go") == "look":
        return _message(kind, form)
    with transaction():
        actions.write_words(current_actor(), f"mail/{kind}", form.parts(), now=clock.now())
    return saved("clinic.message_words", message=message)


@bp.post("/wording/<string:message>/shipped")
@needs(Permission.CLINIC_EDIT)
def ship_message_words(message: str) -> Response:
    """Say it in the shipped words again."""
    kind = _kind(message)
    with transaction():
        actions.write_words(current_actor(), f"mail/{kind}", {}, now=clock.now())
    return redirect(url_for("clinic.message_words", message=message), code=303)


@bp.get("/pages/<string:named>")
@needs(Permission.CLINIC_EDIT)
def page_words(named: str) -> Any:
    """Show the clinic's own text of a page, to change. Raises NotFound."""
    words = queries.own_words(_page_key(named))
    return _one_page(named, PageForm(formdata=None, data={"text": words.get("text", "")}))


@bp.post("/pages/<string:named>")
@needs(Permission.CLINIC_EDIT)
def save_page_words(named: str) -> Any:
    """Publish a new version, once its checklist was gone through."""
    what, form = _page_key(named), PageForm()
    if not form.validate():
        return _one_page(named, form)
    with transaction():
        actions.write_words(
            current_actor(),
            what,
            {"text": str(form.text.data)},
            reviewed_by=str(form.reviewed_by.data),
            now=clock.now(),
        )
    return saved("clinic.page_words", named=named)


def _slug(kind: str) -> str:
    return kind.partition("/")[2].replace("_", "-")


def _kind(slug: str) -> str:
    for kind in WORDED:
        if _slug(kind) == slug:
            return kind
    raise NotFound


def _page_key(named: str) -> str:
    if named not in PAGES:
        raise NotFound
    return f"page/{named}"


def _newest(kind: str) -> Any:
    return queries.newest_words(f"mail/{kind}")


def _rendered(kind: str, own: Mapping[str, str]) -> Rendered:
    clinic = queries.organisation()
    told = sample(
        sender=clinic.sender_name,
        phone=clinic.phone,
        phone_hours=clinic.phone_hours,
        locale=clinic.locale,
    )
    rendered: Rendered = current_app.extensions["post"].renderers[kind]({**told, "own": own})
    return rendered


def _message(kind: str, form: MailWordsForm) -> Any:
    own = {} if form.errors else {name: text for name, text in form.parts().items() if text}
    return page(
        "message_words",
        form=form,
        message=_slug(kind),
        shown=_rendered(kind, own),
        shipped_subject=_rendered(kind, {}).subject,
        versions=_versions(f"mail/{kind}"),
    )


def _one_page(named: str, form: PageForm) -> Any:
    titles = {"privacy": _("Privacy"), "terms": _("Terms")}
    return page(
        "page_words",
        form=form,
        named=named,
        heading=titles[named],
        versions=_versions(_page_key(named)),
    )


def _versions(what: str) -> dict[str, Any]:
    return {
        "rows": queries.versions_of_words(what),
        "names": {one.user_id: one.name for one in accounts.staff()},
        "zone": queries.home_zone() if queries.locations() else "UTC",
    }
