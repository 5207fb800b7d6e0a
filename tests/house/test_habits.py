"""Rules of the house that a reader would otherwise have to remember."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from markupsafe import escape
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import OperationalError

from booking.access.gate import PUBLIC, public
from booking.access.policy import Permission
from booking.core.db import Base, db, transaction
from booking.core.errors import WrongState
from tests.browser import Browser
from tests.databases import make_settings
from tests.factories import make_appointment, make_clinic

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "booking").rglob("*.py"))


def places(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for file in SOURCES
        if str(file.relative_to(ROOT / "booking")) not in but
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if wanted.search(line)
    ]


def test_only_the_transaction_helper_commits() -> None:
    assert places(r"\.commit\(", but=("core/db.py",)) == []


def test_transactions_open_only_at_the_edge() -> None:
    found = places(r"\btransaction\(\)", but=("core/db.py",))
    inner = re.compile(r"/(actions|queries|models|emails|rules|forms)(/|\.py)")
    assert [place for place in found if inner.search(place)] == []


def test_only_the_clock_module_reads_the_clock() -> None:
    reads = r"datetime\.now\(|\.utcnow\(|date\.today\(|time\.time\(|func\.now\(|CURRENT_TIMESTAMP"
    assert places(reads, but=("core/clock.py",)) == []


def test_rules_and_actions_are_told_the_time() -> None:
    found = places(r"clock\.(now|today)\(")
    inner = re.compile(r"/(actions|queries|models|emails|rules)(/|\.py)")
    assert [place for place in found if inner.search(place)] == []


def test_only_occupancy_writes_occupancy() -> None:
    writes = r"(insert|update|delete)\((Occupancy|Resource)\b|\bOccupancy\(|occupancy\.__table__"
    found = places(writes)
    assert [place for place in found if not place.startswith("booking/occupancy/")] == []


def test_no_page_reads_query_and_form_mixed() -> None:
    """Holds sec_E2."""
    assert places(r"request\.values") == []


def test_nothing_is_marked_safe_for_html_unseen() -> None:
    """Holds sec_F1."""
    templates = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        # our own drawings, kept as constants in that file
        if "|safe" in line.replace(" ", "") and file.name != "icons.html"
    ]
    assert templates == []


def test_every_page_is_marked_and_addressed_in_house_style(app: Flask) -> None:
    marks = {name: getattr(view, "access", None) for name, view in app.view_functions.items()}
    unmarked = [n for n, m in marks.items() if m != PUBLIC and not isinstance(m, Permission)]
    assert unmarked == []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        bare = re.sub(r"<[^>]+>", "", rule.rule)
        assert re.fullmatch(r"[a-z0-9./-]*", bare), f"{rule.rule} is not kebab-case"
        assert "<" not in rule.rule or ":" in rule.rule, f"{rule.rule} needs a converter"


@pytest.mark.both
def test_migrations_build_what_the_models_say(app: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
        stored = inspect(connection)
        for table in Base.metadata.sorted_tables:
            declared = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            found = {str(c["name"]) for c in stored.get_check_constraints(table.name)}
            assert declared == found, table.name


OFFERS_REST_ON = (
    "closure",
    "credential",
    "dated_hours",
    "location",
    "outside_busy",
    "own_segment",
    "practitioner",
    "room",
    "service",
    "service_practitioner",
    "service_room",
    "service_segment",
    "time_off",
    "weekly_hours",
)


@pytest.mark.both
def test_the_database_itself_keeps_the_rules(app: Flask, database_kind: str) -> None:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT conname FROM pg_constraint WHERE contype = 'x' "
        "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    expected = {
        "sqlite": {
            "occupancy_no_overlap_insert",
            "occupancy_no_overlap_update",
            "occupancy_instants_insert",
            "occupancy_instants_update",
            "occupancy_mark_insert",
            "occupancy_mark_update",
            "occupancy_mark_delete",
            "audit_no_update",
            "audit_no_delete",
            "appointment_of_gone_record_insert",
            "appointment_of_gone_record_update",
            "data_key_under_hold",
            "user_last_owner",
            "user_role_last_owner_delete",
            "user_role_last_owner_update",
        },
        "postgresql": {
            "occupancy_no_overlap",
            "occupancy_mark",
            "audit_append_only",
            "appointment_of_gone_record",
            "data_key_under_hold",
            "user_last_owner",
            "user_role_last_owner",
        },
    }
    for kept in ("consent", "consent_text", "visit_line"):
        expected[database_kind].add(f"{kept}_only_added")
    for table in OFFERS_REST_ON:
        verbs = {"sqlite": ("_insert", "_update", "_delete"), "postgresql": ("",)}[database_kind]
        expected[database_kind] |= {f"{table}_mark{verb}" for verb in verbs}
    with app.app_context(), db.engine.connect() as connection:
        found = set(connection.execute(text(names[database_kind])).scalars())
    assert found == expected[database_kind]


@pytest.mark.both
def test_each_migration_goes_down_and_up_with_rows_in_it(app: Flask) -> None:
    """Holds sec_J11."""
    with app.app_context():
        with transaction():
            make_appointment(make_clinic())
        db.session.remove()
        downgrade(revision="0001")
        upgrade()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM occupancy")).scalar() == 3
        downgrade(revision="base")
        upgrade()


def test_sqlite_is_used_safely(app: Flask) -> None:
    """Holds sec_G4, sec_J2, sec_J3, sec_J4."""
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 3000}
    with app.app_context(), db.engine.connect() as connection:
        for pragma, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_unsafe_settings_are_named_and_never_shown(tmp_path: Path) -> None:
    """Holds sec_B3, sec_K1."""
    from booking.core.errors import UnsafeSettings

    settings = make_settings(
        tmp_path,
        f"sqlite:///{tmp_path / 'x.db'}",
        mode="production",
        secret_key="tiny-canary",
        staff_idle_minutes=61,
    )
    with pytest.raises(UnsafeSettings) as refused:
        settings.refuse_unsafe()
    told = str(refused.value)
    for name in ("SECRET_KEY", "BASE_URL", "SMTP_HOST", "STAFF_IDLE_MINUTES"):
        assert name in told
    assert "tiny-canary" not in told


def test_a_row_deleted_by_somebody_else_meanwhile_is_explained(app: Flask) -> None:
    from sqlalchemy.orm.exc import StaleDataError

    def overtaken() -> None:
        raise StaleDataError

    app.add_url_rule("/overtaken", view_func=public(overtaken))
    page = Browser(app).get("/overtaken")
    assert page.status == 409
    assert str(escape(WrongState.default)) in page.text


@pytest.mark.parametrize(("losses", "status"), [(1, 200), (2, 200), (3, 503)])
def test_a_dead_lock_is_tried_again_twice(app: Flask, losses: int, status: int) -> None:
    """Holds sec_J5."""

    class DeadLock(Exception):
        sqlstate = "40P01"

    left = [losses]

    def rival() -> str:
        if left[0]:
            left[0] -= 1
            raise OperationalError("UPDATE", {}, DeadLock())
        return "done"

    app.add_url_rule("/rival", view_func=public(rival))
    assert Browser(app).client.get("/rival").status_code == status
