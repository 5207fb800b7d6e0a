"""The one gate every request passes. A page without a mark answers 403."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from booking.access.policy import STRANGER, Actor, Permission
from booking.core.errors import NotAllowed, SignInNeeded

PUBLIC = "public"
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a page as open to strangers. The list of such pages is reviewed in a test."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a page as needing `permission`. The mark only states; the gate decides."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def current_actor() -> Actor:
    """Return who acts in this request; a stranger where nobody is signed in."""
    actor: Actor = g.get("actor", STRANGER)
    return actor


def install(app: Flask, *, find_actor: Callable[[], Actor]) -> None:
    """Ask `find_actor` once for each request and let only marked and permitted pages run."""

    @app.before_request
    def decide() -> None:
        if request.endpoint is None:
            return  # no such page: the 404 handler answers
        mark = getattr(current_app.view_functions[request.endpoint], "access", None)
        g.actor = STRANGER if request.endpoint == "static" else find_actor()
        if mark == PUBLIC:
            return
        if not isinstance(mark, Permission):
            raise NotAllowed
        if not g.actor.may(mark):
            # Somebody signed in as a patient, by a link or half-way may still sign in as staff.
            raise NotAllowed if g.actor.is_staff else SignInNeeded
