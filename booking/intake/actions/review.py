"""Reception's part in a form: open it, claim it, ask back, ring, mark one's part done."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from booking.access.policy import Actor
from booking.accounts.models import User
from booking.audit import actions as audit
from booking.audit.rules.forms import (
    FlagHandled,
    FormsListed,
    FormStateChanged,
    PractitionerReminded,
)
from booking.audit.rules.visits import VisitOpened
from booking.clinic import queries as clinic_queries
from booking.core.db import session
from booking.core.errors import N_, BadInput, WrongState
from booking.core.words import local_day
from booking.intake import emails
from booking.intake.actions.at_desk import DeskReview, at_desk
from booking.intake.actions.flags import settle
from booking.intake.actions.opening import fresh, opened, user_of
from booking.intake.actions.patient import form_for_appointment
from booking.intake.actions.writing import write_to
from booking.intake.models import IntakeForm, Question, Severity
from booking.intake.queries import review as queries
from booking.intake.queries.answers import form_of
from booking.intake.queries.queue import Queue, desk_queue
from booking.intake.queries.review import Review
from booking.intake.queries.standing import live_flags, open_questions, standing
from booking.intake.rules.review import Tab
from booking.mail import outbox

TAKEN = N_("Somebody else has taken this form meanwhile.")
NOT_SENT = N_("This form has not been sent yet, so there is nothing to mark as done.")
SENT = N_("This form has been sent already.")
NOT_WAITING = N_("Nothing of this form waits for the practitioner any more.")
NO_ACCOUNT = N_("This practitioner does not sign in here. Please call instead.")
STILL_TO_RING = N_("Please ring first, and mark it here.")
WITH_HER = N_(
    "A question is still with the patient. Your part can be marked as done after the answer."
)


def list_for_reception(
    actor: Actor, *, tab: Tab | None, page: int = 0, now: datetime
) -> Queue[Tab]:
    """One page of the queue, with a row in the audit for having looked."""
    found = desk_queue(tab=tab, chosen=None, page=page, now=now)
    audit.record(FormsListed(forms=sum(found.counts.values())), by=actor, at=now)
    return found


def open_at_desk(actor: Actor, public_id: UUID, *, now: datetime) -> DeskReview:
    """Open one form at reception. Raises NotFound."""
    review = fresh(queries.review_of(queries.visit_for_reception(public_id)), now=now)
    audit.record(opened(review, "reception"), by=actor, at=now)
    return at_desk(review)


def claim(actor: Actor, public_id: UUID, *, holder: int | None, now: datetime) -> None:
    """Take a form, from nobody or from `holder` (a user id) as shown on the page.

    Raises NotFound, WrongState when another has taken it meanwhile.
    """
    visit = queries.visit_for_reception(public_id)
    form = form_for_appointment(visit.id, now=now)
    if form.claimed_by == actor.user_id:
        return
    took = session().execute(
        update(IntakeForm)
        .where(IntakeForm.id == form.id, IntakeForm.claimed_by.is_not_distinct_from(holder))
        .values(claimed_by=actor.user_id, claimed_at=now)
        .returning(IntakeForm.id)
    )
    if took.first() is None:
        raise WrongState(TAKEN)
    event = FormStateChanged(patient_id=form.patient_id, form_id=form.id, state="claimed")
    audit.record(event, by=actor, at=now)


def ask(
    actor: Actor, public_id: UUID, link_ids: Collection[str], *, base_url: str, now: datetime
) -> bool:
    """Ask the patient to answer these questions again, by mail with a link to her form.

    Tells whether a message goes: see `writing.write_to`. Without one they wait on her form.
    `base_url` is this deployment's own address. Raises NotFound, WrongState before she has sent
    the form, BadInput for questions that cannot be asked from the desk.
    """
    review = _held(public_id, now=now)
    form = _sent(review.form)
    at_the_desk = at_desk(review)
    fresh = [each for each in link_ids if each not in at_the_desk.asked]
    if not set(link_ids) <= {item.link_id for item in at_the_desk.askable} or not link_ids:
        raise BadInput
    for link_id in fresh:
        row = Question(form_id=form.id, link_id=link_id, asked_at=now)
        row.asked_by = user_of(actor)
        session().add(row)
    written = True
    if fresh:
        # What she answers is looked at again.
        form.reception_done_at = form.reception_done_by = None
        key = f"{form.id}:{now.isoformat()}"
        written = write_to(review.visit, key=key, base_url=base_url, now=now)
    settle(form, by=actor, now=now)
    return written


def remind(actor: Actor, public_id: UUID, *, base_url: str, now: datetime) -> bool:
    """Mail her the link to the questions again; at most once a day. Raises NotFound, WrongState.

    Tells whether a message goes: see `writing.write_to`.
    """
    visit = queries.visit_for_reception(public_id)
    form = form_of(visit.id)
    if form is not None and form.sent_at is not None:
        raise WrongState(SENT)
    written = write_to(visit, key=f"remind:{visit.id}:{now.date()}", base_url=base_url, now=now)
    audit.record(
        VisitOpened(patient_id=visit.patient_id, appointment_id=visit.id), by=actor, at=now
    )
    return written


def remind_practitioner(actor: Actor, public_id: UUID, *, link: str, now: datetime) -> None:
    """Mail the practitioner of a visit that forms wait for her; at most once a day.

    `link` is the full address of her list. Raises NotFound, WrongState when none of the visit
    waits for her decision or she has no account.
    """
    review = _held(public_id, now=now)
    form, visit = review.form, review.visit
    flags = [standing(flag, review.decided) for flag in review.flags]
    if form is None or not any(flag.needs_decision for flag in flags):
        raise WrongState(NOT_WAITING)
    # Two at the desk may press at once, each for another visit of hers.
    account = session().scalar(
        select(User).where(User.id == visit.practitioner.user_id).with_for_update()
    )
    if account is None:
        raise WrongState(NO_ACCOUNT)
    day = local_day(now, visit.location.zone)
    mail = emails.to_read(account, clinic_queries.organisation(), link=link, day=day)
    outbox.enqueue(mail, now=now)
    event = PractitionerReminded(patient_id=form.patient_id, form_id=form.id)
    audit.record(event, by=actor, at=now)


def rang(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Note that she was rung about everything urgent on her form. Raises NotFound."""
    form = _held(public_id, now=now).form
    if form is None:
        raise WrongState
    waiting = [
        flag
        for flag in live_flags([form.id]).get(form.id, [])
        if flag.severity is Severity.URGENT and flag.handled_at is None
    ]
    for flag in waiting:
        flag.handled_at, flag.handled_by = now, actor.user_id
    settle(form, by=actor, now=now)
    for flag in waiting:
        event = FlagHandled(patient_id=form.patient_id, form_id=form.id, flag_id=flag.id)
        audit.record(event, by=actor, at=now)


def finish_at_desk(actor: Actor, public_id: UUID, *, now: datetime) -> None:
    """Mark reception's part as done. Raises NotFound, WrongState while something is open."""
    review = _held(public_id, now=now)
    form = _sent(review.form)
    flags = [standing(flag, review.decided) for flag in review.flags]
    if any(flag.needs_call for flag in flags):
        raise WrongState(STILL_TO_RING)
    if open_questions(form.id):
        raise WrongState(WITH_HER)
    form.reception_done_at, form.reception_done_by = now, actor.user_id
    event = FormStateChanged(patient_id=form.patient_id, form_id=form.id, state="reception-done")
    audit.record(event, by=actor, at=now)
    settle(form, by=actor, now=now)


def _held(public_id: UUID, *, now: datetime) -> Review:
    """One form, with its visit's row locked: nobody else changes where it stands meanwhile."""
    visit = queries.visit_for_reception(public_id)
    form_for_appointment(visit.id, now=now)
    return queries.review_of(visit)


def _sent(form: IntakeForm | None) -> IntakeForm:
    if form is None or form.sent_at is None:
        raise WrongState(NOT_SENT)
    return form
