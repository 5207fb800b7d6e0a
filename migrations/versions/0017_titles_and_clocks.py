"""A practitioner's title, inside and outward, and the clock a patient goes by."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("title", "outward_title"):
        op.add_column(
            "practitioner", sa.Column(column, sa.String(), nullable=False, server_default="")
        )
    op.add_column("patient", sa.Column("zone", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("patient", "zone")
    for column in ("outward_title", "title"):
        op.drop_column("practitioner", column)
