"""Which browsers a member of staff has signed in with before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_browser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_known_browser_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_browser")),
        sa.UniqueConstraint(
            "user_id", "token_hash", name=op.f("uq_known_browser_user_id_token_hash")
        ),
    )
    op.add_column("sign_in_session", sa.Column("browser", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_in_session", "browser")
    op.drop_table("known_browser")
