"""What is no longer kept: forms never sent, after thirty days."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.audit.models import AuditRow
from booking.core import clock
from booking.core.db import session, transaction
from booking.intake.models import AnswersVersion, Flag, FormState, IntakeForm
from booking.intake.rules.answers import Answer
from booking.rights import actions, jobs
from tests.conftest import Cast
from tests.factories import MONDAY_10AM, NOW, Clinic, make_appointment, make_patient
from tests.intake.filled import make_form, make_sent, said, save

DAYS = timedelta(days=1)
TOLD = {"u_now": said("none"), "hope": Answer(text="canary-hope")}


def run(app: Flask) -> None:
    with app.app_context():
        jobs.keep_to_schedule(now=clock.now(), base_url="http://localhost")


def versions(app: Flask) -> int:
    with app.app_context():
        return session().scalar(select(func.count()).select_from(AnswersVersion)) or 0


@pytest.mark.both
def test_a_form_never_sent_goes_after_thirty_days_and_stays_gone(
    app: Flask, clinic: Clinic, at: Callable[..., None]
) -> None:
    with app.app_context(), transaction():
        form = make_form(
            make_appointment(
                clinic, starts_at=MONDAY_10AM + 60 * DAYS, ends_at=MONDAY_10AM + 60.04 * DAYS
            )
        )
        save(form, TOLD)
        public_id = form.public_id
        make_sent(clinic, {}, patient_id=make_patient("Rosa", "rosa@example.org").id)
    at(NOW + 29 * DAYS)
    run(app)
    assert versions(app) == 2
    at(NOW + 31 * DAYS)
    run(app)
    assert versions(app) == 1  # what was sent stays
    tombstones = app.extensions["settings"].tombstones
    lines = [json.loads(line) for line in tombstones.read_text().splitlines()]
    assert lines[-1]["form"] == str(public_id)
    with app.app_context():
        left = session().scalars(select(IntakeForm).filter_by(public_id=public_id)).one()
        assert (left.state, left.first_answer_at) == (FormState.DRAFT, None)
        row = session().scalars(select(AuditRow).filter_by(tag="retention:unfinished")).one()
        assert (row.actor, row.details) == ("system", {"forms": 1})
        # A copy from before is restored: it goes again.
        with transaction():
            save(left, TOLD)
        with transaction():
            assert actions.erase_again(actions.buried_in(tombstones), now=clock.now()) == 1
    assert versions(app) == 1


def test_what_is_to_ring_about_or_was_decided_on_stays(
    app: Flask, clinic: Clinic, cast: Cast, at: Callable[..., None]
) -> None:
    with app.app_context(), transaction():
        urgent = make_form(make_appointment(clinic))
        save(urgent, {"u_now": said("faint")})
        other = make_patient("Rosa", "rosa@example.org")
        later = MONDAY_10AM + timedelta(hours=2)
        visit = make_appointment(
            clinic, patient_id=other.id, starts_at=later, ends_at=later + timedelta(hours=1)
        )
        save(make_form(visit), {"u_now": said("none")})
        public_id = visit.public_id
    page = cast["mei"].get(f"/forms/{public_id}/read")
    page.submit({"choice": "go-ahead", "note": "Asked all"}, button="Record decision")
    at(NOW + 40 * DAYS)
    run(app)
    assert versions(app) == 2
    with app.app_context(), transaction():
        for flag in session().scalars(select(Flag).where(Flag.form_id == 1)):
            flag.handled_at, flag.handled_by = NOW, clinic.reception_user
    run(app)
    assert versions(app) == 1
