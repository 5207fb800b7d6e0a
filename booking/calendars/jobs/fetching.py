"""Asking servers elsewhere over https, without being led anywhere else.

The host is resolved once, every address it has must be public (or named in the settings), and the
connection goes to the address that was checked, with the host's name in SNI, certificate check and
Host. Each redirect is checked anew. The whole exchange ends after five seconds, whatever drips.
"""

import os
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from booking.calendars.rules.outside import (
    MOST_REDIRECTS,
    Problem,
    Target,
    Trouble,
    is_public,
    target_of,
)
from booking.core.settings import Outbound

SECONDS = 5.0
MOST_BYTES = 2 * 1024 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
CHUNK = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request; `credentials` are a user and a password for basic authentication, or None."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    credentials: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A status, the headers with small names, and at most two mebibytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(asked: Asked, outbound: Outbound) -> Answered:
    """Ask once, following a few redirects of a GET. Raises Trouble."""
    url, credentials = asked.url, asked.credentials
    first = target_of(url, allowed=outbound.allowed)
    for _hop in range(MOST_REDIRECTS + 1):
        target = target_of(url, allowed=outbound.allowed)
        if target.authority != first.authority:
            credentials = None  # meant for the first host alone
        answered = _once(asked, target, credentials, outbound)
        where = answered.headers.get("location")
        if answered.status not in REDIRECTS or asked.method != "GET" or not where:
            return answered
        url = urljoin(url, where)
    raise Trouble(Problem.ODD_ANSWER)


def _once(
    asked: Asked, target: Target, credentials: tuple[str, str] | None, outbound: Outbound
) -> Answered:
    connection = _Checked(target, outbound)
    headers = {
        **asked.headers,
        "Host": target.authority,
        "User-Agent": "Stillpoint",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if credentials is not None:
        headers["Authorization"] = _basic(*credentials)
    try:
        with _ended_after(SECONDS, connection) as late:
            try:
                connection.request(
                    asked.method,
                    target.path,
                    body=asked.body,
                    headers=headers,
                    preload_content=False,
                    decode_content=False,
                )
                with connection.getresponse() as response:
                    answered = _read(response)
            except Exception as why:
                raise Trouble(Problem.SLOW if late.is_set() else _problem(why)) from why
        if late.is_set():  # an answer without a length looks whole where it was cut
            raise Trouble(Problem.SLOW)
        return answered
    finally:
        connection.close()


def _problem(why: Exception) -> Problem:
    if isinstance(why, Trouble):
        return why.problem
    if isinstance(why, ssl.SSLCertVerificationError):
        return Problem.CERTIFICATE
    if isinstance(why, TimeoutError):
        return Problem.SLOW
    if isinstance(why, OSError | HTTPError):
        return Problem.UNREACHABLE
    return Problem.ODD_ANSWER


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def _read(response: Any) -> Answered:
    """Take the answer in pieces and stop at the limit; what is packed is not unpacked."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if headers.get("content-encoding", "identity") != "identity":
        raise Trouble(Problem.ODD_ANSWER)
    body = b"".join(_pieces(response))
    return Answered(status=response.status, headers=headers, body=body)


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    taken = 0
    while piece := response.read(CHUNK, decode_content=False):
        taken += len(piece)
        if taken > MOST_BYTES:
            raise Trouble(Problem.TOO_BIG)
        yield piece


@contextmanager
def _ended_after(seconds: float, connection: "_Checked") -> Iterator[threading.Event]:
    """Cut the connection when the time is over; the event then says that this was why."""
    late = threading.Event()

    def end() -> None:
        late.set()
        connection.cut()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()


class _Checked(HTTPSConnection):
    """A connection to an address that was looked at, verified under the host's own name."""

    def __init__(self, target: Target, outbound: Outbound) -> None:
        context = ssl.create_default_context()
        if outbound.ca_file is not None:
            context.load_verify_locations(outbound.ca_file)
        super().__init__(
            target.host,
            target.port,
            timeout=SECONDS,
            ssl_context=context,
            server_hostname=target.host,
        )
        self._target = target
        self._handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made = socket.create_connection(_address_of(self._target), timeout=SECONDS)
        # TLS takes the socket over; a second handle on it can still be cut from elsewhere.
        self._handle = socket.socket(fileno=os.dup(made.fileno()))
        return made

    def cut(self) -> None:
        """End the connection at once, from another thread."""
        if self._handle is not None:
            with suppress(OSError):  # it may be over already
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def _address_of(target: Target) -> tuple[str, int]:
    """Resolve the host once. Raises Trouble unless every address it has may be asked."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as why:
        raise Trouble(Problem.UNREACHABLE) from why
    addresses = [str(each[4][0]) for each in found]
    if not target.private_too and not all(is_public(address) for address in addresses):
        raise Trouble(Problem.ADDRESS)
    return addresses[0], target.port
