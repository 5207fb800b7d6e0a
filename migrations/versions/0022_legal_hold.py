"""What keeps a record from being erased: a legal hold, which the data key obeys too."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_legal_hold_lifted_by_one")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_legal_hold_patient_id")
        ),
        sa.ForeignKeyConstraint(["placed_by"], ["user.id"], name=op.f("fk_legal_hold_placed_by")),
        sa.ForeignKeyConstraint(["lifted_by"], ["user.id"], name=op.f("fk_legal_hold_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_legal_hold_public_id")),
    )
    op.create_index(op.f("ix_legal_hold_patient_id"), "legal_hold", ["patient_id"])
    op.create_index(
        "uq_legal_hold_standing",
        "legal_hold",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_under_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF EXISTS (SELECT 1 FROM legal_hold AS h WHERE h.owner_id = OLD.owner_id "
            "AND h.lifted_at IS NULL) THEN RAISE EXCEPTION 'data_key_under_hold'; END IF; "
            "RETURN OLD; END $$"
        )
        op.execute(
            "CREATE TRIGGER data_key_under_hold BEFORE DELETE ON data_key "
            "FOR EACH ROW EXECUTE FUNCTION refuse_under_hold()"
        )
    else:
        op.execute(
            "CREATE TRIGGER data_key_under_hold BEFORE DELETE ON data_key "
            "WHEN EXISTS (SELECT 1 FROM legal_hold AS h WHERE h.owner_id = OLD.owner_id "
            "AND h.lifted_at IS NULL) BEGIN SELECT RAISE(ABORT, 'data_key_under_hold'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER data_key_under_hold ON data_key")
        op.execute("DROP FUNCTION refuse_under_hold()")
    else:
        op.execute("DROP TRIGGER data_key_under_hold")
    op.drop_index("uq_legal_hold_standing", table_name="legal_hold")
    op.drop_index(op.f("ix_legal_hold_patient_id"), table_name="legal_hold")
    op.drop_table("legal_hold")
