"""A real SMTP receiver on this machine, over TLS, that can also misbehave on request."""

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

DROP = "drop the connection after DATA"


@dataclass
class Delivery:
    """One message as it came: who it was for, and the bytes between DATA and the final dot."""

    sender: str
    recipients: list[str]
    content: bytes
    accepted: bool


@dataclass
class Receiver:
    """Accepts everything unless `replies` (to DATA) or `recipient_replies` hold something else.

    Each is used once, in order; DROP closes the connection after the message was taken in.
    """

    port: int = 0
    attempts: list[Delivery] = field(default_factory=list)
    replies: deque[str] = field(default_factory=deque)
    recipient_replies: deque[str] = field(default_factory=deque)
    sign_ins: list[tuple[bytes, bytes]] = field(default_factory=list)

    before_reply: Callable[[], None] = lambda: None  # with a message taken in
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, *, seconds: float) -> bool:
        """Wait until that many messages were taken in; false if they do not come."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.delivered) >= count, seconds)

    @property
    def delivered(self) -> list[Delivery]:
        """What was taken in, also where the sender never learned of it."""
        return [delivery for delivery in self.attempts if delivery.accepted]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.recipient_replies:
            return self.recipient_replies.popleft()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        reply = self.replies.popleft() if self.replies else "250 taken"
        taken = reply is DROP or reply.startswith("2")
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        came = Delivery(envelope.mail_from, list(envelope.rcpt_tos), envelope.content, taken)
        with self.arrived:
            self.attempts.append(came)
            self.arrived.notify_all()
        self.before_reply()
        if reply is DROP:
            assert server.transport is not None
            server.transport.abort()
        return reply

    def authenticate(
        self, _server: SMTP, _s: Session, _e: Envelope, _m: str, data: Any
    ) -> AuthResult:
        """Any user whose password is `right`."""
        self.sign_ins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


class _Loop:
    """An event loop in a thread of its own, for as long as the with-block lasts."""

    def __init__(self, start: Callable[[asyncio.AbstractEventLoop], Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._start = start
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(self._loop), self._loop).result(10)
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _settle(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own: the file clients trust, and server contexts."""

    issuer: trustme.CA
    cafile: Path

    def context(self, *names: str) -> ssl.SSLContext:
        """A server context with a certificate for these names (default: this machine)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issuer.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
        return context


def authority(folder: Path) -> Authority:
    """A new authority whose certificate is written into `folder`."""
    issuer = trustme.CA()
    cafile = folder / "ca.pem"
    issuer.cert_pem.write_to_path(cafile)
    return Authority(issuer, cafile)


@contextmanager
def receiving(
    context: ssl.SSLContext | None, *, implicit: bool = False, port: int = 0
) -> Iterator[Receiver]:
    """A receiver listening on 127.0.0.1: STARTTLS required, or TLS from the first byte.

    Without a context it speaks plain SMTP.
    """
    receiver = Receiver()
    servers: list[asyncio.Server] = []

    async def start(loop: asyncio.AbstractEventLoop) -> None:
        def protocol() -> SMTP:
            return SMTP(
                receiver,
                hostname="receiver.example",
                ident="test",
                loop=loop,
                tls_context=None if implicit else context,
                require_starttls=context is not None and not implicit,
                authenticator=receiver.authenticate,
                auth_require_tls=context is not None and not implicit,
                enable_SMTPUTF8=False,
            )

        servers.append(
            await loop.create_server(protocol, "127.0.0.1", port, ssl=context if implicit else None)
        )
        receiver.port = servers[0].sockets[0].getsockname()[1]

    with _Loop(start):
        yield receiver
        servers[0].get_loop().call_soon_threadsafe(servers[0].close)


@contextmanager
def hanging() -> Iterator[int]:
    """The port of a host that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def nobody_listens() -> int:
    """A port of this machine that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
