"""Who runs late, and who is ill."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_delay_minutes")),
        sa.CheckConstraint(
            "(appointment_id IS NULL) <> (practitioner_id IS NULL)", name=op.f("ck_delay_of_one")
        ),
        sa.CheckConstraint(
            "(practitioner_id IS NULL) = (day IS NULL)", name=op.f("ck_delay_a_day_of_hers")
        ),
        *_keys("delay", appointment_id="appointment", practitioner_id="practitioner"),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_delay_appointment_id")),
        sa.UniqueConstraint("practitioner_id", "day", name=op.f("uq_delay_practitioner_id_day")),
    )
    op.create_table(
        "absence",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("time_off_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_absence_forwards")),
        *_keys("absence", practitioner_id="practitioner"),
        sa.ForeignKeyConstraint(
            ["time_off_id"],
            ["time_off.id"],
            name=op.f("fk_absence_time_off_id"),
            ondelete="SET NULL",
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_absence_public_id")),
    )
    op.create_index(op.f("ix_absence_practitioner_id"), "absence", ["practitioner_id"])
    op.create_table(
        "another_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("absence_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("mailed", sa.Boolean(), nullable=False),
        sa.Column("call_asked_at", sa.DateTime(timezone=True), nullable=True),
        *_keys("another_time", absence_id="absence", appointment_id="appointment"),
        sa.UniqueConstraint(
            "absence_id", "appointment_id", name=op.f("uq_another_time_absence_id_appointment_id")
        ),
    )
    op.create_index(op.f("ix_another_time_appointment_id"), "another_time", ["appointment_id"])


def downgrade() -> None:
    for table in ("another_time", "absence", "delay"):
        op.drop_table(table)


def _keys(table: str, **others: str) -> list[sa.schema.SchemaItem]:
    """The primary key, and a foreign key for each column, named as everywhere."""
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in others.items()
        ),
    ]
