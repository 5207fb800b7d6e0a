"""Fields of a question page, and how what was typed becomes an `Answer`.

One class per kind of question. Each makes the WTForms fields of its question, fills them from an
earlier answer, and reads them back; a message says what to do and nothing typed is lost.
"""

from collections.abc import Mapping

from booking.intake.forms.fields.base import Question
from booking.intake.forms.fields.choices import Choice, Pick, Several
from booking.intake.forms.fields.typed import NeedsChange
from booking.intake.forms.fields.values import Day, Number, Words
from booking.intake.rules.questionnaire import Item, Kind

__all__ = ["NeedsChange", "Question", "question_for"]

KINDS: Mapping[Kind, type[Question]] = {
    Kind.LINE: Words,
    Kind.TEXT: Words,
    Kind.NUMBER: Number,
    Kind.DATE: Day,
}


def question_for(item: Item) -> Question:
    """The way to type an answer to this item."""
    if item.kind is not Kind.CHOICE:
        return KINDS[item.kind](item)
    if item.repeats:
        return Several(item)
    return Pick(item) if item.drop_down else Choice(item)
