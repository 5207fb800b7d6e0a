"""Browsers that a patient has signed in with by other than a mailed link; mail by when it left."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient_browser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["resource.id"], name=op.f("fk_patient_browser_person_id_resource")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_browser")),
        sa.UniqueConstraint(
            "person_id", "token_hash", name=op.f("uq_patient_browser_person_id_token_hash")
        ),
    )
    op.create_index("ix_mail_sent_at", "mail", ["sent_at"])


def downgrade() -> None:
    op.drop_index("ix_mail_sent_at", table_name="mail")
    op.drop_table("patient_browser")
