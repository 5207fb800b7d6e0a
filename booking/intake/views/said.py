"""Answers in words, for pages that show them back."""

from datetime import date

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale
from flask_babel import gettext as _

from booking.intake.rules.answers import Answer, Answers, PartialDate, State
from booking.intake.rules.questionnaire import Item


def said(item: Item, answer: Answer) -> str:
    """An answer as she gave it: the words of the options, her text, a number or a date."""
    if answer.state is State.TALK:
        return str(_("I'd rather talk about this in person"))
    if answer.state is State.NOT_SURE:
        return str(_("Not sure"))
    parts = [str(_(option.text)) for code in answer.codes if (option := item.option(code))]
    parts += [answer.text] if answer.text else []
    parts += [str(answer.number)] if answer.number is not None else []
    parts += [date_words(answer.date)] if answer.date is not None else []
    return "; ".join(parts)


def date_words(when: PartialDate) -> str:
    """A date as far as it is known: "27 March 1991", "March 2024" or "2024"."""
    locale = str(get_locale() or "en_GB")
    if when.month is None:
        return str(when.year)
    day = date(when.year, when.month, when.day or 1)
    if when.day is None:
        return str(format_skeleton("yMMMM", day, locale=locale))
    return str(format_date(day, "long", locale=locale))


def row_words(group: Item, row: Answers) -> tuple[str, str]:
    """A row of a repeated group: its first answer, and the others in one line."""
    first, *others = group.items
    found = [
        _labelled(item, answer)
        for item in _with_nested(others)
        if (answer := row.get(item.link_id)) is not None
    ]
    head = row.get(first.link_id)
    return (said(first, head) if head is not None else "", ", ".join(found))


def _labelled(item: Item, answer: Answer) -> str:
    """An answer with the short label it has in a list, if it needs one."""
    return f"{_(item.label)} {said(item, answer)}".strip() if item.label else said(item, answer)


def _with_nested(items: list[Item]) -> list[Item]:
    return [each for item in items for each in (item, *_with_nested(list(item.items)))]
