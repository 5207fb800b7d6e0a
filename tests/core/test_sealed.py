"""What is sealed is readable nowhere in the database, and opens in its own place only."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import LargeBinary

from booking.accounts.models import User
from booking.core.db import Base, db, session, transaction
from booking.core.errors import SealBroken
from booking.core.sealed import SealedJson
from booking.intake.models import AnswersVersion
from booking.intake.rules.answers import Answer
from booking.patients.models import Patient
from tests.factories import MINUTES, MONDAY_10AM, Clinic, make_patient
from tests.house.everybody import Everybody
from tests.intake.filled import make_sent

CANARY = "kanarienvogel"
Place = tuple[type[Base], str]


def sealed_places() -> Iterator[Place]:
    """Every sealed property of every table, found as a forgotten one would be."""
    for mapper in Base.registry.mappers:
        for name, found in vars(mapper.class_).items():
            if isinstance(found, SealedJson):
                yield mapper.class_, name


def test_every_column_that_holds_sealed_bytes_is_read_through_a_seal() -> None:
    """Holds sec_G1."""
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name.endswith("_sealed")
    }
    found = {f"{model.__tablename__}.{vars(model)[name].column}" for model, name in sealed_places()}
    assert found == columns
    assert len(found) > 10


def test_nothing_sealed_is_readable_in_any_file(app: Flask, clinic: Clinic, tmp_path: Path) -> None:
    """A word in every sealed place there is a row for, then a look at the files as they are.

    Holds sec_G1.
    """
    Everybody(app, clinic)
    written = 0
    with app.app_context():
        with transaction():
            make_patient("Readable Name", "readable@example.org")
            for model, name in sealed_places():
                for row in session().query(model):
                    setattr(row, name, {"told": f"{CANARY} {name}"})
                    written += 1
        db.session.remove()
        db.engine.dispose()
    assert written > 10
    files = [file.read_bytes() for file in tmp_path.glob("test.db*")]
    assert any(b"Readable Name" in each for each in files)
    assert not any(CANARY.encode() in each for each in files)


@pytest.mark.both
def test_what_was_sealed_opens_in_its_own_row_column_and_owner_only(
    app: Flask, clinic: Clinic
) -> None:
    """Swapped between two people's rows, two columns, or given to another owner.

    Holds sec_G1, sec_G5.
    """
    with app.app_context(), transaction():
        mine = make_sent(clinic, {"else": Answer(text=CANARY)})
        starts = MONDAY_10AM + 120 * MINUTES
        make_sent(
            clinic,
            {"else": Answer(text=CANARY)},
            patient_id=make_patient("Other Person", "other@example.org").id,
            starts_at=starts,
            ends_at=starts + 60 * MINUTES,
        )
        first, second = session().query(AnswersVersion).order_by(AnswersVersion.id)
        patient = session().get_one(Patient, mine.patient_id)
        patient.contact_note, patient.wishes = CANARY, {"avoid": CANARY}
        member = session().get_one(User, clinic.mei_user)
        member.totp_secret = CANARY
        session().flush()
        own = first.response_sealed, second.response_sealed
        first.response_sealed, second.response_sealed = reversed(own)
        for row in (first, second):
            with pytest.raises(SealBroken):
                _ = row.response
        first.response_sealed, second.response_sealed = own
        assert CANARY in str(first.response)
        first.owner_id = second.owner_id
        with pytest.raises(SealBroken):
            _ = first.response
        patient.contact_note_sealed = patient.wishes_sealed
        with pytest.raises(SealBroken):
            _ = patient.contact_note
        member.public_id = uuid4()
        with pytest.raises(SealBroken):
            _ = member.totp_secret
        db.session.rollback()
