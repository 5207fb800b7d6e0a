"""Whom to lead in quietly, when it stopped being quiet, how long records of young people are kept,
and which rules a form was asked of."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty where wishes were kept before: they are sealed, and are read when the name is listed.
    op.add_column("patient", sa.Column("led_in", sa.Boolean()))
    op.add_column("patient", sa.Column("of_age_in", sa.Integer()))
    op.add_column(
        "organisation",
        sa.Column("young_kept_to_age", sa.Integer(), nullable=False, server_default="25"),
    )
    op.add_column("intake_form", sa.Column("rules_version", sa.String()))
    op.add_column("care_change", sa.Column("ended_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("care_change", "ended_at")
    op.drop_column("intake_form", "rules_version")
    op.drop_column("organisation", "young_kept_to_age")
    op.drop_column("patient", "of_age_in")
    op.drop_column("patient", "led_in")
