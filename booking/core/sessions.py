"""The signed cookie of a browser's session, with what signs it made once."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Keeps what signs and checks the cookie: made for each request it costs as much as a query."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs with the application's keys as they are now; None without any."""
        keys = app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ())
        if keys not in self._made:
            self._made = {keys: super().get_signing_serializer(app)}
        return self._made[keys]
