"""The languages a clinic offers, and the one a patient is written to in."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organisation",
        sa.Column("other_locales", sa.String(), nullable=False, server_default=""),
    )
    op.add_column("patient", sa.Column("language", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("patient", "language")
    op.drop_column("organisation", "other_locales")
