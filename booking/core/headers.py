"""Security headers on every response, errors included."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # not no-referrer: the form guard compares the referrer on https
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
# Calendar programs ask again with the ETag they hold; errors there are not to be kept.
ASKED_AGAIN = {"calendars.feed"}
INDEXED = {"clinic.landing"}  # the only page a search engine may list


def install(app: Flask, *, https: bool) -> None:
    """Set the headers after each request; HSTS only where the site is https."""

    @app.after_request
    def add(response: Response) -> Response:
        own = {name.casefold() for name, _ in response.headers}  # asking one by one costs more
        for name, value in ALWAYS.items():
            if name.casefold() not in own:
                response.headers.add(name, value)
        if request.endpoint in INDEXED and response.status_code == 200:
            response.headers.pop("X-Robots-Tag", None)
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint in ASKED_AGAIN and response.status_code in {200, 304}:
            return response
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response
