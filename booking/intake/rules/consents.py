"""What she reads, what she may permit, and what is noted of a visit: the words of each. Pure.

Nothing here agrees to treatment: that is a talk at the visit. Each permission is asked on its own
and none is given before she gives it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from booking.core.errors import N_
from booking.intake.rules.answers import Answers


class ConsentKind(StrEnum):
    """What a record of consent is about."""

    INFORMATION = "information"
    PRIVACY = "privacy"
    GP = "gp"
    PARTNER = "partner"
    PHOTOS = "photos"
    RESEARCH = "research"
    NEWS = "news"


class Given(StrEnum):
    """What she said."""

    YES = "yes"
    ASK = "ask"  # only after asking her each time
    NO = "no"
    TAKEN_BACK = "taken-back"


class Through(StrEnum):
    """By what way she said it."""

    LINK = "link"
    SIGNED_IN = "signed-in"
    DESK = "desk"
    PAPER = "paper"
    PHONE = "phone"


class Topic(StrEnum):
    """What a line about a visit says something of."""

    TREATMENT = "treatment"
    COMPANY = "company"


class Outcome(StrEnum):
    """What came of offering it."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


# Asked on the form, with the answers they belong to.
FORM_QUESTIONS = {
    ConsentKind.INFORMATION: "read_info",
    ConsentKind.PRIVACY: "privacy_seen",
    ConsentKind.GP: "gp_share",
}
FORM_WORDS = {
    "yes": Given.YES,
    "any_time": Given.YES,
    "ask_first": Given.ASK,
    "no": Given.NO,
}
# Asked one by one on a page of their own, where the clinic wants them at all.
PERMISSIONS = {
    ConsentKind.PARTNER: N_("You may talk with my partner about my visits and my care."),
    ConsentKind.PHOTOS: N_("You may take photos of me for my record. They are not published."),
    ConsentKind.RESEARCH: N_("You may use my answers for research, without my name."),
    ConsentKind.NEWS: N_("You may write to me with news of the clinic."),
}


@dataclass(frozen=True)
class Shown:
    """A text as it stood before her; `version` is that of the questions it came with."""

    text: str
    version: str

    @property
    def sha256(self) -> str:
        """The fingerprint it is kept under, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def asked_here(words: str) -> list[ConsentKind]:
    """The permissions a clinic asks for, from its setting: names between spaces."""
    wanted = words.split()
    return [kind for kind in PERMISSIONS if kind in wanted]


def said_on_form(answers: Answers) -> dict[ConsentKind, Given]:
    """What the answers of a form say that is kept as consent too."""
    said = {kind: answers.get(question) for kind, question in FORM_QUESTIONS.items()}
    return {
        kind: FORM_WORDS[answer.codes[0]]
        for kind, answer in said.items()
        if answer is not None and answer.codes
    }


class _Dated(Protocol):
    kind: ConsentKind
    at: datetime


Row = TypeVar("Row", bound=_Dated)


def latest(rows: Iterable[Row]) -> dict[ConsentKind, Row]:
    """By kind, the row that counts: the last of those given in order."""
    return {row.kind: row for row in rows}


def allowed(given: Given | None) -> bool:
    """Whether a permission stands, with or without asking again."""
    return given in {Given.YES, Given.ASK}


def in_order(kinds: Iterable[ConsentKind]) -> Sequence[ConsentKind]:
    """Kinds as pages list them."""
    return sorted(kinds, key=list(ConsentKind).index)
