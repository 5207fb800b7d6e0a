"""Services by request, phone and video; rules by practitioner; series; requests that end."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = "'????-??-?? ??:??:??.??????'"
MODES = ("online", "request", "phone")
WAYS = ("in-person", "video")
GAPS = ("none", "adjacent", "part-of-day")
CAPS = {"daily_cap": "daily_cap > 0", "weekly_cap": "weekly_cap > 0"}
VISITS = {
    "room_unless_video": "room_id IS NOT NULL OR way = 'video'",
    "requests_end": "(status = 'requested') <= (answer_by IS NOT NULL)",
    "series_has_legs": "(series IS NULL) = (leg IS NULL)",
}
MAY_EXPIRE = {"holds_expire": "hold_id IS NULL OR expires_at IS NOT NULL"}
ONLY_HOLDS = {"only_holds_expire": "(hold_id IS NULL) = (expires_at IS NULL)"}
SERVICE_COLUMNS = (
    "mode",
    "way",
    "new_patients",
    "late_change",
    "request_minutes",
    "daily_cap",
    "weekly_cap",
    "gap",
)
OWN_COLUMNS = (
    "price_minor",
    "mode",
    "new_patients",
    "minimum_notice_minutes",
    "horizon_days",
    "grid_minutes",
    "move_window_minutes",
    "cancel_window_minutes",
    "daily_cap",
    "weekly_cap",
    "gap",
)
VISIT_COLUMNS = (
    "way",
    "answer_by",
    "series",
    "leg",
    "together",
    "overlap_reason_sealed",
    "video_url",
)


def upgrade() -> None:
    op.add_column(
        "practitioner", sa.Column("video_url", sa.String(), nullable=False, server_default="")
    )
    _service()
    _service_practitioner()
    _appointment()
    with _changed("hold", {}) as hold:
        hold.alter_column("room_id", existing_type=sa.Integer(), nullable=True)
    with _changed("occupancy", MAY_EXPIRE, before=ONLY_HOLDS):
        pass
    _triggers()


def downgrade() -> None:
    """Go back. A visit by video, and a request, cannot be told in the older tables: they block."""
    with _changed("occupancy", ONLY_HOLDS, before=MAY_EXPIRE):
        pass
    _triggers()
    with _changed("hold", {}) as hold:
        hold.alter_column("room_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index("ix_appointment_together", "appointment")
    op.drop_index("ix_appointment_series", "appointment")
    with _changed("appointment", {}, before=VISITS) as visit:
        for name in VISIT_COLUMNS:
            visit.drop_column(name)
        visit.alter_column("room_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("own_segment")
    with _changed("service_practitioner", {}, before=CAPS) as own:
        for name in OWN_COLUMNS:
            own.drop_column(name)
    with _changed("service", {}, before=CAPS) as service:
        for name in SERVICE_COLUMNS:
            service.drop_column(name)
    op.drop_column("practitioner", "video_url")


def _service() -> None:
    with _changed("service", CAPS) as service:
        service.add_column(_word("mode", MODES, default="online"))
        service.add_column(_word("way", WAYS, default="in-person"))
        service.add_column(
            sa.Column("new_patients", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        service.add_column(_word("late_change", ("call", "ask"), default="call"))
        service.add_column(
            sa.Column("request_minutes", sa.Integer(), nullable=False, server_default="2880")
        )
        service.add_column(sa.Column("daily_cap", sa.Integer()))
        service.add_column(sa.Column("weekly_cap", sa.Integer()))
        service.add_column(_word("gap", GAPS, default="none"))


def _service_practitioner() -> None:
    with _changed("service_practitioner", CAPS) as own:
        for name in OWN_COLUMNS:
            kind = {"mode": _word("mode", MODES), "gap": _word("gap", GAPS)}.get(name)
            number = sa.Boolean() if name == "new_patients" else sa.Integer()
            own.add_column(sa.Column(name, number) if kind is None else kind)
    op.create_table(
        "own_segment",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _word("kind", ("hands-on", "resting"), required=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_own_segment_lasts")),
        sa.ForeignKeyConstraint(
            ["service_id", "practitioner_id"],
            ["service_practitioner.service_id", "service_practitioner.practitioner_id"],
            name=op.f("fk_own_segment_service_id_practitioner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "service_id", "practitioner_id", "position", name=op.f("pk_own_segment")
        ),
    )


def _appointment() -> None:
    with _changed("appointment", VISITS) as visit:
        visit.alter_column("room_id", existing_type=sa.Integer(), nullable=True)
        visit.add_column(_word("way", WAYS, default="in-person"))
        visit.add_column(sa.Column("answer_by", sa.DateTime(timezone=True)))
        visit.add_column(sa.Column("series", sa.Uuid()))
        visit.add_column(sa.Column("leg", sa.Integer()))
        visit.add_column(sa.Column("together", sa.Uuid()))
        visit.add_column(sa.Column("overlap_reason_sealed", sa.LargeBinary()))
        visit.add_column(sa.Column("video_url", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_appointment_series", "appointment", ["series"])
    op.create_index("ix_appointment_together", "appointment", ["together"])


@contextmanager
def _changed(
    table: str, checks: dict[str, str], *, before: dict[str, str] | None = None
) -> Iterator[BatchOperations]:
    """Change a table that has the checks `before` (name: rule), so that it then has `checks`."""
    before = before or {}
    with op.batch_alter_table(table) as batch:
        for name in sorted(before.keys() - checks.keys()):
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        yield batch
        for name in sorted(checks.keys() - before.keys()):
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), checks[name])


def _word(
    name: str, words: tuple[str, ...], *, default: str | None = None, required: bool = False
) -> sa.Column[str]:
    kind = sa.Enum(*words, native_enum=False, length=max(map(len, words)))
    needed = required or default is not None
    return sa.Column(name, kind, nullable=not needed, server_default=default)


def _triggers() -> None:
    """Make the rules of 0002 again: a copied table has none."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for name, verb, but in (
        ("insert", "INSERT", ""),
        ("update", "UPDATE OF resource_id, starts_at, ends_at", "AND o.id <> OLD.id"),
    ):
        op.execute(
            f"CREATE TRIGGER occupancy_no_overlap_{name} BEFORE {verb} ON occupancy "
            "WHEN (SELECT o.starts_at < NEW.ends_at FROM occupancy AS o "
            f"WHERE o.resource_id = NEW.resource_id AND o.ends_at > NEW.starts_at {but} "
            "ORDER BY o.ends_at LIMIT 1) "
            "BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END"
        )
        op.execute(
            f"CREATE TRIGGER occupancy_instants_{name} BEFORE {verb} ON occupancy "
            f"WHEN NOT (NEW.starts_at GLOB {INSTANT} AND NEW.ends_at GLOB {INSTANT}) "
            "BEGIN SELECT RAISE(ABORT, 'occupancy_instants'); END"
        )
