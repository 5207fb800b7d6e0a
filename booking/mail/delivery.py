"""From a claimed row to a finished message, and from there to the relay. Writes nothing."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from flask import current_app
from flask_babel import force_locale

from booking.core.settings import Settings
from booking.core.words import clock_words, day_words, local_day
from booking.mail.invite import calendar_bytes
from booking.mail.message import Letter, UnsafeMessage, build
from booking.mail.outbox import Claimed
from booking.mail.rules import (
    Invite,
    Mailbox,
    Outcome,
    Transport,
    UnmailableAddress,
    Verdict,
    ascii_address,
)
from booking.mail.smtp import Relay, Security, SmtpTransport

log = logging.getLogger("booking.mail")


@dataclass(frozen=True)
class Rendered:
    """A message's words: a one-line subject, and the same said as plain text and as HTML."""

    subject: str
    text: str
    html: str


Renderer = Callable[[Mapping[str, Any]], Rendered]
OwnWords = Callable[[str], Mapping[str, str]]
"""What the clinic says in a kind of message: of `subject`, `opening` and `note` those it wrote."""


def shipped_words(_kind: str) -> Mapping[str, str]:
    """Nothing of the clinic's own."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Post:
    """How this process sends mail: a renderer for each kind, the way out, the clinic's words.

    `most_per_minute` holds for all workers together; 0 is no limit.
    """

    renderers: Mapping[str, Renderer]
    transport: Transport
    own_words: OwnWords = shipped_words
    most_per_minute: int = 0


def post_for(
    settings: Settings, kinds: Iterable[str], *, own_words: OwnWords = shipped_words
) -> Post:
    """The post of a running application. Raises UnsafeRelay for an unprotected connection."""
    mail = settings.mail
    relay = Relay(
        host=mail.host,
        port=mail.port,
        security=Security(mail.security),
        username=mail.user,
        password=mail.password,
        cafile=str(mail.ca_file) if mail.ca_file else None,
        timeout=mail.timeout_seconds,
        helo=_host_name(settings.mail_from),
        allow_plain_loopback=settings.mode != "production",
    )
    renderers = {kind: by_templates(kind) for kind in kinds}
    return Post(
        renderers=renderers,
        transport=SmtpTransport(relay),
        own_words=own_words,
        most_per_minute=mail.most_per_minute,
    )


def _host_name(address: str) -> str:
    try:
        return ascii_address(address).rpartition("@")[2]
    except UnmailableAddress:
        return "localhost"


def by_templates(kind: str) -> Renderer:
    """A renderer from `templates/email/<kind>/`; needs an application context.

    Words of the clinic's own come as `own` in the snapshot.
    """

    def render(snapshot: Mapping[str, Any]) -> Rendered:
        told = with_instants(snapshot)
        own = told.setdefault("own", {})
        locale = snapshot.get("locale")
        with force_locale(locale) if locale else nullcontext():
            # Straight from the environment: what pages are given besides (the clinic's row, the
            # person at the browser) is not for mail, and would read the database.
            subject, text, html = (
                current_app.jinja_env.get_template(f"email/{kind}/{part}").render(told)
                for part in ("subject.txt", "body.txt", "body.html")
            )
            subject = _own_subject(own, told) or subject
        return Rendered(subject.strip(), text.strip() + "\n", html.strip() + "\n")

    return render


def _own_subject(own: Mapping[str, str], told: Mapping[str, Any]) -> str:
    """The clinic's own subject with its day and time; nothing where a blank cannot be filled."""
    subject = own.get("subject", "")
    when = told.get("when")
    if when and "starts_at" in when:
        zone = when["zone"]
        day = day_words(local_day(when["starts_at"], zone))
        subject = subject.replace("{day}", day)
        subject = subject.replace("{time}", clock_words(when["starts_at"], zone))
    return "" if "{" in subject else subject


def with_instants(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot with every ISO instant (a key ending in `_at`) as an aware UTC datetime."""
    return {key: _told(key, value) for key, value in snapshot.items()}


def _told(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return with_instants(value)
    if isinstance(value, str) and key.endswith("_at"):
        return _instant(value)
    return value


def _instant(text: str) -> datetime:
    """Raises ValueError for text without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant in a snapshot needs its offset")
    return moment.astimezone(UTC)


def message_of(claimed: Claimed, renderers: Mapping[str, Renderer]) -> bytes:
    """The bytes of a claimed message; those of the first try, if there was one.

    Raises KeyError for an unknown kind or a snapshot without an address, UnmailableAddress,
    UnsafeMessage, and whatever a template raises.
    """
    if claimed.message:
        return claimed.message
    told = claimed.snapshot
    words = renderers[claimed.kind](told)
    sender, to = _sender(told), Mailbox(told.get("to_name", ""), told["to_address"])
    invite = _invite(told.get("invite"), sender, to)
    letter = Letter(
        sender=sender,
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id=claimed.message_id,
        date=claimed.date,
        thread=claimed.first_id,
        calendar=calendar_bytes(invite) if invite else None,
        method=invite.method if invite else None,
    )
    return build(letter)


def _sender(told: Mapping[str, Any]) -> Mailbox:
    return Mailbox(told["sender"]["name"], told["sender"]["address"])


def _invite(told: Mapping[str, Any] | None, organizer: Mailbox, attendee: Mailbox) -> Invite | None:
    """The organizer is the sender: calendars only believe changes that come from it."""
    if not told:
        return None
    known = with_instants(told)
    known |= {name: _instant(told[name]) for name in ("stamp", "created", "last_modified")}
    return Invite(**{**known, "organizer": organizer, "attendee": attendee})


# What no later try can mend; anything else of our own making may be mended by a new version.
HOPELESS = (UnmailableAddress, UnsafeMessage, ZoneInfoNotFoundError)


def deliver(claimed: Claimed, post: Post) -> tuple[Outcome, bytes | None]:
    """Try once. Gives the outcome and the message, if one could be made; never raises.

    A message that cannot be made is our fault, not the relay's: others must still flow.
    """
    message = None
    try:
        message = message_of(claimed, post.renderers)
        outcome = post.transport.send(
            message,
            sender=ascii_address(_sender(claimed.snapshot).address),
            recipient=ascii_address(claimed.snapshot["to_address"]),
        )
    except HOPELESS:
        _say("mail-hopeless", claimed)
        return Outcome(Verdict.REFUSED, None, "fault"), None
    except Exception:
        log.exception("fault", extra={"event": "mail-fault", "kind": claimed.kind})
        return Outcome(Verdict.TRY_AGAIN, None, "fault"), message
    if outcome.reason == "certificate":
        _say("mail-certificate", claimed)
    return outcome, message


def _say(event: str, claimed: Claimed) -> None:
    log.error("mail", extra={"event": event, "kind": claimed.kind})
