"""After erasing, nothing of somebody stands in any file of the database."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from booking.core.db import session, transaction
from booking.core.sealed import DataKey
from booking.patients.models import Patient
from booking.rights import actions as rights
from booking.rights.jobs import keep_to_schedule
from tests.factories import NOW, make_organisation, make_patient

NAME, ADDRESS = "Canary Quill", "canary.quill@example.org"


def traces(file: Path, words: list[bytes]) -> list[tuple[str, bytes]]:
    files = {each.name: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}
    return [(name, word) for name, held in files.items() for word in words if word in held]


def test_neither_name_nor_address_nor_key_is_left_in_any_file(app: Flask) -> None:
    """Holds sec_H5."""
    settings = app.extensions["settings"]
    with app.app_context(), transaction():
        make_organisation()
        patient = make_patient(NAME, ADDRESS)
        patient.contact_note = "only after six"
        session().flush()
        owner = patient.public_id
        key = session().scalars(select(DataKey).filter_by(owner_id=owner)).one().wrapped
    words = [NAME.encode(), NAME.lower().encode(), ADDRESS.encode(), key]
    assert len({word for _name, word in traces(settings.database_file, words)}) == len(words)
    with app.app_context(), transaction():
        rights.erase(None, owner, tombstones=settings.tombstones, years=8, now=NOW)
    with app.app_context():
        keep_to_schedule(now=NOW, base_url="")
        assert session().scalars(select(Patient.name)).one() == "(erased)"
    assert traces(settings.database_file, words) == []
