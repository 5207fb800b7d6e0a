"""JSON pages: a second door to the same answers, never a second set of rules."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from booking.access.gate import public
from booking.api.forms import Misread, OffersAsked, read_offers_asked
from booking.api.rules import about_as_json, starts_as_json
from booking.availability import queries as availability
from booking.availability.rules import Free, day_start, earliest
from booking.core import clock
from booking.core.intervals import Span

bp = Blueprint("api", __name__)
BLUEPRINTS = (bp,)

_ANYWHERE = timedelta(days=1)  # every zone's idea of a date lies within this of UTC's


@bp.get("/api/offers")
@public
def offers() -> Response:
    """Free times of one kind of visit, by practitioner and place, for anybody.

    The query names the `service`, and may name each `practitioner` and each `location` that is
    meant, a first day `from`, how many `days`, and the `limit` of different times, the soonest.
    """
    try:
        asked = read_offers_asked(request.args)
        return _json(_answer(asked), 200)
    except Misread as why:
        return _json(json.dumps({"errors": why.errors}), 422)
    except availability.Unknown as why:
        told = {"errors": {why.kind: _("There is none with this id.")}}
        return _json(json.dumps(told), 422)


def _answer(asked: OffersAsked) -> str:
    now = clock.now()
    start = datetime.combine(asked.first or now.date(), time(), UTC) - _ANYWHERE
    known, names = availability.public_schedule(
        asked.service,
        practitioners=asked.practitioners,
        locations=asked.locations,
        start=start,
        end=start + timedelta(days=asked.days) + 2 * _ANYWHERE,
        now=now,
    )
    days = {zone: _days(asked, zone, now) for zone in {each.candidate.zone for each in known.free}}
    found = [
        Free(who, axis, starts & axis.within(days[who.zone])) for who, axis, starts in known.free
    ]
    if asked.limit is not None:
        found = earliest(found, asked.limit)
    groups = ", ".join([_group(each, names) for each in found if each.starts])
    return f'{{"service": "{asked.service}", "offers": [{groups}]}}'


def _days(asked: OffersAsked, zone: ZoneInfo, now: datetime) -> Span:
    """The days asked for, by the calendar of a place."""
    first = asked.first or now.astimezone(zone).date()
    return day_start(first, zone), day_start(first + timedelta(days=asked.days), zone)


def _group(free: Free, names: Mapping[tuple[int, int], tuple[str, str]]) -> str:
    who, axis, starts = free
    about = about_as_json(
        *names[who.practitioner_id, who.location_id],
        who.zone.key,
        who.way.value,
        who.plan.length,
        who.price_minor,
    )
    return f'{{{about}, "starts": {starts_as_json(who.zone, axis, starts)}}}'


def _json(told: str, status: int) -> Response:
    return Response(told, status=status, mimetype="application/json")
