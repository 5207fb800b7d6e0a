"""A practitioner reads a form and records what she decided.

Flags never decide: each that stands before treatment waits for this.
"""

from datetime import datetime
from uuid import UUID

from booking.access.policy import Actor
from booking.audit import actions as audit
from booking.audit.rules.forms import AnswersCopied, DecisionRecorded, FormsListed
from booking.core.db import session
from booking.core.errors import N_, NotFound, WrongState
from booking.intake.actions.flags import raise_unsent, settle
from booking.intake.actions.opening import fresh, opened, user_of
from booking.intake.actions.patient import form_for_appointment
from booking.intake.models import Choice, Decision, Flag, IntakeForm, Severity
from booking.intake.queries import review as queries
from booking.intake.queries.queue import Queue, own_queue
from booking.intake.queries.review import Review
from booking.intake.queries.standing import decisions_on, live_flags
from booking.intake.rules.review import Shelf

NOT_SENT = N_("This form has not been sent yet, so there is nothing to copy.")
CHANGED = N_("The answers have changed since you opened this page. Please read them, then decide.")


def list_for_practitioner(
    actor: Actor, *, shelf: Shelf | None, page: int = 0, now: datetime
) -> Queue[Shelf]:
    """One page of the practitioner's own list, with a row in the audit for having looked."""
    found = own_queue(actor, shelf=shelf, chosen=None, page=page, now=now)
    audit.record(FormsListed(forms=sum(found.counts.values())), by=actor, at=now)
    return found


def open_to_read(actor: Actor, public_id: UUID, *, now: datetime) -> Review:
    """Open one form as a practitioner who has a visit of hers. Raises NotFound."""
    visit = queries.visit_for_practitioner(actor, public_id, now=now)
    review = fresh(queries.review_of(visit), now=now)
    audit.record(opened(review, "practitioner"), by=actor, at=now)
    return review


def copy_form(actor: Actor, public_id: UUID, *, kind: str, now: datetime) -> Review:
    """Read a form that was sent, to make a copy of it. Raises NotFound, WrongState before that."""
    review = queries.review_of(queries.visit_for_practitioner(actor, public_id, now=now))
    if review.form is None or review.form.sent_at is None:
        raise WrongState(NOT_SENT)
    copied = AnswersCopied(
        patient_id=review.form.patient_id,
        form_id=review.form.id,
        version=review.version,
        kind=kind,
    )
    audit.record(copied, by=actor, at=now)
    return review


def decide(
    actor: Actor,
    public_id: UUID,
    choice: Choice,
    note: str,
    *,
    only: str = "",
    version: int,
    now: datetime,
) -> int:
    """Record a decision on one flag, or one on every flag that waits; return on how many.

    `only` is the rule of the one flag. `version` is that of the answers she read. On a form never
    sent the rules run first, so that what is unknown is decided on too. Flags decided before are
    decided anew; the same decision again changes nothing. Raises NotFound unless it is her own
    visit, WrongState when the answers have changed since.
    """
    visit = queries.visit_for_practitioner(actor, public_id, now=now)
    if not queries.treats(actor, visit):
        raise NotFound
    form = form_for_appointment(visit.id, now=now)  # from here on her answers stand still
    review = queries.review_of(visit)
    if review.version != version:
        raise WrongState(CHANGED)
    if form.sent_at is None:
        raise_unsent(form, review.answers, now=now)
    flags = _to_decide(form.id, only)
    if only and not flags:
        raise WrongState(CHANGED)
    if _said_just_now(flags, choice, note):
        return 0
    made = [_decision(actor, form, flag.id, choice, note, now) for flag in flags]
    settle(form, by=actor, now=now)
    for row in made:
        event = DecisionRecorded(patient_id=form.patient_id, form_id=form.id, flag_id=row.flag_id)
        audit.record(event, by=actor, at=now)
    return len(made)


def _to_decide(form_id: int, only: str) -> list[Flag]:
    """The flags a decision is for: the one named, else those undecided, else all of them."""
    flags = [f for f in live_flags([form_id]).get(form_id, []) if f.severity is not Severity.NOTE]
    if only:
        return [flag for flag in flags if flag.rule_id == only]
    decided = decisions_on(flags)
    return [flag for flag in flags if flag.id not in decided] or flags


def _said_just_now(flags: list[Flag], choice: Choice, note: str) -> bool:
    """Whether this very decision stands on all of them already, as after a double click."""
    decided = decisions_on(flags)
    standing = [decided.get(flag.id) for flag in flags]
    return bool(flags) and all(
        row is not None and row.choice is choice and row.note == note for row in standing
    )


def _decision(
    actor: Actor, form: IntakeForm, flag_id: int, choice: Choice, note: str, now: datetime
) -> Decision:
    row = Decision(
        flag_id=flag_id,
        owner_id=form.owner_id,
        choice=choice,
        decided_by=user_of(actor),
        decided_at=now,
    )
    row.note = note
    session().add(row)
    return row
