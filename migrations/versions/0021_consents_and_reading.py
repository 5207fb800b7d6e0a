"""What she read and permitted, lines about a visit, who may read, and how long things are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ONLY_ADDED = ("consent", "consent_text", "visit_line")
SETTINGS = (
    ("reading_days", sa.Integer(), "90"),
    ("unfinished_days", sa.Integer(), "30"),
    ("retention_by", sa.String(), ""),
    ("permissions", sa.String(), "partner"),
)


def upgrade() -> None:
    for name, kind, value in SETTINGS:
        op.add_column("organisation", sa.Column(name, kind, nullable=False, server_default=value))
    _consents()
    _reading()
    for table in ONLY_ADDED:
        _refuse_changes(table)
    _lists()


def downgrade() -> None:
    op.drop_index("ix_flag_open", table_name="flag")
    op.drop_index("ix_appointment_coming", table_name="appointment")
    for table in ("hand_over", "reading_right", "visit_line", "consent", "consent_text"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_consent_change()")
    for name, _kind, _value in reversed(SETTINGS):
        op.drop_column("organisation", name)


def _consents() -> None:
    op.create_table(
        "consent_text",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_consent_text")),
    )
    kinds = ("information", "privacy", "gp", "partner", "photos", "research", "news")
    ways = ("link", "signed-in", "desk", "paper", "phone")
    op.create_table(
        "consent",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Enum(*kinds, name="consentkind", native_enum=False), nullable=False),
        sa.Column(
            "given",
            sa.Enum("yes", "ask", "no", "taken-back", name="given", native_enum=False),
            nullable=False,
        ),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.Enum(*ways, name="through", native_enum=False), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(recorded_by IS NULL) = (through IN ('link', 'signed-in'))",
            name=op.f("ck_consent_by_whom"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id")),
        sa.ForeignKeyConstraint(
            ["text_sha256"], ["consent_text.sha256"], name=op.f("fk_consent_text_sha256")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_consent_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("public_id", name=op.f("uq_consent_public_id")),
    )
    op.create_index(op.f("ix_consent_patient_id"), "consent", ["patient_id"])
    op.create_table(
        "visit_line",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum("treatment", "company", name="topic", native_enum=False),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum("offered", "accepted", "declined", name="outcome", native_enum=False),
            nullable=False,
        ),
        sa.Column("noted_by", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_line_appointment_id")
        ),
        sa.ForeignKeyConstraint(["noted_by"], ["user.id"], name=op.f("fk_visit_line_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_line_public_id")),
    )
    op.create_index(op.f("ix_visit_line_appointment_id"), "visit_line", ["appointment_id"])


def _reading() -> None:
    op.create_table(
        "reading_right",
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(given_by IS NULL) = (until IS NULL)", name=op.f("ck_reading_right_hers_or_until")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_reading_right_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_reading_right_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(["given_by"], ["user.id"], name=op.f("fk_reading_right_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_right")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reading_right_public_id")),
    )
    op.create_index(op.f("ix_reading_right_practitioner_id"), "reading_right", ["practitioner_id"])
    hers = sa.text("ended_at IS NULL AND given_by IS NULL")
    op.create_index(
        "ix_reading_right_live",
        "reading_right",
        ["patient_id", "practitioner_id"],
        unique=True,
        sqlite_where=hers,
        postgresql_where=hers,
    )
    op.create_table(
        "hand_over",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("handed_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("practitioner_id <> to_id", name=op.f("ck_hand_over_to_another")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_hand_over_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["practitioner.id"], name=op.f("fk_hand_over_to_id")),
        sa.ForeignKeyConstraint(["handed_by"], ["user.id"], name=op.f("fk_hand_over_handed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hand_over_public_id")),
    )
    op.create_index(op.f("ix_hand_over_practitioner_id"), "hand_over", ["practitioner_id"])


def _lists() -> None:
    """What the lists of forms seek by."""
    op.create_index(
        "ix_appointment_coming",
        "appointment",
        ["status", "ends_at", "starts_at", "clearance"],
    )
    still_open = sa.text("cleared_at IS NULL AND handled_at IS NULL")
    op.create_index(
        "ix_flag_open",
        "flag",
        ["severity", "form_id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _refuse_changes(table: str) -> None:
    """Rows are added and, where a record is erased, deleted; none is ever another."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_consent_change() RETURNS trigger "
            "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'only_added'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_consent_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_only_added BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'only_added'); END"
    )
