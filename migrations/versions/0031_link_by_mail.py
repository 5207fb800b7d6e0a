"""Whether the link that began a visit's session had been mailed, or the browser just booked."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sign_in_session",
        sa.Column("by_mail", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("sign_in_session", "by_mail")
