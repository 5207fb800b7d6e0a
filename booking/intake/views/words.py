"""Answers, rules and times in words for the pages of the review. Plain values only."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from flask_babel import get_locale, gettext, ngettext

from booking.core.words import clock_words, day_words, local_day
from booking.intake.rules.answers import Answer, Answers, State
from booking.intake.rules.questionnaire import Item
from booking.intake.views.said import said

OPTIONAL = " (optional)"
PLAIN_IN_A_ROW = frozenset({"med_dose", "med_form", "med_often"})


def _(message: str, **values: object) -> str:
    """A message in the reader's language."""
    return str(gettext(message, **values))


def n_(one: str, many: str, count: int) -> str:
    """A message with a number in it (`%(num)s`) in the reader's language."""
    return str(ngettext(one, many, count))


@dataclass(frozen=True)
class Row:
    """One question with its answer, a line for each part; `unknown` is anything but an answer."""

    link_id: str
    question: str
    lines: tuple[str, ...]
    unknown: bool = False
    raised: bool = False


def label(item: Item) -> str:
    """The question as it was put, without "(optional)"; a list of rows is called by what it is."""
    if item.items and item.repeats:
        return _("The list")
    return _(item.text).replace(OPTIONAL, "")


def row(item: Item, answer: Answer | None) -> Row:
    """One question with what was said to it."""
    unknown = answer is None or answer.state is not State.ANSWERED
    return Row(item.link_id, label(item), lines(item, answer), unknown=unknown)


def lines(item: Item, answer: Answer | None) -> tuple[str, ...]:
    """An answer in words, one line for each row of a repeated group."""
    if answer is None:
        return (_("Left out"),)
    if answer.rows:
        return tuple(_group(item, each) for each in answer.rows)
    return (said(item, answer),)


def _group(item: Item, row_answers: Answers) -> str:
    """One row in words: its name and how it is taken, then the rest with its question."""
    parts: list[str] = []
    more: list[str] = []
    for child in _inside(item):
        answer = row_answers.get(child.link_id)
        if answer is None:
            continue
        words = said(child, answer)
        if not parts or (child.link_id in PLAIN_IN_A_ROW and answer.state is State.ANSWERED):
            parts.append(words)
        else:
            more.append(f"{label(child).rstrip('?')}: {words}")
    return ". ".join([", ".join(parts), *more])


def _inside(item: Item) -> list[Item]:
    return [each for child in item.items for each in (child, *child.items)]


def near(instant: datetime, zone: str, *, now: datetime) -> str:
    """An instant as people at a desk say it: "Today 2:15pm", "Tomorrow 9am", "Mon 5 July 6pm"."""
    day, time = local_day(instant, zone), clock_words(instant, zone)
    days = (day - local_day(now, zone)).days
    names = {0: _("Today"), 1: _("Tomorrow")}
    return f"{names.get(days) or day_words(day)} {time}"


def full_when(starts: datetime, ends: datetime, zone: str, *, now: datetime) -> str:
    """A visit's day and times: "Today, Monday 23 November, 11:30am to 12:30pm"."""
    day = local_day(starts, zone)
    locale = str(get_locale() or "en_GB")
    name = format_date(day, "EEEE d MMMM", locale=locale)
    times = _("%(start)s to %(end)s", start=clock_words(starts, zone), end=clock_words(ends, zone))
    today = _("Today") if day == local_day(now, zone) else ""
    return ", ".join(part for part in (today, name, times) if part)
