"""A migration only adds, so that the version before it goes on working on the newer schema."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.util import CommandError
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from booking.core.db import session, transaction

FILES = sorted((Path(__file__).parents[2] / "migrations/versions").glob("*.py"))
TAKES_AWAY = {"drop_column", "drop_table", "drop_constraint", "rename_table", "alter_column"}
# What looks like it and lets in more: rooms that may be missing, further kinds, longer text.
WIDENS = {
    "0003_scheduling": {
        "batch.drop_constraint(op.f(f'ck_{table}_{name}'), type_='check')",
        "visit.alter_column('room_id', existing_type=sa.Integer(), nullable=True)",
        "hold.alter_column('room_id', existing_type=sa.Integer(), nullable=True)",
    },
    "0016_checks_and_invites": {
        (
            "op.alter_column('patient', 'invites', "
            "existing_type=sa.String(before), type_=sa.String(after))"
        ),
    },
}


def calls(source: str) -> Iterator[ast.Call]:
    """Every call that `upgrade` makes, in functions of its own file too."""
    functions = {
        each.name: each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)
    }
    left, seen = ["upgrade"], {"downgrade"}
    while left:
        if (name := left.pop()) in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Call):
                yield node
                if isinstance(node.func, ast.Name):
                    left.append(node.func.id)


def taken_away(source: str) -> set[str]:
    """What of a migration an earlier version would miss, or could not write beside."""
    found = set()
    for call in calls(source):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        told = ast.unparse(call)
        needed = name == "add_column" and "nullable=False" in told and "server_default" not in told
        by_hand = name == "execute" and any(
            word in told.upper() for word in ("DROP ", "RENAME ", " TYPE ", "SET NOT NULL")
        )
        if name in TAKES_AWAY or needed or by_hand:
            found.add(told)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_migration_takes_nothing_away(file: Path) -> None:
    """Holds sec_J11."""
    assert taken_away(file.read_text()) == WIDENS.get(file.stem, set())


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('audit', 'actor')",
        "op.add_column('audit', sa.Column('x', sa.String(), nullable=False))",
        "op.execute('ALTER TABLE audit RENAME COLUMN actor TO who')",
        "more()",
    ],
)
def test_what_takes_away_is_seen(line: str) -> None:
    assert taken_away(f"def upgrade():\n    {line}\ndef more():\n    op.drop_table('audit')\n")


@pytest.mark.parametrize(
    "line",
    [
        "op.add_column('audit', sa.Column('x', sa.String(), nullable=True))",
        "op.add_column('audit', sa.Column('x', sa.String(), nullable=False, server_default=''))",
    ],
)
def test_what_adds_is_let_pass(line: str) -> None:
    assert not taken_away(f"def upgrade():\n    {line}\n")


@pytest.mark.both
@pytest.mark.parametrize(("version", "ready"), [("9999", 200), ("0002", 503)])
def test_an_older_program_serves_on_a_newer_schema_and_never_on_an_older_one(
    app: Flask, version: str, ready: int
) -> None:
    """So it can be gone back to; it migrates nothing then. Holds sec_J10, sec_J11."""
    with app.app_context(), transaction():
        told = text("UPDATE alembic_version SET version_num = :version")
        session().execute(told, {"version": version})
    assert app.test_client().get("/readyz").status_code == ready
    if version == "9999":
        with app.app_context(), pytest.raises((CommandError, SystemExit)):
            upgrade()
