"""Where "Leave this page" leads, what is practised, and words of the clinic's own, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organisation",
        sa.Column(
            "leave_url",
            sa.String(),
            nullable=False,
            server_default="https://www.bbc.co.uk/weather",
        ),
    )
    op.create_table(
        "own_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Integer()),
        sa.CheckConstraint("version > 0", name=op.f("ck_own_words_version")),
        sa.ForeignKeyConstraint(["written_by"], ["user.id"], name=op.f("fk_own_words_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_words")),
        sa.UniqueConstraint("what", "version", name=op.f("uq_own_words_what_version")),
    )


def downgrade() -> None:
    op.drop_table("own_words")
    op.drop_column("organisation", "leave_url")
