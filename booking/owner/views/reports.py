"""Figures for the owner, as pages and as files: drawings with a table beside each."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, request
from flask_babel import gettext as _

from booking.access.gate import needs
from booking.access.policy import Permission
from booking.clinic import queries as clinic
from booking.clinic.models import Location
from booking.core import clock
from booking.core.errors import NotFound
from booking.core.spreadsheets import cell
from booking.owner.queries.reports import Days, flow_of, occupancy_of
from booking.owner.rules.reports import LEAD_DAYS, Flow, HourlyUse, shown
from booking.owner.views.blueprint import bp

LONGEST = timedelta(days=366)
USUAL = timedelta(days=27)
Row = Sequence[object]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Figures as they stand in a page and in a file: a head and rows; None is not shown."""

    key: str
    head: Row
    rows: Sequence[Row]


@bp.get("/reports")
@needs(Permission.REPORT_READ)
def reports() -> Any:
    """Show the figures of some days at one location or all; the last four weeks unless asked."""
    asked, problem = _days()
    people = occupancy_of(asked)
    return render_template(
        "owner/reports.html",
        days=asked,
        problem=problem,
        has_error=bool(problem),
        places=clinic.locations(),
        chosen=request.args.get("place", ""),
        tables={each.key: each for each in _tables(asked, people, flow_of(asked))},
        by_hour=_all_hours(people),
        people=people,
    ), (422 if problem else 200)


@bp.get("/reports/figures/<string:table>")
@needs(Permission.REPORT_READ)
def figures(table: str) -> Response:
    """Return one table as a file. Raises NotFound for one there is not."""
    asked, problem = _days()
    if problem:
        raise NotFound
    for each in _tables(asked, occupancy_of(asked), flow_of(asked)):
        if each.key == table:
            return _file(each)
    raise NotFound


def _days() -> tuple[Days, str]:
    """The days asked for, or the usual ones and what is wrong with those asked for."""
    places = clinic.locations()
    zone = ZoneInfo(places[0].zone if places else "UTC")
    last = clock.today(zone)
    usual = Days(first=last - USUAL, last=last, places=_places(places))
    told = request.args.get("from", ""), request.args.get("to", "")
    if not any(told):
        return usual, ""
    try:
        first, last = (date.fromisoformat(each) for each in told)
    except ValueError:
        return usual, _("Write both days like 2027-07-05.")
    if not first <= last <= first + LONGEST:
        return usual, _("Choose up to a year, the first day first.")
    return Days(first=first, last=last, places=usual.places), ""


def _places(known: Sequence[Location]) -> Sequence[Location]:
    asked = request.args.get("place", "")
    if not asked:
        return known
    chosen = [place for place in known if str(place.public_id) == asked]
    if not chosen:
        raise NotFound
    return chosen


def _all_hours(people: Sequence[tuple[str, HourlyUse]]) -> HourlyUse:
    total = HourlyUse()
    for _name, each in people:
        total.add(each)
    return total


def _tables(days: Days, people: Sequence[tuple[str, HourlyUse]], counted: Flow) -> Sequence[Table]:
    hours = sorted(_all_hours(people).hours)
    return (
        Table(
            key="practitioners",
            head=(_("Who"), _("Open hours"), _("Taken hours"), _("Taken, percent")),
            rows=[
                (name, _hours(each.whole.open), _hours(each.whole.taken), each.whole.percent)
                for name, each in people
            ],
        ),
        Table(
            key="hours",
            head=(_("Who"), *(f"{hour:02}:00" for hour in hours)),
            rows=[
                (name, *(each.hours[hour].percent if hour in each.hours else "" for hour in hours))
                for name, each in people
            ],
        ),
        _visits(counted),
        _lead(counted),
        _first(counted),
    )


def _hours(minutes: int) -> float:
    return round(minutes / 60, 1)


def _visits(counted: Flow) -> Table:
    words = {
        "visits": _("Visits booked for these days"),
        "done": _("Took place"),
        "missed": _("Did not come"),
        "cancelled": _("Cancelled"),
        "moved": _("Moved on these days"),
    }
    safe = shown({key: getattr(counted, key) for key in words}, whole=False)
    return Table(
        key="visits",
        head=(_("What"), _("How many")),
        rows=[(words[key], safe[key]) for key in words],
    )


def _lead(counted: Flow) -> Table:
    words = [_lead_words(low, high) for low, high in LEAD_DAYS]
    safe = shown(dict(zip(words, counted.lead, strict=True)), whole=True)
    return Table(
        key="lead-time", head=(_("Booked before the visit"), _("Visits")), rows=list(safe.items())
    )


def _lead_words(low: int, high: int | None) -> str:
    if high == 0:
        return str(_("On the day itself"))
    if high is None:
        return str(_("%(days)s days or more", days=low))
    return str(_("%(first)s to %(last)s days", first=low, last=high))


def _first(counted: Flow) -> Table:
    once = _("Did not book again")
    again = _("Booked again")
    safe = shown(
        {again: counted.first_again, once: counted.first - counted.first_again}, whole=True
    )
    return Table(
        key="first-visits",
        head=(_("After the first time here"), _("People")),
        rows=list(safe.items()),
    )


def _file(table: Table) -> Response:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_cell(each) for each in table.head])
    writer.writerows([_cell(each) for each in row] for row in table.rows)
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="figures-{table.key}.csv"'
    return answer


def _cell(value: object) -> object:
    if value is None:
        return _("under 5")
    return cell(value) if isinstance(value, str) else value
