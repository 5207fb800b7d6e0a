"""After a restore no mail leaves until somebody confirms."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_fence",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_fence_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_fence")),
    )


def downgrade() -> None:
    op.drop_table("mail_fence")
