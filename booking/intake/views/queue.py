"""The lists of forms, for reception and for a practitioner, as plain values for the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request, url_for

from booking.appointments.queries.gently import each_once, gently_met
from booking.core.errors import N_
from booking.core.words import clock_words
from booking.intake.models import FormState, Severity
from booking.intake.queries import queue as desk
from booking.intake.queries.queue import Entry
from booking.intake.rules.review import Shelf, Tab
from booking.intake.views.words import _, n_, near
from booking.patients.models import Patient

MOST_DIGITS = 6


@dataclass(frozen=True)
class Line:
    """One visit in a list: badges are (flag shape, words)."""

    url: str
    name: str
    when: str
    about: str
    badges: tuple[tuple[str, str], ...]
    selected: bool


@dataclass(frozen=True)
class Choice:
    """One list to choose, with how many stand in it."""

    key: str
    text: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True)
class Queue:
    """A page of a list with its tabs; `here` is its place in the rail, `gently` whom to contact so.

    `place` says which page it is, "" where there is one; `before` and `after` are addresses or "".
    """

    here: str
    title: str
    tabs: tuple[Choice, ...]
    lines: tuple[Line, ...]
    empty: str
    place: str
    before: str
    after: str
    gently: Sequence[Patient]


def tab_named() -> Tab | None:
    """The list of reception's queue that the address names, None where it names none."""
    return next((tab for tab in Tab if tab.value == request.args.get("list", "")), None)


def shelf_named() -> Shelf | None:
    """The list of a practitioner that the address names, None where it names none."""
    return next((each for each in Shelf if each.value == request.args.get("list", "")), None)


def page_named() -> int:
    """The page of a list that the address names, 0 where it names none."""
    words = request.args.get("page", "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < MOST_DIGITS else 0


def for_reception(found: desk.Queue[Tab], *, chosen: UUID | None, now: datetime) -> Queue:
    """Reception's queue, on its current list."""
    names = {
        Tab.TO_REVIEW: _("To review"),
        Tab.WITH_PATIENT: _("With patient"),
        Tab.READY: _("Ready"),
    }
    lines = [
        _line(entry, "intake.review", _desk_about(entry), _desk_badges(entry), chosen, now)
        for entry in found.entries
    ]
    return _queue("intake", _("Forms to review"), "intake.queue", names, found, lines)


def for_practitioner(found: desk.Queue[Shelf], *, chosen: UUID | None, now: datetime) -> Queue:
    """A practitioner's list: to read, ready, not sent yet, and what she was let to read."""
    names = {
        Shelf.TO_READ: _("To read"),
        Shelf.READY: _("Ready"),
        Shelf.NOT_SENT: _("Not sent yet"),
    }
    if found.counts[Shelf.SHARED] or found.current is Shelf.SHARED:
        names[Shelf.SHARED] = _("Shared with you")
    lines = [
        _line(entry, "intake.read", _own_about(entry), _own_badges(entry), chosen, now)
        for entry in found.entries
    ]
    return _queue("read", _("For you to read"), "intake.to_read", names, found, lines)


def _gently(entries: Sequence[Entry]) -> Sequence[Patient]:
    return each_once(gently_met([entry.public_id for entry in entries]).values())


def _queue(
    here: str,
    title: str,
    endpoint: str,
    names: Mapping[desk.List, str],
    found: desk.Queue[desk.List],
    lines: Sequence[Line],
) -> Queue:
    def page(number: int) -> str:
        if not 1 <= number <= found.pages:
            return ""
        return url_for(endpoint, list=found.current, page=number, _anchor="list")

    tabs = [
        _choice(key.value, text, endpoint, found.counts[key], current=key is found.current)
        for key, text in names.items()
    ]
    return Queue(
        here=here,
        title=title,
        tabs=tuple(tabs),
        lines=tuple(lines),
        empty=_(EMPTY[found.current.value]),
        place=_("Page %(now)s of %(all)s", now=found.page, all=found.pages)
        if found.pages > 1
        else "",
        before=page(found.page - 1),
        after=page(found.page + 1),
        gently=_gently(found.entries),
    )


def _choice(key: str, text: str, endpoint: str, count: int, *, current: bool) -> Choice:
    return Choice(key, text, url_for(endpoint, list=key), count, current)


def _line(
    entry: Entry,
    endpoint: str,
    about: str,
    badges: list[tuple[str, str]],
    chosen: UUID | None,
    now: datetime,
) -> Line:
    return Line(
        url=url_for(endpoint, public_id=entry.public_id),
        name=entry.patient,
        when=near(entry.starts_at, entry.zone, now=now),
        about=about,
        badges=tuple(_gentle_badge(entry) + badges),
        selected=entry.public_id == chosen,
    )


def _gentle_badge(entry: Entry) -> list[tuple[str, str]]:
    return [("note", _("Contact gently"))] if entry.gently else []


def _desk_about(entry: Entry) -> str:
    return f"{entry.outward_service}, {entry.practitioner}"


def _own_about(entry: Entry) -> str:
    minutes = int((entry.ends_at - entry.starts_at).total_seconds()) // 60
    return _("%(service)s, %(n)s minutes", service=entry.service, n=minutes)


def _desk_badges(entry: Entry) -> list[tuple[str, str]]:
    badges = [("stop", _("Ring now"))] if entry.ring else []
    if entry.undecided and not entry.ring:
        badges.append(("check", _("Practitioner first")))
    if entry.questions_open:
        text = n_("%(num)s to answer", "%(num)s to answer", entry.questions_open)
        badges.append(("note", text))
    if entry.state is FormState.DRAFT:
        begun = entry.first_answer_at is not None
        badges.append(("note", _("Begun, not sent") if begun else _("Not begun")))
    if entry.state is FormState.READY:
        badges.append(("fine", _("Nothing to do")))
    elif claimed := _claimed(entry):
        badges.append(("note", claimed))
    return badges or [("note", _("To check"))]


def _claimed(entry: Entry) -> str:
    """Who has taken the form and since when ("Dana, 8:10am"), "" while nobody has."""
    if entry.claimed_at is None or not entry.claimed_by:
        return ""
    when = clock_words(entry.claimed_at, entry.zone)
    return f"{entry.claimed_by.split()[0]}, {when}"


def _own_badges(entry: Entry) -> list[tuple[str, str]]:
    urgent = sum(f.needs_decision and f.severity is Severity.URGENT for f in entry.flags)
    before = entry.undecided - urgent
    notes = sum(flag.severity is Severity.NOTE for flag in entry.flags)
    badges = []
    if urgent:
        badges.append(("stop", _("Urgent")))
    if before:
        badges.append(("check", n_("%(num)s before treatment", "%(num)s before treatment", before)))
    if notes:
        badges.append(("note", n_("%(num)s note", "%(num)s notes", notes)))
    if entry.sent_at is None and not entry.undecided:
        badges.append(("note", _("Not sent yet")))
    return badges or [("fine", _("Nothing raised"))]


EMPTY = {
    Tab.TO_REVIEW.value: N_("No forms waiting."),
    Tab.WITH_PATIENT.value: N_("No form is with a patient."),
    Tab.READY.value: N_("No form is ready yet."),
    Shelf.SHARED.value: N_("Nothing was shared with you."),
    Shelf.TO_READ.value: N_("Nothing for you to read."),
    Shelf.NOT_SENT.value: N_("Every form of your coming visits has been sent."),
}
