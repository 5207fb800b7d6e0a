"""What stops when something has changed for somebody, and how it comes back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patient", sa.Column("quiet_since", sa.DateTime(timezone=True)))
    op.add_column(
        "patient", sa.Column("gently", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("patient", sa.Column("wishes_sealed", sa.LargeBinary()))
    op.add_column("appointment", sa.Column("let_go_at", sa.DateTime(timezone=True)))
    op.create_table(
        "care_change",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Integer(), nullable=True),
        sa.Column("gently_before", sa.Boolean(), nullable=False),
        sa.Column("quiet_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["resource.id"], name=op.f("fk_care_change_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["user.id"], name=op.f("fk_care_change_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_care_change_public_id")),
    )
    op.create_index(op.f("ix_care_change_person_id"), "care_change", ["person_id"])
    op.create_table(
        "care_visit",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("came_back", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["care_change.id"], name=op.f("fk_care_visit_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_care_visit_appointment_id")
        ),
        sa.PrimaryKeyConstraint("change_id", "appointment_id", name=op.f("pk_care_visit")),
    )
    op.create_table(
        "care_wait",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["care_change.id"], name=op.f("fk_care_wait_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["waiting_entry.id"], name=op.f("fk_care_wait_entry_id")
        ),
        sa.PrimaryKeyConstraint("change_id", "entry_id", name=op.f("pk_care_wait")),
    )


def downgrade() -> None:
    for table in ("care_wait", "care_visit", "care_change"):
        op.drop_table(table)
    op.drop_column("appointment", "let_go_at")
    for column in ("wishes_sealed", "gently", "quiet_since"):
        op.drop_column("patient", column)
