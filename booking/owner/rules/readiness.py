"""The steps of setting up a clinic: which are done, and what keeps it from opening. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is there: counts, and whether something was settled."""

    described: bool
    rooms: int
    treating: int
    services: int
    services_ready: int  # somebody gives them somewhere
    with_hours: int  # of those who treat
    with_sign_in: int
    licensed: int  # a licence and an insurance, both checked
    watched: bool
    approved: bool  # the questions, by a clinical lead
    staff: int
    backed_up: bool
    mail: bool  # the server may send
    is_open: bool


@dataclass(frozen=True)
class Step:
    """One step: whether it is done, and whether the clinic cannot open without it."""

    key: str
    done: bool
    needed: bool


def steps(facts: Facts) -> Sequence[Step]:
    """Return all steps in the order in which they are best taken; each can be taken at any time."""
    everybody = facts.treating > 0
    return (
        Step("names", facts.described, needed=True),
        Step("help", facts.watched, needed=False),
        Step("places", facts.rooms > 0, needed=True),
        Step("treating", everybody, needed=True),
        Step("hours", facts.with_hours > 0, needed=True),
        Step("services", facts.services_ready > 0, needed=True),
        Step("people", everybody and facts.with_sign_in == facts.treating, needed=False),
        Step("licences", everybody and facts.licensed == facts.treating, needed=False),
        Step("questions", facts.approved, needed=False),
        Step("mail", facts.mail, needed=False),
        Step("backup", facts.backed_up, needed=False),
    )


def missing(facts: Facts) -> Sequence[Step]:
    """Return the steps without which the clinic cannot open."""
    return [step for step in steps(facts) if step.needed and not step.done]
