"""Where a request comes from, as marks that tell one from another and name no address."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from flask import Flask, g, has_request_context, request

from booking.core.sealed import ring

PURPOSE = "network of a request"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """`request` is the number that the log gives a request too.

    `network` is a keyed hash of its address, 64 bits in hexadecimal digits: equal for equal
    addresses, and nothing to whoever has the database without the key ring.
    """

    request: str
    network: str


def install(app: Flask) -> None:
    """Give every request a number, before anything else looks at it."""

    @app.before_request
    def number() -> None:
        g.request_id = secrets.token_hex(8)


def present() -> Origin | None:
    """Return where the request in hand comes from; None outside one, as in jobs and commands."""
    if not has_request_context():
        return None
    return Origin(request=g.get("request_id", ""), network=_mark(request.remote_addr or ""))


def _mark(address: str) -> str:
    key = ring().derived(PURPOSE)
    return hmac.digest(key, address.encode(), hashlib.sha256)[:8].hex()
