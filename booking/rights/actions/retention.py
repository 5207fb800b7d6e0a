"""What is no longer kept after a time: forms begun and never sent.

A form somebody decided on in person is part of the record, and one to ring about waits for that;
both stay. The visit's form can be begun anew: only what was answered goes.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, update

from booking.audit import actions as audit
from booking.audit.rules.forms import UnfinishedDeleted
from booking.core.db import session
from booking.intake.models import (
    AnswersVersion,
    Flag,
    FormBrowser,
    IntakeForm,
    Question,
    TypedForm,
)
from booking.rights.actions.tombstones import bury
from booking.rights.queries import retention as queries


def delete_unfinished(*, tombstones: Path, now: datetime) -> int:
    """Delete the forms never sent that are old by the clinic's setting; return how many."""
    due = queries.unfinished(now=now)
    # Whoever saves a page meanwhile holds its visit's row, and the form is young again.
    queries.lock_visits([form.appointment_id for form in due])
    due = queries.unfinished(now=now)
    if not due:
        return 0
    _delete([form.id for form in due])
    audit.record(UnfinishedDeleted(forms=len(due)), by=None, at=now)
    # Before the commit: a tombstone without a deletion does no harm, the opposite would.
    bury(tombstones, [form.public_id for form in due], what="form", now=now)
    return len(due)


def delete_again(public_id: UUID) -> bool:
    """Delete a form that a restored copy brought back; False where it is none, or was sent."""
    form = session().scalar(select(IntakeForm).where(IntakeForm.public_id == public_id))
    if form is None or form.sent_at is not None or form.first_answer_at is None:
        return False
    _delete([form.id])
    return True


def _delete(form_ids: Collection[int]) -> None:
    quietly = {"synchronize_session": False}
    for table in (Flag, Question, AnswersVersion, FormBrowser, TypedForm):
        which = table.form_id.in_(form_ids)
        session().execute(delete(table).where(which), execution_options=quietly)
    session().execute(
        update(IntakeForm)
        .where(IntakeForm.id.in_(form_ids))
        .values(first_answer_at=None, claimed_by=None, claimed_at=None),
        execution_options=quietly,
    )
    session().expire_all()
