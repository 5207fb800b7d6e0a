"""A day's mixed work, and then the audit alone says who saw whom and what was refused (R18)."""

import csv
import io
import random
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from booking.audit.models import AuditRow
from booking.core.db import session, transaction
from booking.patients.models import Patient
from tests.conftest import Cast
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_patient
from tests.intake.filled import make_sent

NAMES = {"reception": "Dana Whitlock", "mei": "Mei Tan", "ines": "Inês Roca", "owner": "Olive Hart"}
# Who asks for what, and what the audit says of it; None where it is refused. Visits are Mei's.
ACTS = [
    ("reception", "/visits/{visit}", "visit:opened"),
    ("reception", "/patients/{record}", "patient:opened"),
    ("reception", "/forms/{visit}", "intake:opened"),
    ("mei", "/visits/{visit}", "visit:opened"),
    ("mei", "/forms/{visit}/read", "intake:opened"),
    ("mei", "/forms/{visit}/copy?as=json", "intake:copied"),
    ("ines", "/visits/{visit}", None),
    ("ines", "/forms/{visit}/read", None),
    ("owner", "/forms/{visit}/read", None),
    ("reception", "/records/{record}/openings", None),
]


@pytest.fixture
def patients(app: Flask, clinic: Clinic) -> list[dict[str, str]]:
    """Public ids of three people's visits with Mei, forms sent, and of their records."""
    found = []
    with app.app_context(), transaction():
        for number in range(3):
            starts = MONDAY_10AM + 120 * number * MINUTES
            form = make_sent(
                clinic,
                {},
                patient_id=make_patient(f"Person {number}", f"p{number}@example.org").id,
                starts_at=starts,
                ends_at=starts + 60 * MINUTES,
            )
            record = session().get_one(Patient, form.patient_id).public_id
            found.append({"visit": str(form.appointment.public_id), "record": str(record)})
    return found


@pytest.mark.both
def test_r18_who_saw_whom_and_what_was_refused_is_exact(
    app: Flask, cast: Cast, patients: list[dict[str, str]]
) -> None:
    """Holds sec_H1, sec_H3."""
    dice = random.Random(18)  # noqa: S311 - a repeatable mix, not a secret
    seen: Counter[tuple[str, str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for who, path, tag in dice.choices(ACTS, k=60):
        of = dice.choice(patients)
        status = cast[who].client.get(path.format(**of)).status_code
        if tag is None:
            assert status in {403, 404}, (who, path)
            refused[who, of["visit"] if "visit" in path else of["record"]] += 1
        else:
            assert status == 200, (who, path)
            seen[of["record"], NAMES[who], tag] += 1
    told: Counter[tuple[str, str, str]] = Counter()
    for of in patients:
        file = cast["owner"].client.get(f"/records/{of['record']}/openings.csv")
        rows = list(csv.reader(io.StringIO(file.text)))[1:]
        told.update((of["record"], row[1], row[2]) for row in rows if row[1] in NAMES.values())
    assert told - Counter({key: told[key] for key in told if key[2] == "audit:listed"}) == seen
    with app.app_context():
        found = session().scalars(select(AuditRow).where(AuditRow.tag == "access:refused"))
        users = {f"user:{getattr(cast.clinic, f'{who}_user')}": who for who in NAMES}
        assert Counter((users[row.actor], row.details["about"]) for row in found) == refused
