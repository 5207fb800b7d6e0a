"""What may come back about a visit, and what counts as an answer. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What came back. Only the first two need nobody."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    OTHER_TIME = "other-time"  # another time was proposed
    UNDELIVERED = "undelivered"  # the message itself came back


ASK_RECEPTION = (Answer.DECLINED, Answer.OTHER_TIME, Answer.UNDELIVERED)
PARTSTAT = {
    "ACCEPTED": Answer.ACCEPTED,
    "TENTATIVE": Answer.TENTATIVE,
    "DECLINED": Answer.DECLINED,
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A calendar object somebody sent, as far as anybody here looks at it.

    `sender` and `attendee` are canonical addresses, "" where there is not exactly one.
    """

    method: str
    uid: str
    sequence: int
    attendee: str
    partstat: str
    sender: str


def is_from(reply: Reply, address: str) -> bool:
    """Tell whether a reply is of the person at `address` (canonical), and was sent from there."""
    return bool(address) and reply.attendee == reply.sender == address


def answer_of(reply: Reply, *, sequence: int) -> Answer | None:
    """Return what a reply says about version `sequence` of a visit; None where it says nothing.

    An answer to another version is none to this one. Times in it do not count.
    """
    if reply.sequence != sequence:
        return None
    if reply.method == "COUNTER":
        return Answer.OTHER_TIME
    return PARTSTAT.get(reply.partstat) if reply.method == "REPLY" else None


def asks_again(reply: Reply) -> bool:
    """Tell whether a reply asks for the current invitation."""
    return reply.method == "REFRESH"
