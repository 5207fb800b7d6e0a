"""What every kind of question does, and the two states that may stand beside its answer."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, Form

from booking.intake.forms.fields.typed import NeedsChange
from booking.intake.rules.answers import NOT_SURE, TALK, Answer, State
from booking.intake.rules.conditions import All, Check, Operator
from booking.intake.rules.questionnaire import Item

UNFOLDING = frozenset({"yes", "no", "other", "medicine", "name", "bad"})
"""Codes of options that unfold what follows them: `.then-…` in base.css."""

TALK_LABEL = lazy_gettext("I'd rather talk about this in person")
NOT_SURE_LABEL = lazy_gettext("Not sure")


def without_optional(text: str) -> str:
    """Return a question in the reader's language, without its "(optional)"."""
    return str(_(text)).replace(f" {_('(optional)')}", "")


@dataclass(frozen=True)
class Question(ABC):
    """One question on a page: its item, and what to type it into."""

    item: Item

    @property
    def name(self) -> str:
        """The name of its (first) field, which carries its message."""
        return self.item.link_id

    @property
    def label(self) -> str:
        """The question, without the "(optional)" that is shown apart."""
        return without_optional(self.item.text)

    @property
    def asks(self) -> str:
        """Its first sentence, by which a message names it."""
        return re.split(r"(?<=[?.])\s", self.label, maxsplit=1)[0]

    @property
    def follows(self) -> str:
        """The option whose choice asks this, where it is one the style sheet can unfold it for.

        Any other detail, as one of a clinic's own questions, always stands open.
        """
        when = self.item.when
        parts = when.parts if isinstance(when, All) else ()
        first = parts[0] if len(parts) == 1 else None
        is_one = isinstance(first, Check) and first.operator is Operator.EQUALS
        code = str(first.value) if isinstance(first, Check) and is_one else ""
        return code if code in UNFOLDING else ""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """The WTForms fields by name."""

    @abstractmethod
    def initial(self, answer: Answer) -> dict[str, Any]:
        """Data for the fields that shows an earlier answer."""

    @abstractmethod
    def read(self, form: Form, *, today: date) -> Answer | None:
        """What was typed, None for nothing. Raises NeedsChange."""


def states(item: Item) -> dict[str, Any]:
    """Ticks for "not sure" and "rather talk" beside a text, number or date."""
    found: dict[str, Any] = {}
    if item.not_sure:
        found[f"{item.link_id}-{State.NOT_SURE}"] = BooleanField(NOT_SURE_LABEL)
    if item.in_person:
        found[f"{item.link_id}-{State.TALK}"] = BooleanField(TALK_LABEL)
    return found


def initial_states(item: Item, answer: Answer) -> dict[str, bool]:
    """Data for those ticks."""
    names = (f"{item.link_id}-{state}" for state in (State.NOT_SURE, State.TALK))
    return {name: name.endswith(f"-{answer.state}") for name in names}


def ticked_state(item: Item, form: Form) -> Answer | None:
    """NOT_SURE or TALK if its tick is set; rather talk where both are."""
    if item.in_person and form[f"{item.link_id}-{State.TALK}"].data:
        return TALK
    if item.not_sure and form[f"{item.link_id}-{State.NOT_SURE}"].data:
        return NOT_SURE
    return None


def one_of(answer: Answer | None, state: Answer | None) -> Answer | None:
    """The one that is there. Raises NeedsChange when both are: which is meant is hers to say."""
    if answer is not None and state is not None:
        raise NeedsChange(_("Please either write something here, or tick the box. Not both."))
    return answer or state
