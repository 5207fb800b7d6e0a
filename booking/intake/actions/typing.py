"""Staff type a form for her, from paper, by phone or beside her, marked until confirmed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.appointments.models import Appointment
from booking.audit import actions as audit
from booking.audit.rules.forms import FormConfirmed, FormTyped
from booking.core.db import session
from booking.core.errors import N_, WrongState
from booking.intake.actions import consents, flags
from booking.intake.actions.opening import user_of
from booking.intake.actions.patient import form_for_appointment, store
from booking.intake.actions.wishes import hand_over
from booking.intake.models import ConsentKind, IntakeForm, TypedForm, Way
from booking.intake.queries import patient as queries
from booking.intake.queries import questionnaires
from booking.intake.queries.answers import newest
from booking.intake.queries.review import visit_for_practitioner, visit_for_reception
from booking.intake.rules.answers import Answers
from booking.intake.rules.draft import Draft
from booking.intake.rules.progress import SENDING_PAGE, still_missing
from booking.intake.rules.questionnaire import live

NOBODY = 0  # no browser gave these answers: they are shown to her signed in, or by a code
BEGUN = N_("This form has been begun already, so it cannot be typed here.")
NOT_COMPLETE = N_("Some questions that are needed have no answer yet.")


def type_form(
    actor: Actor, public_id: UUID, answers: Answers, way: Way, *, link: str, now: datetime
) -> None:
    """Store what she said as a sent form, marked as typed by staff.

    `link` is the full address of the list of forms. Raises NotFound for a visit that is neither
    reception's nor of a patient of hers, and WrongState for a form somebody has begun, or while
    something needed is missing.
    """
    visit = visit_to_type(actor, public_id, now=now)
    form = form_for_appointment(visit.id, now=now)
    if newest(form) is not None:
        raise WrongState(BEGUN)
    asked = questionnaires.of(form)
    if still_missing(questionnaires.put_to(visit.patient, asked), answers):
        raise WrongState(NOT_COMPLETE)
    pages = [page for section in asked.sections for page in section.items]
    given = {page.link_id: NOBODY for page in pages if page.link_id != SENDING_PAGE}
    draft = Draft(live(asked.sections, answers), given)
    who = user_of(actor)
    version = store(form, draft, status="completed", now=now, by=f"user:{who}")
    form.first_answer_at = form.sent_at = now
    session().add(TypedForm(form_id=form.id, way=way, typed_by=who, typed_at=now))
    hand_over(form, draft.answers, now=now)
    source = consents.typed(actor, way)
    consents.keep_said(actor, form, draft.answers, source=source, now=now)
    flags.raise_for(form, draft.answers, link=link, now=now)
    typed = FormTyped(patient_id=form.patient_id, form_id=form.id, version=version)
    audit.record(typed, by=actor, at=now)


def visit_to_type(actor: Actor, public_id: UUID, *, now: datetime) -> Appointment:
    """A visit whose form whoever acts may type: at reception any, else a patient's of her own."""
    if actor.is_reception:
        return visit_for_reception(public_id)
    return visit_for_practitioner(actor, public_id, now=now)


def confirm_at_visit(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Note that what was typed was gone through with her. Raises NotFound, WrongState."""
    visit = visit_to_type(actor, public_id, now=now)
    form = form_for_appointment(visit.id, now=now)
    _confirmed(actor, form, by=f"user:{user_of(actor)}", now=now)


def confirm_by_link(
    actor: Actor, visit: UUID, ticks: Answers, *, pages: Mapping[ConsentKind, str], now: datetime
) -> None:
    """She has read what was typed for her and finds it right. Raises NotFound, WrongState.

    `ticks` are the statements before sending as far as she ticks them now; nobody else could.
    `pages` are the texts linked beside them.
    """
    own = queries.visit_for(actor, visit, now=now)
    form = form_for_appointment(own.id, now=now)
    if _confirmed(actor, form, by="patient", now=now):
        consents.keep_said(actor, form, ticks, source=consents.herself(actor), pages=pages, now=now)


def _confirmed(actor: Actor, form: IntakeForm, *, by: str, now: datetime) -> bool:
    """Mark it confirmed; False where it was before."""
    typed = session().get(TypedForm, form.id)
    if typed is None:
        raise WrongState
    if typed.confirmed_at is not None:
        return False
    typed.confirmed_at, typed.confirmed_by = now, by
    audit.record(FormConfirmed(patient_id=form.patient_id, form_id=form.id), by=actor, at=now)
    return True
