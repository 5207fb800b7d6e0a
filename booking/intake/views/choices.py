"""The patient's page of what she decides herself: permissions, and who may read her answers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template as render
from flask import request
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.models import Appointment
from booking.clinic import queries as clinic_queries
from booking.core import clock
from booking.core.choices import choice
from booking.core.db import transaction
from booking.core.errors import NotFound
from booking.intake.actions import consents as actions
from booking.intake.actions import reading
from booking.intake.forms.handing import ReaderForm
from booking.intake.models import Consent, ConsentKind, Given
from booking.intake.queries import consents as kept
from booking.intake.queries import patient as queries
from booking.intake.queries import reading as readers
from booking.intake.rules.consents import PERMISSIONS, allowed, asked_here, latest
from booking.intake.views import consents as words
from booking.intake.views.frame import bp, device, go_to
from booking.intake.views.words import _, day_in_words


@dataclass(frozen=True)
class Asked:
    """One permission: its words, whether it stands, and since when."""

    kind: str
    name: str
    text: str
    stands: bool
    when: str


@dataclass(frozen=True)
class Reads:
    """Somebody who may read her answers, why, and the right she can take back."""

    name: str
    why: str
    right: UUID | None


@bp.get("/<uuid:visit>/choices")
@needs(Permission.MY_ANSWERS)
def choices(visit: UUID) -> Any:
    """Show what she has read and allowed, and who may read her answers."""
    return _show(visit, ReaderForm(formdata=None))


def _show(visit: UUID, form: ReaderForm) -> Any:
    actor, now = current_actor(), clock.now()
    own = queries.own_visit(actor, visit)
    known = queries.knows(actor, own, token=device())
    rows = kept.consents_of(own.patient_id) if known else []
    zone = own.location.zone
    others = readers.colleagues_for(own.patient_id, now=now) if known else []
    names = [choice(str(each.public_id), each.name) for each in others]
    form.practitioner.choices = [choice("", _("Choose")), *names]
    page = render(
        "intake/patient/choices.html",
        visit=own,
        known=known,
        open=own.ends_at > now,
        asked=_asked(rows, zone) if known else [],
        said=[each for each in words.told(rows, zone=zone) if each.kind not in PERMISSIONS],
        lines=words.lines_told(kept.lines_of(own.id), zone=zone) if known else [],
        readers=_readers(own) if known else [],
        colleagues=bool(others),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/<uuid:visit>/choices/permission")
@needs(Permission.MY_ANSWERS)
def permit(visit: UUID) -> Response:
    """Give one permission, or take it back."""
    kinds = words.kinds_of([request.form.get("kind", "")])
    if not kinds or kinds[0] not in PERMISSIONS:
        raise NotFound
    given = Given.TAKEN_BACK if request.form.get("given") == Given.TAKEN_BACK else Given.YES
    with transaction():
        actions.permit(
            current_actor(),
            visit,
            kinds[0],
            given,
            words.permission(kinds[0]),
            token=device(),
            now=clock.now(),
        )
    return go_to("questions.choices", visit)


@bp.post("/<uuid:visit>/choices/readers")
@needs(Permission.MY_ANSWERS)
def let_read(visit: UUID) -> Any:
    """Let a named practitioner read her answers."""
    form = ReaderForm()
    form.practitioner.validate_choice = False  # who works here, the action decides
    if not form.validate_on_submit():
        return _show(visit, form)
    who = words.uuid_of(str(form.practitioner.data))
    if who is None:
        raise NotFound
    with transaction():
        reading.let_read(current_actor(), visit, who, token=device(), now=clock.now())
    return go_to("questions.choices", visit)


@bp.post("/<uuid:visit>/choices/readers/<uuid:right>/end")
@needs(Permission.MY_ANSWERS)
def end_reading(visit: UUID, right: UUID) -> Response:
    """Take it back."""
    with transaction():
        reading.take_back(current_actor(), visit, right, token=device(), now=clock.now())
    return go_to("questions.choices", visit)


def _asked(rows: Any, zone: str) -> list[Asked]:
    """What the clinic asks for, and what it no longer asks for but was given."""
    counts: dict[ConsentKind, Consent] = latest(rows)
    here = asked_here(clinic_queries.organisation().permissions)
    said = {each.kind: each.when for each in words.told(rows, zone=zone)}
    return [
        Asked(kind, _(words.NAMES[kind]), _(PERMISSIONS[kind]), stands, said.get(kind, ""))
        for kind in PERMISSIONS
        if (stands := kind in counts and allowed(counts[kind].given)) or kind in here
    ]


def _readers(visit: Appointment) -> list[Reads]:
    return [_reader(each, visit) for each in readers.readers_of(visit.patient_id, now=clock.now())]


def _reader(each: readers.Reader, visit: Appointment) -> Reads:
    if each.right is not None:
        why, right = _("You allowed this."), each.right.public_id
    elif each.until is not None:
        day = day_in_words(each.until, visit.location.zone)
        why, right = _("Took over from a colleague, until %(day)s.", day=day), None
    else:
        days = clinic_queries.organisation().reading_days
        why, right = _("Has a visit with you, or had one within %(n)s days.", n=days), None
    return Reads(each.practitioner.name, why, right)
