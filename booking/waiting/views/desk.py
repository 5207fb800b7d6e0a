"""Reception's list of everybody who waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments import emails
from booking.appointments.actions import Details
from booking.appointments.queries import board as boards
from booking.audit import actions as audit
from booking.audit.rules.visits import WaitingListed
from booking.clinic import queries as clinic
from booking.clinic.models import Service
from booking.core import clock
from booking.core.db import transaction
from booking.patients import queries as patients
from booking.waiting import actions, queries
from booking.waiting.forms import PARTS, WEEKDAYS, DeskForm
from booking.waiting.models import WaitingEntry
from booking.waiting.views.blueprint import base_url, bp, prepared, wanted


@bp.get("/waiting")
@needs(Permission.VISIT_RECEIVE)
def listed() -> str:
    """Show who waits, longest first, what was offered, and whom only a call reaches."""
    now = clock.now()
    with transaction():
        entries = queries.waiting()
        audit.record(WaitingListed(entries=len(entries)), by=current_actor(), at=now)
    entries = queries.waiting()
    offers = queries.offered_before([entry.id for entry in entries])
    return render_template(
        "waiting/list.html",
        entries=entries,
        kept={entry.id: queries.open_offer(entry.id, now=now) for entry in entries},
        offered=offers,
        by_mail={entry.id: emails.wanted_by(entry.patient) for entry in entries},
        in_peace=_in_peace(entries, now),
        wishes={entry.id: _words(entry) for entry in entries},
        services=clinic.services(),
    )


@bp.get("/waiting/add/<uuid:service>")
@needs(Permission.VISIT_RECEIVE)
def add(service: UUID) -> Any:
    """Ask who waits and when she could come, for somebody on the phone."""
    asked = clinic.service_for_booking(service)
    return _page(asked, _form(asked, data={"channels": ["email"]}))


@bp.post("/waiting/add/<uuid:service>")
@needs(Permission.VISIT_RECEIVE)
def added(service: UUID) -> Any:
    """Put her on the list."""
    asked = clinic.service_for_booking(service)
    form = _form(asked)
    if not form.validate():
        return _page(asked, form)
    with transaction():
        details = Details.of(form.typed, region=clinic.organisation().region)
        actions.join(
            current_actor(),
            actions.register(details, asked.id, now=clock.now()),
            wanted(form, asked),
            network=None,
            now=clock.now(),
            base_url=base_url(),
        )
    return redirect(url_for("waiting.listed"), code=303)


@bp.post("/waiting/<uuid:entry>/take-off")
@needs(Permission.VISIT_RECEIVE)
def take_off(entry: UUID) -> Any:
    """Take somebody off the list; a time kept for her is free at once."""
    with transaction():
        actions.leave(current_actor(), queries.entry(entry), now=clock.now())
    return redirect(url_for("waiting.listed"), code=303)


def _in_peace(entries: Sequence[WaitingEntry], now: datetime) -> set[int]:
    """Whose entries rest today: it is a date on which nothing of ours should meet her."""
    avoid = patients.hard_dates({entry.patient.resource_id for entry in entries})
    zone = boards.zone()
    return {entry.id for entry in entries if avoid[entry.patient.resource_id].meet(now, zone)}


def _form(service: Service, **values: Any) -> DeskForm:
    form = DeskForm(region=clinic.organisation().region, **values)
    prepared(form, service)
    return form


def _page(service: Service, form: DeskForm) -> tuple[str, int]:
    page = render_template("waiting/add.html", form=form, service=service)
    return page, 422 if form.errors else 200


def _words(entry: WaitingEntry) -> list[str]:
    """What she waits for, each in a few words."""
    wish = entry.wish
    return [
        *(str(WEEKDAYS[day]) for day in sorted(wish.weekdays)),
        *(str(name) for part, name in PARTS.items() if part in wish.parts),
    ]
