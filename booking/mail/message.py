"""Messages as bytes: a pure function of what is said, to whom, and under which id.

The same arguments give the same bytes, so that a message sent twice is the same message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import SMTP, compat32
from email.utils import format_datetime
from hashlib import sha256

from booking.mail.rules import Mailbox, ascii_address, clean, header

_REGISTRY = HeaderRegistry()
# Both hold exactly one id here. As unstructured text a long id would be sent as an encoded word.
for _name in ("in-reply-to", "references"):
    _REGISTRY.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type] # a mix-in, as all are
# The policy of a message decides the line ends inside its parts when they are made, so it is
# given at creation: email.policy.default would leave bare LF in base64 text.
POLICY = SMTP.clone(header_factory=_REGISTRY)

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,255}>")
TEXT_LIMIT = 50_000


class UnsafeMessage(ValueError):
    """The finished message does not have exactly the headers it was given; it must not leave."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Everything a message is made of.

    `date` is aware UTC; ids are `<unique@own-domain>`; `thread` is the id of the first message
    about the same appointment, or None in the first one. `calendar` is an iCalendar object and
    `method` its METHOD, both or neither.
    """

    sender: Mailbox
    to: Mailbox
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    thread: str | None = None
    calendar: bytes | None = None
    method: str | None = None


def build(letter: Letter) -> bytes:
    """The message as it goes over the wire: 7-bit, CRLF, nothing but the intended headers.

    With a calendar: mixed(alternative(plain, html, calendar), invite.ics), the two calendar
    copies identical. Without: alternative(plain, html). Raises UnmailableAddress and
    UnsafeMessage.
    """
    message = EmailMessage(policy=POLICY)
    intended = dict(_headers(letter))
    for name, value in intended.items():
        message[name] = value
    message.set_content(clean(letter.text, limit=TEXT_LIMIT), cte="base64")
    html = clean(letter.html, limit=TEXT_LIMIT)
    message.add_alternative(html, subtype="html", cte="base64")
    if letter.calendar is not None:
        _add_calendar(message, letter.calendar, letter.method or "")
    _fix_boundaries(message, letter.message_id)
    finished = message.as_bytes()
    _ensure_only(finished, message)
    return finished


def _headers(letter: Letter) -> Iterator[tuple[str, str | Address]]:
    for given in (letter.message_id, letter.thread):
        if given is not None and not _MESSAGE_ID.fullmatch(given):
            raise UnsafeMessage("a message id is <unique@own-domain>")
    yield "From", _address(letter.sender)
    yield "To", _address(letter.to)
    yield "Subject", header(letter.subject)
    yield "Date", format_datetime(letter.date.astimezone(UTC))
    yield "Message-ID", letter.message_id
    if letter.thread is not None:
        yield "In-Reply-To", letter.thread
        yield "References", letter.thread
    yield "Auto-Submitted", "auto-generated"


def _address(mailbox: Mailbox) -> Address:
    name = header(mailbox.name, limit=100)
    return Address(display_name=name, addr_spec=ascii_address(mailbox.address))


def _add_calendar(message: EmailMessage, calendar: bytes, method: str) -> None:
    if method not in {"REQUEST", "CANCEL"}:
        raise UnsafeMessage("a calendar part says what happened: REQUEST or CANCEL")
    message.add_alternative(
        calendar,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": method, "charset": "utf-8"},
    )
    message.add_attachment(
        calendar, maintype="application", subtype="ics", cte="base64", filename="invite.ics"
    )


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Give every multipart a boundary of its own that follows from the message id."""
    for position, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = sha256(f"{position} {message_id}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:32]}")  # "=_" cannot occur in base64 text


def _ensure_only(finished: bytes, message: EmailMessage) -> None:
    """Raise UnsafeMessage unless a reader finds the headers, and the parts, that were meant."""
    read = BytesParser(policy=compat32).parsebytes(finished)  # names only: values stay unread
    if _outline(read) != _outline(message):
        raise UnsafeMessage("the finished message has other headers than the intended ones")
    if not finished.isascii() or b"\n" in finished.replace(b"\r\n", b""):
        raise UnsafeMessage("the finished message is not 7-bit text with CRLF line ends")


def _outline(message: Message) -> list[list[str]]:
    return [part.keys() for part in message.walk()]
