"""Why is this time not offered? One sentence for the staff, by the rules that make the offers."""

from collections.abc import Iterable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import gettext as _

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.availability import queries
from booking.availability.forms.why import KNOWN_PATIENT, WhyForm
from booking.availability.rules import to_instants
from booking.availability.rules.explaining import DESK_MAY, Explanation, Why
from booking.availability.views.blueprint import bp
from booking.clinic import queries as clinic
from booking.clinic.models import Location, Practitioner, Service
from booking.core import clock


@bp.get("/why")
@needs(Permission.TIME_EXPLAIN)
def why() -> Any:
    """Ask, and say what is in the way. Practitioners ask of their own times only."""
    practitioners = queries.explained_to(current_actor())
    services, locations = clinic.services(), clinic.locations()
    asked = "day" in request.args
    form = WhyForm(formdata=request.args if asked else None)
    form.offer(practitioners, services, locations)
    if not asked or not form.validate():
        page = render_template("availability/why.html", form=form, said=None)
        return page, 422 if form.errors else 200
    practitioner = _chosen(practitioners, form.practitioner)
    service = _chosen(services, form.service)
    location = _chosen(locations, form.location)
    instants = to_instants(*form.moment, ZoneInfo(location.zone))
    found = [
        queries.explain(
            service,
            practitioner,
            location,
            instant,
            known=form.asked_by.data == KNOWN_PATIENT,
            now=clock.now(),
        )
        for instant in instants
    ] or [Explanation(why=Why.SKIPPED, values={})]
    names = {"who": practitioner.name, "place": location.name}
    said = dict.fromkeys(_(each.sentence, **{**names, **each.values}) for each in found)
    return render_template(
        "availability/why.html",
        form=form,
        said=[*said, _(DESK_MAY)] if any(each.desk_may for each in found) else list(said),
        offered=any(each.why is Why.OFFERED for each in found),
        asked=(practitioner, service, location),
    )


_Row = TypeVar("_Row", Practitioner, Service, Location)


def _chosen(rows: Iterable[_Row], field: Any) -> _Row:
    return next(row for row in rows if str(row.public_id) == field.data)
