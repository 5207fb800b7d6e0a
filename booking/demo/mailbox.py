"""The demo's mail: a receiver on this machine that keeps each message as a file, and the reader."""

import asyncio
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from booking.core import clock

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


class Receiver:
    """An SMTP server on the loopback address only; what it takes becomes `folder`/*.eml.

    A context manager; `port` is known from its beginning on.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self._count = len(list(folder.glob("*.eml")))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Write one message exactly as it was sent."""
        self._count += 1
        name = f"{self._count:05}-{clock.now():%Y%m%d-%H%M%S}.eml"
        unfinished = self.folder / f"{name}.part"
        unfinished.write_bytes(bytes(envelope.original_content or b""))
        unfinished.rename(self.folder / name)
        return "250 taken"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._conversation, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def _conversation(self) -> SMTP:
        return SMTP(
            self, hostname="localhost", ident="demo", loop=self._loop, enable_SMTPUTF8=False
        )

    async def _settle(self) -> None:
        if self._server is not None:
            self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Piece(NamedTuple):
    """A stretch of a text; `link` is its address where it is one."""

    text: str
    link: str


class Line(NamedTuple):
    """One kept message in the list: its number among all, whom it went to, its subject."""

    number: int
    address: str
    subject: str


@dataclass(frozen=True)
class Letter:
    """One kept message: its number among all, and what a mail program would show of it."""

    number: int
    sender: str
    to: str
    subject: str
    date: str
    text: str
    parts: tuple[str, ...]
    calendar: str
    source: bytes

    @property
    def pieces(self) -> list[Piece]:
        """The text with its links told apart."""
        found, at = [], 0
        for link in LINK.finditer(self.text):
            found += [Piece(self.text[at : link.start()], ""), Piece(link[0], link[0])]
            at = link.end()
        return [*found, Piece(self.text[at:], "")]


def count(folder: Path) -> int:
    """How many messages are kept."""
    return len(_files(folder))


def newest(folder: Path, limit: int) -> list[Line]:
    """The newest kept messages, the newest first; only their heads are read."""
    kept = list(enumerate(_files(folder), 1))
    return [_line(number, file) for number, file in reversed(kept[-limit:])]


def _line(number: int, file: Path) -> Line:
    head = BytesHeaderParser(policy=policy.default).parsebytes(file.read_bytes())
    return Line(number, parseaddr(str(head["To"] or ""))[1], str(head["Subject"] or ""))


def letter(folder: Path, number: int) -> Letter:
    """The message with this number, counted from 1. Raises LookupError."""
    kept = _files(folder)
    if not 1 <= number <= len(kept):
        raise LookupError(number)
    return _read(number, kept[number - 1])


def _read(number: int, file: Path) -> Letter:
    source = file.read_bytes()
    message: Any = message_from_bytes(source, policy=policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return Letter(
        number=number,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        text=_text_of(parts, "text/plain"),
        parts=tuple(part.get_content_type() for part in parts),
        calendar=_text_of(parts, "text/calendar"),
        source=source,
    )


def _files(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("*.eml"))


def _text_of(parts: Sequence[EmailMessage], kind: str) -> str:
    for part in parts:
        if part.get_content_type() == kind:
            return str(part.get_content())
    return ""
