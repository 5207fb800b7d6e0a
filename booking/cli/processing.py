"""The record of processing (GDPR 30), as far as the schema knows it: printed, never kept by hand.

What only the clinic can say (its name and contact, purposes, recipients) is in its own words.
"""

from collections.abc import Iterator

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Table

from booking.core.db import Base
from booking.core.settings import Settings
from booking.rights.rules import REACH

HEAD = """# What is kept about people

Printed from the schema of this version. "Sealed" columns are encrypted for their one owner.
"Erased" says what becomes of a row when a patient is erased.

| table | what it is | about | columns | erased |
|---|---|---|---|---|"""
SEALED = "_sealed"


@click.command("processing")
@with_appcontext
def processing() -> None:
    """Print what is kept about whom, how long, and what erasing does, from the schema."""
    click.echo(HEAD)
    for table in Base.metadata.sorted_tables:
        click.echo(_line(table))
    click.echo("\n## How long\n")
    for line in _periods(current_app.extensions["settings"]):
        click.echo(f"- {line}")


def _line(table: Table) -> str:
    columns = ", ".join(_column(each.name) for each in table.columns)
    erased = REACH[table.name].erased if table.name in REACH else "–"
    return f"| {table.name} | {_words(table)} | {_about(table)} | {columns} | {erased} |"


def _column(name: str) -> str:
    return f"{name.removesuffix(SEALED)} (sealed)" if name.endswith(SEALED) else name


def _words(table: Table) -> str:
    """The first sentence that the code says of it."""
    told = [
        each.class_.__doc__ or "" for each in Base.registry.mappers if each.local_table is table
    ]
    return told[0].strip().splitlines()[0] if told else ""


def _about(table: Table) -> str:
    if table.name in REACH:
        return "patients"
    names = {key.column.table.name for key in table.foreign_keys}
    return "staff" if table.name == "user" or names & {"user", "practitioner"} else "the clinic"


def _periods(settings: Settings) -> Iterator[str]:
    kept = settings.retention
    yield f"records of treated people: {settings.records_kept_years} years after the last visit"
    yield f"records without a visit that took place: {kept.never_seen} days after their last use"
    yield f"sign-ins and links: {kept.sign_ins} days after they are over"
    yield f"messages: {kept.messages} days"
    yield f"keys of sent forms: {kept.form_keys} days"
    yield f"how stopped members of staff signed in: {kept.stopped_accounts} days"
    yield "the audit: as long as the clinic's records, numbers and keyed marks only"
    yield "0 days is for good; a legal hold keeps a record longer"
