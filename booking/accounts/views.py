"""Sign-in pages, and the cookie's side of sessions."""

from collections.abc import Callable

from flask import Blueprint, Flask, Request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from booking.access.policy import STRANGER, Actor
from booking.accounts import queries
from booking.core import clock

BLUEPRINTS: tuple[Blueprint, ...] = ()


class Visitor(UserMixin):  # type: ignore[misc]
    """What Flask-Login holds: the session's token, and the actor it stands for."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token, self.actor = token, actor

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> Callable[[], Actor]:
    """Put sessions behind Flask-Login and return how the gate finds the actor."""
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Visitor | None:
        actor = queries.actor_of(queries.live_session(token, now=clock.now()))
        return Visitor(token, actor) if actor.signed_in else None

    return lambda: current_user.actor if current_user.is_authenticated else STRANGER


def begin(token: str, actor: Actor) -> None:
    """Put a fresh session's token into the cookie, dropping whatever was there."""
    session.clear()
    login_user(Visitor(token, actor))


def sign_in_address(_request: Request) -> str:
    """Return where a stranger who needs to sign in is sent."""
    return "/sign-in"
