"""Which techniques a clinic offers: notes about the others are not shown."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ALL = "electroacupuncture moxa cupping"


def upgrade() -> None:
    op.add_column(
        "organisation",
        sa.Column("techniques", sa.String(), nullable=False, server_default=ALL),
    )


def downgrade() -> None:
    op.drop_column("organisation", "techniques")
