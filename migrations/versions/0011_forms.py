"""Later visits' forms, forms typed by staff, and the clinic's own versions of the questions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "later_form",
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("form_id > earlier_id", name=op.f("ck_later_form_order")),
        sa.ForeignKeyConstraint(
            ["earlier_id"], ["intake_form.id"], name=op.f("fk_later_form_earlier_id")
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["intake_form.id"], name=op.f("fk_later_form_form_id")
        ),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_later_form")),
    )
    op.create_index(op.f("ix_later_form_earlier_id"), "later_form", ["earlier_id"], unique=False)
    op.create_table(
        "typed_form",
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("phone", "paper", "visit", name="way", native_enum=False),
            nullable=False,
        ),
        sa.Column("typed_by", sa.Integer(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)",
            name=op.f("ck_typed_form_confirmed"),
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["intake_form.id"], name=op.f("fk_typed_form_form_id")
        ),
        sa.ForeignKeyConstraint(["typed_by"], ["user.id"], name=op.f("fk_typed_form_typed_by")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_typed_form")),
    )
    op.create_table(
        "questionnaire_version",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Integer(), nullable=False),
        sa.Column("used_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["loaded_by"], ["user.id"], name=op.f("fk_questionnaire_version_loaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_questionnaire_version_public_id")),
        sa.UniqueConstraint("version", name=op.f("uq_questionnaire_version_version")),
    )
    op.create_table(
        "questionnaire_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("qualification", sa.String(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user.id"], name=op.f("fk_questionnaire_approval_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_approval")),
    )
    op.create_index(
        op.f("ix_questionnaire_approval_version"),
        "questionnaire_approval",
        ["version"],
        unique=False,
    )
    op.create_table(
        "question_switch",
        sa.Column("link_id", sa.String(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_question_switch")),
    )


def downgrade() -> None:
    for table in (
        "question_switch",
        "questionnaire_approval",
        "questionnaire_version",
        "typed_form",
        "later_form",
    ):
        op.drop_table(table)
