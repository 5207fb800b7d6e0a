"""What stands beside a name on the day board: signs of the visit's own, and badges of others."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol

from flask import current_app, get_template_attribute
from flask_babel import gettext
from markupsafe import Markup

from booking.appointments.models import Appointment
from booking.appointments.queries import away
from booking.appointments.queries.gently import led_in
from booking.appointments.queries.listed import Listed
from booking.appointments.rules import Clearance, Status
from booking.core.errors import N_

AHEAD = (Status.BOOKED, Status.ARRIVED)


class Badge(Protocol):
    """What another feature says about a visit: the shape of a flag, and an untranslated word."""

    @property
    def kind(self) -> str:
        """The flag's shape: stop, check, note or fine."""

    @property
    def text(self) -> str:
        """A word or two."""


Badges = Callable[[Collection[int]], Mapping[int, Sequence[Badge]]]


def signs_of(visits: Sequence[Listed]) -> dict[int, Markup]:
    """What stands beside the name in each visit, drawn; each flag is drawn once for all of them."""
    draw = get_template_attribute("components/flags.html", "flag")

    @cache
    def flag(kind: str, text: str, minutes: int = 0) -> Markup:
        return Markup(" {}").format(draw(kind, gettext(text, num=minutes)))

    needing, badges = away.needing(visits), badges_of(visits)
    ahead = [visit for visit in visits if visit.status in AHEAD]
    quietly = led_in([visit.public_id for visit in ahead if visit.led_in is None])
    found = {}
    for visit in visits:
        signs = [flag("check", N_("Needs another time"))] if visit.id in needing else []
        if visit.gently:
            signs.append(flag("note", N_("Contact gently")))
        if visit.status in AHEAD and (visit.led_in or visit.public_id in quietly):
            signs.append(flag("note", N_("Show in")))
        if visit.overlaps:
            signs.append(flag("check", N_("Overlaps")))
        if visit.late:
            signs.append(flag("note", N_("%(num)d min late"), visit.late))
        if visit.together:
            signs.append(flag("note", N_("Together")))
        signs += [flag(badge.kind, badge.text) for badge in badges.get(visit.id, ())]
        found[visit.id] = Markup().join(signs)
    return found


def badges_of(visits: Iterable[Appointment | Listed]) -> Mapping[int, Sequence[Badge]]:
    """What the features above say about visits, by id; nothing of one that needs nothing."""
    ask: Badges | None = current_app.extensions.get("desk.badges")
    wanted = [
        visit.id
        for visit in visits
        if visit.status in AHEAD and visit.clearance is not Clearance.NOT_NEEDED
    ]
    return ask(wanted) if ask and wanted else {}
