"""A check the day before a visit, invites that say more, and what a log of messages shows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organisation",
        sa.Column("check_at", sa.String(), nullable=False, server_default="15:00"),
    )
    op.add_column(
        "organisation",
        sa.Column("check_days", sa.Integer(), nullable=False, server_default="7"),
    )
    op.add_column("mail", sa.Column("to_masked", sa.String(), nullable=False, server_default=""))
    op.add_column("mail", sa.Column("ended_at", sa.DateTime(timezone=True)))
    _width_of_invites(7, 8)


def downgrade() -> None:
    op.execute("UPDATE patient SET invites = 'neutral' WHERE invites = 'detailed'")
    _width_of_invites(8, 7)
    op.drop_column("mail", "ended_at")
    op.drop_column("mail", "to_masked")
    op.drop_column("organisation", "check_days")
    op.drop_column("organisation", "check_at")


def _width_of_invites(before: int, after: int) -> None:
    """Only PostgreSQL keeps to the width of a text."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "patient", "invites", existing_type=sa.String(before), type_=sa.String(after)
        )
