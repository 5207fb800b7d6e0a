"""Answers, rules and times in words for the pages of the review. Plain values only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext, ngettext

from booking.core.errors import N_
from booking.core.translating import locale_now
from booking.core.words import clock_words, date_words, day_words, local_day
from booking.intake.forms.fields.base import without_optional
from booking.intake.rules.answers import Answer, Answers, State
from booking.intake.rules.labels import SHORT
from booking.intake.rules.progress import asked
from booking.intake.rules.questionnaire import Item
from booking.intake.views.said import said

DAYS_OF_A_WEEK = 7
NEAR_DAYS = {0: N_("Today"), 1: N_("Tomorrow"), -1: N_("Yesterday")}
PLAIN_IN_A_ROW = frozenset({"med_dose", "med_form", "med_often"})


def _(message: str, **values: object) -> str:
    """A message in the reader's language."""
    return str(gettext(message, **values))


def n_(one: str, many: str, count: int) -> str:
    """A message with a number in it (`%(num)s`) in the reader's language."""
    return str(ngettext(one, many, count))


@dataclass(frozen=True)
class Row:
    """One question with its answer, a line for each part; `unknown` is not sure or talk.

    `raised` are the lines that raised a flag.
    """

    link_id: str
    question: str
    lines: tuple[str, ...]
    unknown: bool = False
    raised: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Section:
    """One section of a form in words: what was said, then what was "no" and what was left out."""

    key: str
    title: str
    rows: tuple[Row, ...]
    no: tuple[str, ...]
    left_out: tuple[str, ...]


def label(item: Item) -> str:
    """The question as it was put, without "(optional)"."""
    return without_optional(item.text)


def short(item: Item) -> str:
    """The question in few words."""
    name = SHORT.get(item.link_id)
    return _(name) if name is not None else label(item)


def section_of(
    section: Item,
    answers: Answers,
    *,
    but: Collection[str] = (),
    raised: Mapping[str, frozenset[str]] | None = None,
) -> Section:
    """A section in words, without the questions in `but`.

    `raised` are the lines that raised a flag, by question; an answer that raised one in part
    only is marked whole.
    """
    put = [
        item
        for page in section.items
        for item in asked(page, answers)
        if item in page.items and not item.tick and item.link_id not in but
    ]
    told = [item for item in put if item.link_id in answers and not _said_below(item, answers)]
    no = [item for item in told if _is_no(answers[item.link_id])]
    rows = (row(item, answers) for item in told if item not in no)
    return Section(
        key=section.link_id,
        title=_(section.text),
        rows=tuple(_marked(each, raised or {}) for each in rows),
        no=tuple(short(item) for item in no),
        left_out=tuple(short(item) for item in put if item.link_id not in answers),
    )


def _marked(told: Row, raised: Mapping[str, frozenset[str]]) -> Row:
    if told.link_id not in raised:
        return told
    return replace(told, raised=raised[told.link_id] & set(told.lines) or frozenset(told.lines))


def _said_below(item: Item, answers: Answers) -> bool:
    """Whether an answer only announces the list that follows it."""
    return item.link_id == "med_any" and "med_list" in answers


def _is_no(answer: Answer) -> bool:
    return answer.codes == ("no",)


def row(item: Item, answers: Answers) -> Row:
    """One question with what was said to it and to what hangs on it."""
    answer = answers[item.link_id]
    unknown = answer.state is not State.ANSWERED
    return Row(item.link_id, short(item), _lines(item, answer, answers), unknown=unknown)


def _lines(item: Item, answer: Answer, answers: Answers) -> tuple[str, ...]:
    if answer.rows:
        return tuple(_group(item, each) for each in answer.rows)
    below = [said(each, answers[each.link_id]) for each in item.items if each.link_id in answers]
    return (": ".join([said(item, answer), ", ".join(below)]) if below else said(item, answer),)


def lines(item: Item, answers: Answers) -> tuple[str, ...]:
    """The answer to one question in words; nothing where it has none."""
    answer = answers.get(item.link_id)
    return _lines(item, answer, answers) if answer is not None else ()


def _group(item: Item, row_answers: Answers) -> str:
    """One medicine in words: name, dose and how it is taken, then the rest with its question."""
    parts: list[str] = []
    more: list[str] = []
    for child in _inside(item):
        answer = row_answers.get(child.link_id)
        if answer is None:
            continue
        words = said(child, answer)
        if not parts:
            parts.append(words)
        elif child.link_id in PLAIN_IN_A_ROW and answer.state is State.ANSWERED:
            parts.append(_within(words))
        elif child.link_id == "med_still" and answer.codes == ("yes",):
            parts.append(_("still taking it"))
        else:
            more.append(f"{label(child)} {words}")
    return ". ".join([", ".join(parts), *more])


def _inside(item: Item) -> list[Item]:
    return [each for child in item.items for each in (child, *child.items)]


def _within(words: str) -> str:
    """Words of an option inside a sentence; German and others keep their capitals."""
    if not locale_now().startswith("en"):
        return words
    return words[:1].lower() + words[1:]


def first(name: str) -> str:
    """The first word of a name, as people at the desk say it."""
    return name.split()[0] if name.split() else name


def near(instant: datetime, zone: str, *, now: datetime) -> str:
    """An instant as people at a desk say it: "Today 2:15pm", "Wed 6:00pm", "Mon 5 July 6:00pm"."""
    day, time = local_day(instant, zone), clock_words(instant, zone)
    days = (day - local_day(now, zone)).days
    if days in NEAR_DAYS:
        return f"{_(NEAR_DAYS[days])} {time}"
    if 0 < days < DAYS_OF_A_WEEK:
        return f"{date_words(day, 'EEE')} {time}"
    return f"{day_words(day)} {time}"


def near_within(instant: datetime, zone: str, *, now: datetime) -> str:
    """As `near`, inside a sentence: "today 2:15pm"; the names of days keep their capital."""
    words = near(instant, zone, now=now)
    named = (_("Today"), _("Tomorrow"), _("Yesterday"))
    return _within(words) if words.startswith(named) else words


def day_in_words(instant: datetime, zone: str) -> str:
    """The day of an instant: "Fri 2 July"."""
    return day_words(local_day(instant, zone))


def on_day(instant: datetime, zone: str) -> str:
    """An instant with its day: "Fri 2 July, 12:00pm"."""
    return f"{day_words(local_day(instant, zone))}, {clock_words(instant, zone)}"


def full_when(starts: datetime, ends: datetime, zone: str, *, now: datetime) -> str:
    """A visit's day and times: "Today, Monday 23 November, 11:30am to 12:30pm"."""
    day = local_day(starts, zone)
    name = date_words(day, "EEEE d MMMM")
    times = _("%(start)s to %(end)s", start=clock_words(starts, zone), end=clock_words(ends, zone))
    today = _("Today") if day == local_day(now, zone) else ""
    return ", ".join(part for part in (today, name, times) if part)
