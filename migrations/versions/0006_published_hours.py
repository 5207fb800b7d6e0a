"""Rhythms of weekly hours, hours of single days, planned time off, closures of a place."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("weekly_hours", sa.Column("anchor", sa.Date(), nullable=True))
    op.add_column(
        "time_off",
        sa.Column("published", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "dated_hours",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "change", sa.Enum("adds", "removes", native_enum=False, length=7), nullable=False
        ),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_dated_hours_forwards")),
        sa.CheckConstraint(
            "(starts IS NULL) = (ends IS NULL)", name=op.f("ck_dated_hours_both_times")
        ),
        sa.CheckConstraint(
            "starts IS NOT NULL OR change = 'removes'", name=op.f("ck_dated_hours_added_has_times")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_dated_hours_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_dated_hours_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_hours")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dated_hours_public_id")),
    )
    op.create_index(op.f("ix_dated_hours_practitioner_id"), "dated_hours", ["practitioner_id"])
    op.create_table(
        "closure",
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_closure_forwards")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_closure_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_closure_public_id")),
    )
    op.create_index(op.f("ix_closure_location_id"), "closure", ["location_id"])


def downgrade() -> None:
    """Go back. Time off that is only planned would close time in the older tables: it goes."""
    op.drop_table("closure")
    op.drop_table("dated_hours")
    op.execute(sa.text("DELETE FROM time_off WHERE NOT published"))
    op.drop_column("time_off", "published")
    op.drop_column("weekly_hours", "anchor")
