"""Which forms from elsewhere are refused before anything else looks at them."""

from urllib.parse import urlsplit

from flask import Flask, abort, request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Answer 403 to an unsafe request that a browser says comes from another site.

    The token check follows; this stops a foreign page even from having its text shown back.
    """

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method in SAFE:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            if site not in {"same-origin", "none"}:
                abort(403)
            return
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            abort(403)
