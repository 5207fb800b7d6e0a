"""The signed cookie of a browser's session, cheap for those who bring none."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Makes what checks a signature only where there is one to check.

    Most requests for free times come without a cookie, and making it costs as much as they do.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie; without one the session is new and empty."""
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)
