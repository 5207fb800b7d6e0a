"""The waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_entry",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("instead_of_id", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("parts", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        *_keys(
            "waiting_entry",
            patient_id="patient",
            service_id="service",
            practitioner_id="practitioner",
            location_id="location",
            instead_of_id="appointment",
            met_by_id="appointment",
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_waiting_entry_public_id")),
    )
    op.create_index("ix_waiting_entry_order", "waiting_entry", ["state", "created_at"])
    op.create_index(op.f("ix_waiting_entry_patient_id"), "waiting_entry", ["patient_id"])
    op.create_index(op.f("ix_waiting_entry_instead_of_id"), "waiting_entry", ["instead_of_id"])
    op.create_table(
        "waiting_offer",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        *_keys(
            "waiting_offer",
            entry_id="waiting_entry",
            practitioner_id="practitioner",
            location_id="location",
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["hold.id"], name=op.f("fk_waiting_offer_hold_id"), ondelete="SET NULL"
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_waiting_offer_public_id")),
    )
    op.create_index(op.f("ix_waiting_offer_entry_id"), "waiting_offer", ["entry_id"])
    op.create_index(
        "uq_waiting_offer_open",
        "waiting_offer",
        ["entry_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "waiting_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("waiting_link", entry_id="waiting_entry"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_waiting_link_token_hash")),
    )
    op.create_index(op.f("ix_waiting_link_entry_id"), "waiting_link", ["entry_id"])


def downgrade() -> None:
    for table in ("waiting_link", "waiting_offer", "waiting_entry"):
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
