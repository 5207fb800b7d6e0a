"""Records joined as one person's, birth dates to search by, words between patients and the desk,
locked screens, and keys that somebody switched on."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user", sa.Column("keys_on", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("sign_in_session", sa.Column("locked_at", sa.DateTime(timezone=True)))
    op.add_column("patient", sa.Column("born_key", sa.LargeBinary()))
    op.create_index(op.f("ix_patient_born_key"), "patient", ["born_key"])
    _joins()
    _lines()
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _postgresql() -> None:
    # The row lock first: whoever joins records holds it until it is decided which of them stands.
    op.execute(
        "CREATE FUNCTION visit_of_standing_record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM 1 FROM patient WHERE id = NEW.patient_id FOR KEY SHARE; "
        "IF EXISTS (SELECT 1 FROM record_join "
        "WHERE gone_id = NEW.patient_id AND parted_at IS NULL) THEN "
        "RAISE EXCEPTION 'appointment_of_gone_record'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER appointment_of_gone_record BEFORE INSERT OR UPDATE OF patient_id "
        "ON appointment FOR EACH ROW EXECUTE FUNCTION visit_of_standing_record()"
    )


def _sqlite() -> None:
    for verb, when in (("insert", "INSERT"), ("update", "UPDATE OF patient_id")):
        op.execute(
            f"CREATE TRIGGER appointment_of_gone_record_{verb} BEFORE {when} ON appointment "
            "WHEN EXISTS (SELECT 1 FROM record_join "
            "WHERE gone_id = NEW.patient_id AND parted_at IS NULL) "
            "BEGIN SELECT RAISE(ABORT, 'appointment_of_gone_record'); END"
        )


def _joins() -> None:
    op.create_table(
        "record_join",
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Integer(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("gone_id <> kept_id", name=op.f("ck_record_join_two_records")),
        sa.ForeignKeyConstraint(["gone_id"], ["patient.id"], name=op.f("fk_record_join_gone_id")),
        sa.ForeignKeyConstraint(["kept_id"], ["patient.id"], name=op.f("fk_record_join_kept_id")),
        sa.ForeignKeyConstraint(["joined_by"], ["user.id"], name=op.f("fk_record_join_joined_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_join")),
        sa.UniqueConstraint("public_id", name=op.f("uq_record_join_public_id")),
    )
    op.create_index(
        "uq_record_join_gone",
        "record_join",
        ["gone_id"],
        unique=True,
        sqlite_where=sa.text("parted_at IS NULL"),
        postgresql_where=sa.text("parted_at IS NULL"),
    )
    op.create_index(op.f("ix_record_join_kept_id"), "record_join", ["kept_id"])


def _lines() -> None:
    op.create_table(
        "conversation_line",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("by_user_id", sa.Integer(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_conversation_line_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_conversation_line_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["user.id"], name=op.f("fk_conversation_line_by_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversation_line_public_id")),
    )
    op.create_index(op.f("ix_conversation_line_patient_id"), "conversation_line", ["patient_id"])
    op.create_index(
        "ix_conversation_line_open",
        "conversation_line",
        ["written_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER appointment_of_gone_record ON appointment")
        op.execute("DROP FUNCTION visit_of_standing_record()")
    else:
        for verb in ("insert", "update"):
            op.execute(f"DROP TRIGGER appointment_of_gone_record_{verb}")
    op.drop_table("conversation_line")
    op.drop_table("record_join")
    op.drop_index(op.f("ix_patient_born_key"), "patient")
    op.drop_column("patient", "born_key")
    op.drop_column("sign_in_session", "locked_at")
    op.drop_column("user", "keys_on")
