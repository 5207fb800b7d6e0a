"""The audit says with which part somebody acted, in which sign-in, and from where (as marks)."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("origin", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("audit", "origin")
