"""Where a form stands between patient, reception and practitioner, and what is next. Pure.

Flags never decide: what holds a visit back is only that a person has not yet read and decided.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.intake.rules.answers import Answers
from booking.intake.rules.flags import Severity


class FormState(StrEnum):
    """Where a form stands in the review."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_INFORMATION = "needs-information"
    WITH_PRACTITIONER = "with-practitioner"
    READY = "ready"


class Choice(StrEnum):
    """What a practitioner decided."""

    GO_AHEAD = "go-ahead"
    ADAPT = "adapt"
    DELAY = "delay"
    REFER = "refer"


HOLDING = frozenset({Choice.DELAY, Choice.REFER})


class Verdict(StrEnum):
    """Whether the visit may start, as far as the form goes."""

    WAITING = "waiting"
    CLEAR = "clear"
    STOPPED = "stopped"


class Tab(StrEnum):
    """The three lists of reception's queue."""

    TO_REVIEW = "to-review"
    WITH_PATIENT = "with-patient"
    READY = "ready"


class Shelf(StrEnum):
    """The lists of a practitioner: her own visits' forms, and those she was let to read."""

    TO_READ = "to-read"
    READY = "ready"
    NOT_SENT = "not-sent"
    SHARED = "shared"


class CardKind(StrEnum):
    """What kind of thing there is to do or to know at the desk."""

    RING = "ring"
    RANG = "rang"
    PRACTITIONER = "practitioner"
    DECIDED = "decided"
    YOUNG = "young"
    CONTACT = "contact"
    ACCESS = "access"
    LANGUAGE = "language"
    GENTLE = "gentle"
    WAIT = "wait"
    CHAPERONE = "chaperone"
    OLD = "old"


@dataclass(frozen=True)
class Standing:
    """A live flag as the review sees it: no condition, no answer.

    `choice` is the latest decision made since the flag was raised, None while there is none;
    `rung` whether reception has rung about it.
    """

    rule_id: str
    severity: Severity
    reception: str
    choice: Choice | None
    rung: bool

    @property
    def needs_decision(self) -> bool:
        """Whether a practitioner has yet to decide."""
        return self.severity is not Severity.NOTE and self.choice is None

    @property
    def needs_call(self) -> bool:
        """Whether reception has yet to ring."""
        return self.severity is Severity.URGENT and not self.rung


@dataclass(frozen=True)
class Card:
    """One thing to do or know. `text` is the id of a fixed text or of the answer to show."""

    kind: CardKind
    text: str


def state_of(
    flags: Collection[Standing], *, sent: bool, questions_open: int, reception_done: bool
) -> FormState:
    """Where the form stands now; it is Ready when nobody has anything left to do."""
    if not sent:
        return FormState.DRAFT
    if questions_open:
        return FormState.NEEDS_INFORMATION
    if not reception_done or ring_wanted(flags):
        return FormState.SUBMITTED
    if any(flag.needs_decision for flag in flags):
        return FormState.WITH_PRACTITIONER
    return FormState.READY


def verdict(flags: Collection[Standing], *, sent: bool) -> Verdict:
    """Whether the visit may start: not before each flag that asks for one has a decision.

    A form never sent may be gone through in person: then the decisions on what is still unknown
    stand for it.
    """
    decided = [flag.choice for flag in flags if flag.choice is not None]
    if any(flag.needs_decision for flag in flags) or not (sent or decided):
        return Verdict.WAITING
    return Verdict.STOPPED if HOLDING.intersection(decided) else Verdict.CLEAR


def ring_wanted(flags: Iterable[Standing]) -> bool:
    """Whether somebody at the desk has to ring her."""
    return any(flag.needs_call for flag in flags)


def tab_of(state: FormState) -> Tab:
    """The list a form of this state stands in."""
    if state in {FormState.DRAFT, FormState.NEEDS_INFORMATION}:
        return Tab.WITH_PATIENT
    return Tab.READY if state is FormState.READY else Tab.TO_REVIEW


def cards(flags: Sequence[Standing], seen: Answers, counted: Answers) -> list[Card]:
    """What reception does about a form, most pressing first.

    `seen` are answers she may see. Of `counted`, which are all that count, only that something
    is to be done reaches her, never the answer: where to wait, who comes along, to be gentle.
    """
    return [*_flag_cards(flags), *_need_cards(seen), *_wish_cards(flags, counted)]


def _flag_cards(flags: Sequence[Standing]) -> list[Card]:
    found: list[Card] = []
    urgent = [flag for flag in flags if flag.severity is Severity.URGENT]
    if urgent:
        kind = CardKind.RING if ring_wanted(urgent) else CardKind.RANG
        # A gentle script wins: it loses nothing where the plain one would do.
        found.append(Card(kind, max(flag.reception for flag in urgent)))
    asking = [flag for flag in flags if flag.severity is not Severity.NOTE]
    if asking:
        waiting = any(flag.needs_decision for flag in asking)
        kind = CardKind.PRACTITIONER if waiting else CardKind.DECIDED
        found.append(Card(kind, "R-REV"))
    for kind, text in ((CardKind.YOUNG, "R-YOUNG"), (CardKind.OLD, "R-OLD")):
        if any(flag.reception == text for flag in flags):
            found.append(Card(kind, text))
    return found


def _wish_cards(flags: Sequence[Standing], counted: Answers) -> list[Card]:
    gentle = any(flag.rule_id == "B-LOSS" for flag in flags)
    gentle = gentle or _says(counted, "loss_change", "changed", "gentle")
    wishes = (
        (CardKind.GENTLE, "R-GENTLE", gentle),
        (CardKind.WAIT, "R-WAIT", _says(counted, "wait_away", "yes", "more")),
        (CardKind.CHAPERONE, "R-CHAPERONE", _says(counted, "undress", "chaperone")),
    )
    return [Card(kind, text) for kind, text, wanted in wishes if wanted]


def _says(answers: Answers, question: str, *codes: str) -> bool:
    answer = answers.get(question)
    return answer is not None and not answer.tokens.isdisjoint(codes)


def _need_cards(seen: Answers) -> list[Card]:
    found: list[Card] = []
    for kind, question, ordinary in (
        (CardKind.CONTACT, "contact_note", ()),
        (CardKind.ACCESS, "access", ("none",)),
        (CardKind.LANGUAGE, "language", ("no",)),
    ):
        answer = seen.get(question)
        if answer is not None and not answer.tokens & set(ordinary):
            found.append(Card(kind, question))
    return found
