"""What those who treat have to show, until when, and who has checked it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("licence", "insurance", "other", name="credentialkind", native_enum=False),
            nullable=False,
        ),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("register_url", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind = 'other' OR expires_on IS NOT NULL", name=op.f("ck_credential_runs_out")
        ),
        sa.CheckConstraint(
            "register_url = '' OR register_url LIKE 'https://%'", name=op.f("ck_credential_https")
        ),
        sa.CheckConstraint(
            "(checked_at IS NULL) = (checked_by IS NULL)", name=op.f("ck_credential_checked_by_one")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_credential_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["checked_by"], ["user.id"], name=op.f("fk_credential_checked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("public_id", name=op.f("uq_credential_public_id")),
    )
    op.create_index(op.f("ix_credential_practitioner_id"), "credential", ["practitioner_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_credential_practitioner_id"), table_name="credential")
    op.drop_table("credential")
