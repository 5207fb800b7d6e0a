"""What a message may contain, what an invite says, and when a message is tried again.

Pure: no clock, no database, no network. Instants are aware UTC.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from email_validator import EmailNotValidError, validate_email

TEXT_LIMIT = 20_000
HEADER_LIMIT = 200

# Embeddings, overrides and isolates reorder whatever follows them, also outside the text
# that carries them. The plain marks (U+200E, U+200F) do not, and real names use them.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


class UnmailableAddress(ValueError):
    """An address that no relay without SMTPUTF8 can be handed, or that is not an address."""


def clean(text: str, *, limit: int = TEXT_LIMIT) -> str:
    """Text that every mail and calendar reader gives back unchanged.

    NFC; any line end becomes a newline; no control characters (except newline and tab), lone
    surrogates, line or paragraph separators, or bidirectional overrides; at most `limit`
    characters. `clean(clean(x)) == clean(x)`.
    """
    lines = _LINE_ENDS.sub("\n", text[: 4 * limit])
    kept = "".join(c for c in lines if c in "\n\t" or _is_safe(c))
    return unicodedata.normalize("NFC", kept)[:limit]


def _is_safe(character: str) -> bool:
    return unicodedata.category(character) not in _REFUSED and character not in _BIDI


def header(text: str, *, limit: int = HEADER_LIMIT) -> str:
    """One line that cannot add or change a header, at most `limit` characters.

    As `clean`, and: runs of white space become one space, and `=?` is broken up, because
    Python before 3.11.10 turns an encoded word holding a line end into a header line of its
    own (CVE-2024-6923).
    """
    line = " ".join(clean(text, limit=4 * limit).split())
    return line.replace("=?", "= ?")[:limit].strip()


def ascii_address(address: str) -> str:
    """The address as every relay takes it: domain in IDNA A-form, local part as given.

    Raises UnmailableAddress for a non-ASCII local part and for anything that is not exactly
    one address.
    """
    try:
        found = validate_email(
            address, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as problem:
        raise UnmailableAddress("This address cannot be written to.") from problem
    if found.ascii_email is None:
        raise UnmailableAddress("This address cannot be written to.")
    return found.ascii_email


def masked(address: str) -> str:
    """An address as a log may show it, "a…@example.org": enough to tell two apart."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}" if name and domain else ""


@dataclass(frozen=True)
class Mailbox:
    """A name for people and an address for machines; both as typed, made safe when written."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A visit as a calendar holds it; the same snapshot always gives the same bytes.

    `uid` is ASCII and opaque; all instants are aware UTC; `zone` is an IANA name; `stamp` is
    newer in each different version of one `uid`, `sequence` higher after each change.
    """

    uid: str
    sequence: int
    stamp: datetime
    created: datetime
    last_modified: datetime
    starts_at: datetime
    ends_at: datetime
    zone: str
    summary: str
    location: str
    description: str

    def __post_init__(self) -> None:
        """Raise ValueError for an instant that is not UTC, or an end not after its start."""
        moments = (self.stamp, self.created, self.last_modified, self.starts_at, self.ends_at)
        if any(moment.tzinfo is not UTC for moment in moments):
            raise ValueError("an invite takes aware UTC instants only")
        if self.ends_at <= self.starts_at:
            raise ValueError("an invite ends after it starts")
        if not re.fullmatch(r"[A-Za-z0-9._@-]{1,200}", self.uid):
            raise ValueError("an invite's uid is plain ASCII without / ? # or %")


@dataclass(frozen=True, kw_only=True)
class Invite(Entry):
    """A visit as one message tells it, from the organizer to the one attendee."""

    method: Literal["REQUEST", "CANCEL"]
    organizer: Mailbox
    attendee: Mailbox


@dataclass(frozen=True, kw_only=True)
class Listed(Entry):
    """A visit in a calendar that somebody keeps or subscribes to."""

    cancelled: bool


def next_stamp(last: datetime | None, *, now: datetime) -> datetime:
    """The DTSTAMP for another message about the same uid: whole seconds, newer than the last.

    Readers that decide by SEQUENCE and then DTSTAMP take an equal pair as already seen.
    """
    second = now.replace(microsecond=0)
    return second if last is None or last < second else last + timedelta(seconds=1)


class Verdict(StrEnum):
    """What became of one attempt to hand a message over."""

    ACCEPTED = "accepted"
    TRY_AGAIN = "try-again"
    REFUSED = "refused"


def verdict_of(code: int) -> Verdict:
    """How to take an SMTP reply code about one message (RFC 5321, section 4.2.1)."""
    if 200 <= code < 300:
        return Verdict.ACCEPTED
    if 500 <= code < 600:
        return Verdict.REFUSED
    return Verdict.TRY_AGAIN


@dataclass(frozen=True)
class Outcome:
    """The verdict, the reply code if a reply came, and one word for the operator.

    `reason` is one of our own words (`reply`, `connect`, `timeout`, `certificate`, `tls`,
    `sign-in`, `dropped`, `fault`), never the relay's text: that often repeats the patient's
    address.
    """

    verdict: Verdict
    code: int | None = None
    reason: str = "reply"

    @property
    def blames_relay(self) -> bool:
        """Whether any other message would have met the same (421: the service is closing)."""
        return self.code == 421 or self.reason not in {"reply", "fault"}


class Transport(Protocol):
    """Anything that can hand over one message to one person."""

    def send(self, message: bytes, *, sender: str, recipient: str) -> Outcome:
        """Try once and say what became of it; raises nothing for what a relay may do."""


ATTEMPT_DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)
LONGEST_WITHOUT_RELAY = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=48)
MOST_FAULTS = 5
JITTER = 0.2


def next_attempt(
    outcome: Outcome, *, attempts: int, first_due: datetime, now: datetime, jitter: float
) -> datetime | None:
    """When to try again after `attempts` tries (at least one), or None to give up.

    30 s, 2 min, 10 min, 1 h, then every 4 h, each lengthened by up to a fifth: `jitter` runs
    from 0 to 1. While the relay is at fault never longer than 2 min: then one message at a time
    is tried, and all leave soon after its return. Gives up where the next try would be later
    than 48 h after `first_due`, and on the fifth fault of our own.
    """
    if outcome.reason == "fault" and attempts >= MOST_FAULTS:
        return None
    base = ATTEMPT_DELAYS[min(attempts, len(ATTEMPT_DELAYS)) - 1]
    if outcome.blames_relay:
        base = min(base, LONGEST_WITHOUT_RELAY)
    due = now + base * (1 + JITTER * jitter)
    return due if due - first_due <= GIVE_UP_AFTER else None
