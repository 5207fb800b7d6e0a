"""The lists of forms, for reception and for a practitioner, as plain values for the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for

from booking.appointments.queries.gently import each_once, gently_met
from booking.core.words import clock_words
from booking.intake.models import FormState, Severity
from booking.intake.queries.queue import DeskQueue, Entry
from booking.intake.rules.review import Tab
from booking.intake.views.words import _, n_, near
from booking.patients.models import Patient

TO_READ, READY, NOT_SENT = "to-read", "ready", "not-sent"


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
    """A list with its tabs; `here` is its place in the rail, `gently` whom to contact so."""

    here: str
    title: str
    tabs: tuple[Choice, ...]
    lines: tuple[Line, ...]
    empty: str
    gently: Sequence[Patient]


def tab_named(text: str) -> Tab | None:
    """The list of reception's queue that an address names, None where it names none."""
    return next((tab for tab in Tab if tab.value == text), None)


def for_reception(found: DeskQueue, *, chosen: UUID | None, now: datetime) -> Queue:
    """Reception's queue, on its current list."""
    names = {
        Tab.TO_REVIEW: _("To review"),
        Tab.WITH_PATIENT: _("With patient"),
        Tab.READY: _("Ready"),
    }
    tabs = [
        _choice(tab.value, text, "intake.queue", found.counts[tab], current=tab is found.current)
        for tab, text in names.items()
    ]
    lines = [
        _line(entry, "intake.review", _desk_about(entry), _desk_badges(entry), chosen, now)
        for entry in found.entries
    ]
    title, empty = _("Forms to review"), _empty(found.current.value)
    return Queue("intake", title, tuple(tabs), tuple(lines), empty, _gently(found.entries))


def for_practitioner(
    entries: Sequence[Entry], *, tab: str, chosen: UUID | None, now: datetime
) -> Queue:
    """A practitioner's list: to read, ready, not sent yet."""
    selected = [_place(entry) for entry in entries if entry.public_id == chosen]
    names = {TO_READ: _("To read"), READY: _("Ready"), NOT_SENT: _("Not sent yet")}
    current = tab if tab in names else next(iter(selected), TO_READ)
    places = [_place(entry) for entry in entries]
    tabs = [
        _choice(key, text, "intake.to_read", places.count(key), current=key == current)
        for key, text in names.items()
    ]
    lines = [
        _line(entry, "intake.read", _own_about(entry), _own_badges(entry), chosen, now)
        for entry in entries
        if _place(entry) == current
    ]
    here = [entry for entry in entries if _place(entry) == current]
    title, empty = _("For you to read"), _empty(current)
    return Queue("read", title, tuple(tabs), tuple(lines), empty, _gently(here))


def _gently(entries: Sequence[Entry]) -> Sequence[Patient]:
    return each_once(gently_met([entry.public_id for entry in entries]).values())


def _place(entry: Entry) -> str:
    if entry.undecided:
        return TO_READ
    return NOT_SENT if entry.sent_at is None else READY


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
    if _place(entry) == NOT_SENT:
        badges.append(("note", _("Not sent yet")))
    return badges or [("fine", _("Nothing raised"))]


def _empty(key: str) -> str:
    texts = {
        Tab.TO_REVIEW.value: _("No forms waiting."),
        Tab.WITH_PATIENT.value: _("No form is with a patient."),
        Tab.READY.value: _("No form is ready yet."),
        TO_READ: _("Nothing for you to read."),
        NOT_SENT: _("Every form of your coming visits has been sent."),
    }
    return texts[key]
