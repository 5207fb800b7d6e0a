"""Times kept together, keys of forms, and changes that the clinic is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hold", sa.Column("series", sa.Uuid()))
    op.add_column("hold", sa.Column("leg", sa.Integer()))
    op.add_column("hold", sa.Column("form_key", sa.Uuid()))
    op.add_column("hold", sa.Column("person", sa.LargeBinary()))
    op.create_index("ix_hold_series", "hold", ["series"])
    op.create_index("ix_hold_form_key", "hold", ["form_key"], unique=True)
    op.create_index("ix_hold_person", "hold", ["person"])
    op.create_index("ix_appointment_leg", "appointment", ["series", "leg"], unique=True)
    op.create_table(
        "change_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.Enum("move", "cancel", native_enum=False, length=6), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Enum("done", "phone", "withdrawn", native_enum=False, length=9)),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_change_request_settled_somehow"),
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_change_request_appointment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_change_request_public_id")),
    )
    open_ones = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_change_request_open",
        "change_request",
        ["appointment_id"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )


def downgrade() -> None:
    op.drop_table("change_request")
    op.drop_index("ix_appointment_leg", "appointment")
    for name in ("person", "form_key", "series"):
        op.drop_index(f"ix_hold_{name}", "hold")
    for name in ("person", "form_key", "leg", "series"):
        op.drop_column("hold", name)
