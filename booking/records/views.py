"""Pages of records, for the desk: search, one record, and two side by side.

What is typed to search for is sent in a form's body, never in an address, and kept nowhere.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.access.gate import current_actor, needs
from booking.access.policy import Permission
from booking.appointments.emails import wanted_by
from booking.appointments.queries import board as boards
from booking.appointments.views import messages, site
from booking.appointments.views.drawing import status_names
from booking.audit import actions as audit
from booking.audit.rules.event import Event
from booking.audit.rules.patients import DuplicatesListed, PatientsSearched, RecordOpened
from booking.clinic import queries as clinic
from booking.core import clock
from booking.core.db import transaction
from booking.core.errors import NotFound, WrongState
from booking.patients import queries as patients
from booking.patients.models import Channel, InviteStyle, Patient
from booking.patients.rules import clean_email, clean_name, clean_phone
from booking.records import actions, queries
from booking.records.forms import DetailsForm
from booking.records.rules import Same

bp = Blueprint("records", __name__)
BLUEPRINTS = (bp,)
TYPED_AT_MOST = 100


@bp.get("/patients")
@needs(Permission.PATIENT_RECORD)
def search() -> str:
    """Ask whom to find."""
    return render_template("records/search.html", found=None, typed="")


@bp.post("/patients")
@needs(Permission.PATIENT_RECORD)
def found() -> str:
    """Show who fits what was typed."""
    typed = request.form.get("who", "")[:TYPED_AT_MOST]
    rows = patients.search(typed)
    page = render_template(
        "records/search.html", found=rows, typed=typed, most=patients.FOUND_AT_MOST
    )
    _note(PatientsSearched(found=len(rows)))
    return page


@bp.get("/patients/alike")
@needs(Permission.PATIENT_RECORD)
def alike() -> str:
    """Show records that may be one person's."""
    groups = patients.shared_by_several()
    page = render_template(
        "records/alike.html", groups=[(group[-1], group[:-1]) for group in groups], same=_same
    )
    _note(DuplicatesListed(found=len(groups)))
    return page


@bp.get("/patients/<uuid:record>")
@needs(Permission.PATIENT_RECORD)
def record(record: UUID) -> str:
    """Show one record: how to reach the patient, visits, messages, and others like it."""
    shown = patients.patient(record)
    joined = patients.join_of(shown.id)
    history, now = queries.history(shown), clock.now()
    page = render_template(
        "records/record.html",
        patient=shown,
        joined=joined,
        holds=patients.joined_to(shown.id),
        history=history,
        mails=[messages.logged(mail, now) for mail in history.mails],
        alike=[(other, _same(shown, other)) for other in patients.alike(shown)],
        mailed=wanted_by(shown),
        status_names=status_names(),
        zone=boards.zone().key,
        now=now,
    )
    _note(RecordOpened(patient_id=shown.id))
    return page


@bp.get("/patients/<uuid:record>/details")
@needs(Permission.PATIENT_RECORD)
def details(record: UUID) -> Any:
    """Show how a patient is called and reached, to be changed."""
    shown = patients.current(record)
    form = _form(
        formdata=None,
        data={
            "name": shown.name,
            "phone": shown.phone,
            "email": shown.email,
            "channels": sorted(shown.safe_channels),
            "note": shown.contact_note or "",
            "invites": shown.invites.value,
        },
    )
    _note(RecordOpened(patient_id=shown.id))
    return _details_page(record, form)


@bp.post("/patients/<uuid:record>/details")
@needs(Permission.PATIENT_RECORD)
def details_set(record: UUID) -> Any:
    """Change it."""
    patients.current(record)
    form = _form()
    if not form.validate():
        return _details_page(record, form)
    with transaction():
        kept = actions.correct(
            current_actor(), record, _typed(form), now=clock.now(), base_url=site.base_url()
        )
        back = kept.public_id
    flash(_("Changed."))
    return redirect(url_for("records.record", record=back), code=303)


@bp.get("/patients/<uuid:record>/beside/<uuid:other>")
@needs(Permission.PATIENT_RECORD)
def beside(record: UUID, other: UUID) -> Any:
    """Show two records side by side, and ask which of them stays."""
    return _beside_page(record, other)


@bp.post("/patients/<uuid:record>/beside/<uuid:other>")
@needs(Permission.PATIENT_RECORD)
def join(record: UUID, other: UUID) -> Any:
    """Join them: the one whose button was pressed stays."""
    kept, gone = (other, record) if request.form.get("keep") == str(other) else (record, other)
    try:
        with transaction():
            actions.join(current_actor(), kept, gone, now=clock.now(), base_url=site.base_url())
    except WrongState as refused:
        return _beside_page(record, other, refused)
    flash(_("The two records are one now. You can part them again below."))
    return redirect(url_for("records.record", record=kept), code=303)


@bp.post("/patients/<uuid:record>/part")
@needs(Permission.PATIENT_RECORD)
def part(record: UUID) -> Response:
    """Take a join back."""
    with transaction():
        parted = actions.part(current_actor(), record, now=clock.now(), base_url=site.base_url())
        gone = parted.public_id
    flash(_("Parted. What came from this record is here again."))
    return redirect(url_for("records.record", record=gone), code=303)


def _note(event: Event) -> None:
    with transaction():
        audit.record(event, by=current_actor(), at=clock.now())


def _form(**values: Any) -> DetailsForm:
    return DetailsForm(region=clinic.organisation().region, **values)


def _typed(form: DetailsForm) -> actions.Details:
    """What was typed; the form has validated."""
    email = (form.email.data or "").strip()
    return actions.Details(
        name=clean_name(form.name.data or ""),
        phone=clean_phone(form.phone.data or "", region=form.region),
        email=clean_email(email) if email else "",
        channels=tuple(Channel(word) for word in form.channels.data or ()),
        note=(form.note.data or "").strip(),
        invites=InviteStyle(form.invites.data),
    )


def _details_page(record: UUID, form: DetailsForm) -> Any:
    page = render_template(
        "records/details.html", form=form, record=record, patient=patients.patient(record)
    )
    return page, 422 if form.errors else 200


def _beside_page(record: UUID, other: UUID, refused: WrongState | None = None) -> Any:
    pair = patients.patient(record), patients.patient(other)
    if pair[0].id == pair[1].id or any(patients.join_of(one.id) for one in pair):
        raise NotFound
    now = clock.now()
    same = queries.same_in(*pair)
    page = render_template(
        "records/beside.html",
        pair=pair,
        visits=[queries.visits_of(one) for one in pair],
        same=same,
        words=_words(same),
        meeting=queries.meeting(*pair, now=now),
        zone=boards.zone().key,
        refused=refused and _(refused.message),
        has_error=refused is not None,
    )
    for one in pair:
        _note(RecordOpened(patient_id=one.id))
    return page, refused.status if refused else 200


def _same(one: Patient, other: Patient) -> str:
    """What two records have in common, in words."""
    return _words(queries.same_in(one, other))


def _words(same: frozenset[Same]) -> str:
    names = {
        Same.NAME: _("name"),
        Same.EMAIL: _("e-mail address"),
        Same.PHONE: _("phone number"),
        Same.BORN: _("birth date"),
    }
    told: Sequence[str] = [words for each, words in names.items() if each in same]
    return ", ".join(told)
