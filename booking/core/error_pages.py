"""Errors as pages: one handler for each kind, all kind, none showing a value."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from booking.core.db import db, give_back
from booking.core.errors import (
    N_,
    BookingError,
    Busy,
    NotAllowed,
    NotFound,
    SealBroken,
    SignInNeeded,
    TooManyTries,
    WrongState,
)
from booking.core.guard import SAFE

log = logging.getLogger("booking")


def install(
    app: Flask, *, sign_in_address: Callable[[Request], str], note_refusal: Callable[[int], None]
) -> None:
    """Register what answers each kind of error.

    `sign_in_address` says where to sign in; `note_refusal` is told, with the status, that a page
    was refused or is not there for whoever asked.
    """

    def to_sign_in(error: SignInNeeded) -> Any:
        way = sign_in_address(request)
        if request.method in SAFE:
            return redirect(way, code=303)
        return _send_again(error.status, sign_in=way), error.status

    def refuse(error: BookingError) -> Any:
        note_refusal(error.status)
        return _explain(error)

    app.register_error_handler(SignInNeeded, to_sign_in)
    for refusal in (NotAllowed, NotFound):
        app.register_error_handler(refusal, refuse)
    app.register_error_handler(BookingError, _explain)
    app.register_error_handler(SealBroken, _seal_broken)
    app.register_error_handler(CSRFError, _offer_to_send_again)
    app.register_error_handler(HTTPException, _explain_http)
    # The last: it went away earlier in this request, where the page could do without an answer.
    for away in (Busy, OperationalError, NoneFree, PendingRollbackError):
        app.register_error_handler(away, _busy)
    app.register_error_handler(DBAPIError, _of_the_database)
    app.register_error_handler(StaleDataError, _overtaken)
    app.register_error_handler(Exception, _own_fault)


def _page(message: str, status: int, **shown: Any) -> tuple[str, int]:
    return render_template("errors/explain.html", message=message, status=status, **shown), status


def _explain(error: BookingError) -> Any:
    body, status = _page(_(error.message), error.status)
    later = error.retry_after if isinstance(error, TooManyTries | Busy) else 0
    return body, status, {"Retry-After": str(later)} if later else {}


def _seal_broken(error: SealBroken) -> Any:
    """What was sealed does not open: changed from outside, or the ring of keys does not fit."""
    log.error(
        "seal broken",
        extra={"event": "seal-broken", "request_id": _number(), "endpoint": request.endpoint},
    )
    return _page(_(error.message), error.status, request_id=_number())


def _number() -> str:
    return str(g.get("request_id", ""))


def _offer_to_send_again(_error: CSRFError) -> Any:
    return _send_again(400), 400


def _send_again(status: int, *, sign_in: str = "") -> str:
    """Keep what was typed on a page whose token or session has run out; passwords are dropped."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    ]
    action = request.full_path.rstrip("?")
    return render_template(
        "errors/resend.html", typed=typed, action=action, status=status, sign_in=sign_in
    )


HTTP_MESSAGES = {
    400: N_("Something about this request does not fit. Please go back and try again."),
    403: N_("This page cannot be opened from there. Please start again on our own pages."),
    404: NotFound.default,
    405: N_("This address only answers its own form. Please go back and use the button there."),
    413: N_("That is more than we can take at once. Please shorten it. Nothing was saved."),
    415: N_("That kind of file or form is not something we can read."),
}


def _explain_http(error: HTTPException) -> Any:
    if isinstance(error, SecurityError):
        # Under a foreign host name no address can be built, so no page can be drawn either.
        return Response(_(HTTP_MESSAGES[400]), 400, mimetype="text/plain")
    if isinstance(response := error.get_response(), Response) and 300 <= response.status_code < 400:
        return response
    status = error.code or 500
    if status >= 500:
        return _own_fault(error)
    body, status = _page(_(HTTP_MESSAGES.get(status, BookingError.default)), status)
    kept = {k: v for k, v in error.get_response().headers if k in {"Allow", "Retry-After"}}
    return body, status, kept


def _busy(error: DBAPIError | NoneFree | PendingRollbackError | Busy) -> Any:
    """Locked, full, gone, or more asked than it has connections: none of it is a fault of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    log.error("busy", extra={"event": "database-busy", "code": type(cause).__name__})
    give_back()
    return _explain(Busy())


def _of_the_database(error: DBAPIError) -> Any:
    return _busy(error) if error.connection_invalidated else _own_fault(error)


def _overtaken(_error: StaleDataError) -> Any:
    """Somebody else deleted the row meanwhile, a hold that had ended for example."""
    db.session.rollback()
    return _page(_(WrongState.default), WrongState.status)


def _own_fault(error: Exception) -> Any:
    log.error(
        "fault",
        exc_info=error,
        extra={"event": "fault", "request_id": _number(), "endpoint": request.endpoint},
    )
    return _page(
        _("It is nothing you did."),
        500,
        request_id=_number(),
    )
