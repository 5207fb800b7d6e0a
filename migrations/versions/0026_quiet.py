"""Whom to lead in quietly, when it stopped being quiet, and which rules a form was asked of."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty where wishes were kept before: they are sealed, and are read when the name is listed.
    op.add_column("patient", sa.Column("led_in", sa.Boolean()))
    op.add_column("intake_form", sa.Column("rules_version", sa.String()))
    op.add_column("care_change", sa.Column("ended_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("care_change", "ended_at")
    op.drop_column("intake_form", "rules_version")
    op.drop_column("patient", "led_in")
