"""What is kept about somebody beside her visits and answers, in sentences."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from booking.core.words import clock_words, local_day, long_day_words
from booking.intake.models import ConsentKind, Given
from booking.intake.views.consents import GIVEN, NAMES
from booking.rights.queries import Everything


def sections(whole: Everything, zone: str) -> list[tuple[str, list[str]]]:
    """Return headings with their lines; what there is nothing of is left out."""
    more = whole.more
    found = [
        (_("Your wishes"), list(_wishes(whole))),
        (_("What the clinic noted on your answers"), list(_flags(more["flags"], zone))),
        (_("What you have read and allowed"), list(_consents(more["consents"], zone))),
        (_("Who else was let to read your answers"), list(_readers(more["who_may_read"], zone))),
        (_("Asked again"), list(_asked(more["forms"], zone))),
        (_("Waiting list"), [_wait(row, zone) for row in more["waiting"]]),
        (_("When something had changed"), [_when(row["at"], zone) for row in more["changes_said"]]),
        (_("Times kept while you booked"), _times(more["times_kept"], "starts_at", zone)),
        (_("What you and the clinic wrote each other"), list(_talk(more["conversation"], zone))),
        (_("Messages to you"), _times(more["messages"], "created_at", zone)),
        (_("Address of your calendar"), _times(more["calendar_addresses"], "created_at", zone)),
        (_("Kept for a legal reason, since"), _times(more["legal_holds"], "placed_at", zone)),
        (_("Your own ways to sign in"), _times(more["ways_in"], "created_at", zone)),
        (_("Opened in an emergency"), list(_emergencies(more["emergencies"], zone))),
        (_("Sign-ins"), _times(more["sign_ins"], "created_at", zone)),
    ]
    return [(heading, lines) for heading, lines in found if lines]


def _when(told: str, zone: str) -> str:
    at = datetime.fromisoformat(told)
    return f"{long_day_words(local_day(at, zone))}, {clock_words(at, zone)}"


def _times(rows: list[dict[str, Any]], name: str, zone: str) -> list[str]:
    return [_when(row[name], zone) for row in rows]


def _wishes(whole: Everything) -> Iterator[str]:
    for one in whole.records:
        told = one.wishes or {}
        if told.get("use"):
            yield _("Words you use: %(words)s", words=", ".join(told["use"]))
        if told.get("avoid"):
            yield _("Words to avoid: %(words)s", words=told["avoid"])
        if told.get("dates"):
            yield _("Hard dates: %(days)s", days=", ".join(told["dates"]))
        if told.get("quiet_arrival"):
            yield _("A quiet place to wait")
        if told.get("apart"):
            yield _("Apart from others")
        if one.gently:
            yield _("The clinic meets you gently: something has changed.")


def _flags(rows: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        notes = [each["note"] for each in row["decisions"] if each["note"]]
        yield ". ".join([_when(row["raised_at"], zone), *notes])


def _consents(rows: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        name, given = _(NAMES[ConsentKind(row["kind"])]), _(GIVEN[Given(row["given"])])
        yield f"{name}: {given}. {_when(row['at'], zone)}"


def _readers(rows: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        since = _("%(name)s, from %(day)s", name=row["name"], day=_when(row["given_at"], zone))
        ended = row["ended_at"] or row["until"]
        yield _("%(since)s until %(day)s", since=since, day=_when(ended, zone)) if ended else since


def _emergencies(rows: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        at, why = _when(row["opened_at"], zone), row["reason"] or ""
        yield str(_("%(at)s, by an owner of the clinic: %(why)s", at=at, why=why))


def _asked(forms: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for form in forms:
        yield from (_when(row["asked_at"], zone) for row in form["asked_again"])


def _talk(rows: list[dict[str, Any]], zone: str) -> Iterator[str]:
    for row in rows:
        who = _("You") if row["written_by"] == "you" else _("The clinic")
        yield f"{who}, {_when(row['written_at'], zone)}: {row['text']}"


def _wait(row: dict[str, Any], zone: str) -> str:
    since = _when(row["created_at"], zone)
    return str(_("%(what)s, since %(day)s", what=row["service"], day=since))
