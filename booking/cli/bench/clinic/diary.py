"""Who comes when, ahead and behind, loaded in bulk."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert

from booking.appointments.models import Appointment, Clearance, Status
from booking.cli.bench.clinic.made import (
    AT_ONCE,
    BOARD_DAY,
    BOARD_VISITS,
    DAYS,
    LENGTH,
    MONDAY,
    NOW,
    TO_A_LOCATION,
    VISITS,
    ZONE,
    Member,
    Visit,
    drawn_uuid,
)
from booking.core.db import session, transaction
from booking.intake.models import Flag, FormState, IntakeForm, Severity
from booking.intake.rules import ruleset
from booking.occupancy import actions as occupancy
from booking.occupancy.rules import Claim


def half_hours(first: date, last: date) -> Iterator[datetime]:
    """Every start of the working days from `first` up to, not with, `last`."""
    for nth in range((last - first).days):
        day = first + timedelta(days=nth)
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), ZONE).astimezone(UTC)
            yield from (opens + n * LENGTH for n in range(16))


def ahead(one: Member, staff: Sequence[Member], dice: random.Random) -> list[datetime]:
    """When people come to her in the days ahead: 150 times, many of them on the board day."""
    tomorrow, last = MONDAY + timedelta(days=1), MONDAY + timedelta(days=DAYS)
    starts = list(half_hours(tomorrow, last))
    board = [start for start in starts if start.date() == BOARD_DAY]
    if one not in staff[:TO_A_LOCATION]:
        return dice.sample(starts, VISITS)
    others = [start for start in starts if start.date() != BOARD_DAY]
    return dice.sample(board, BOARD_VISITS) + dice.sample(others, VISITS - BOARD_VISITS)


def behind(staff: Sequence[Member]) -> Iterator[Visit]:
    """Full days, back from last Friday."""
    monday = MONDAY
    while True:
        monday -= timedelta(days=7)
        for start in half_hours(monday, monday + timedelta(days=7)):
            yield from ((one, start) for one in staff)


def load(
    visits: Iterable[Visit], service: int, status: Status, dice: random.Random
) -> list[tuple[int, int]]:
    """Store visits; return (appointment id, patient id) of each."""
    stream, made = iter(visits), list[tuple[int, int]]()
    add = insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True)
    while some := list(islice(stream, AT_ONCE)):
        rows = [_row(one, start, service, status, dice) for one, start in some]
        with transaction():
            ids = list(session().scalars(add, rows))
            occupancy.claim_much(_claims(some, rows, ids))
        made += [(number, row["patient_id"]) for number, row in zip(ids, rows, strict=True)]
    return made


def _row(
    one: Member, start: datetime, service: int, status: Status, dice: random.Random
) -> dict[str, Any]:
    public_id = drawn_uuid(dice)
    return {
        "public_id": public_id,
        "uid": f"{public_id}@canalstreet.example",
        "sequence": 0,
        "patient_id": dice.choice(one.patients)[0],
        "practitioner_id": one.id,
        "location_id": one.location,
        "room_id": one.room,
        "service_id": service,
        "starts_at": start,
        "ends_at": start + LENGTH,
        "status": status,
        "clearance": Clearance.WAITING,
        "created_at": NOW,
        "changed_at": NOW,
    }


def _claims(
    visits: Sequence[Visit], rows: Sequence[dict[str, Any]], ids: Sequence[int]
) -> Iterator[tuple[int, Claim]]:
    for (one, start), row, number in zip(visits, rows, ids, strict=True):
        patient = dict(one.patients)[row["patient_id"]]
        for resource in (one.resource, one.room_resource, patient):
            yield number, Claim(resource, start, start + LENGTH)


def forms(visits: Sequence[tuple[int, int]], dice: random.Random) -> None:
    """Forms in every state of their review; one in ten has a flag that waits for a decision."""
    rules = [rule.id for rule in ruleset.shipped().rules]
    states = list(FormState)
    for appointment_id, patient_id in visits:
        owner = drawn_uuid(dice)
        form = IntakeForm(
            owner_id=owner,
            patient_id=patient_id,
            appointment_id=appointment_id,
            questionnaire_version="1",
            state=dice.choice(states),
            created_at=NOW,
            sent_at=NOW,
        )
        session().add(form)
        if dice.randrange(10) == 0:
            session().flush()
            session().add(
                Flag(
                    form_id=form.id,
                    owner_id=owner,
                    rule_id=dice.choice(rules),
                    rule_version="1",
                    severity=Severity.BEFORE,
                    raised_at=NOW,
                )
            )
