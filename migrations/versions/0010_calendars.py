"""Feeds, calendars kept elsewhere, copies for practitioners, answers, reminders and calls."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "reveal",
            sa.Enum("hidden", "initials", "full", name="reveal", native_enum=False),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(practitioner_id IS NULL) <> (person_id IS NULL)",
            name=op.f("ck_calendar_feed_for_one"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["resource.id"], name=op.f("fk_calendar_feed_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_calendar_feed_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("practitioner_id", name=op.f("uq_calendar_feed_practitioner_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_table(
        "calendar_server",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("access_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "reveal",
            sa.Enum("hidden", "initials", "full", name="reveal", native_enum=False),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_calendar_server_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_server")),
        sa.UniqueConstraint("practitioner_id", name=op.f("uq_calendar_server_practitioner_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calendar_server_public_id")),
    )
    op.create_table(
        "outside_busy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_outside_busy_forwards")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_outside_busy_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_busy")),
    )
    op.create_index(
        "ix_outside_busy_seek", "outside_busy", ["practitioner_id", "ends_at"], unique=False
    )
    op.create_index(op.f("ix_outside_busy_source"), "outside_busy", ["source"], unique=False)
    op.create_table(
        "outside_calendar",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("ics", "caldav", name="sourcekind", native_enum=False), nullable=False
        ),
        sa.Column("access_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioner.id"],
            name=op.f("fk_outside_calendar_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_calendar")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outside_calendar_public_id")),
    )
    op.create_index(
        op.f("ix_outside_calendar_practitioner_id"),
        "outside_calendar",
        ["practitioner_id"],
        unique=False,
    )
    op.create_table(
        "own_invites",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column(
            "reveal",
            sa.Enum("hidden", "initials", "full", name="reveal", native_enum=False),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_own_invites_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("practitioner_id", name=op.f("pk_own_invites")),
    )
    op.create_table(
        "contact_task",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "told",
            sa.Enum("reminder", "moved", "cancelled", name="told", native_enum=False),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_contact_task_appointment_id")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["user.id"], name=op.f("fk_contact_task_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_task")),
        sa.UniqueConstraint("key", name=op.f("uq_contact_task_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_task_public_id")),
    )
    op.create_index(
        op.f("ix_contact_task_appointment_id"), "contact_task", ["appointment_id"], unique=False
    )
    op.create_table(
        "visit_answer",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "accepted",
                "tentative",
                "declined",
                "other-time",
                "undelivered",
                name="answer",
                native_enum=False,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_answer_appointment_id")
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["user.id"], name=op.f("fk_visit_answer_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_answer")),
        sa.UniqueConstraint(
            "appointment_id",
            "sequence",
            "answer",
            name=op.f("uq_visit_answer_appointment_id_sequence_answer"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_visit_answer_public_id")),
    )
    op.create_table(
        "visit_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column(
            "way", sa.Enum("invite", "server", name="copyway", native_enum=False), nullable=False
        ),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("seen_sequence", sa.Integer(), nullable=False),
        sa.Column("stored", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_visit_copy_appointment_id")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_visit_copy_practitioner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_copy")),
        sa.UniqueConstraint(
            "appointment_id",
            "practitioner_id",
            "way",
            name=op.f("uq_visit_copy_appointment_id_practitioner_id_way"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_visit_copy_uid")),
    )
    op.create_index(
        op.f("ix_visit_copy_practitioner_id"), "visit_copy", ["practitioner_id"], unique=False
    )
    op.add_column(
        "organisation",
        sa.Column("reminder_hours", sa.Integer(), nullable=False, server_default="48"),
    )
    op.add_column(
        "organisation",
        sa.Column("reminder_morning", sa.String(), nullable=False, server_default="08:00"),
    )
    op.add_column(
        "organisation", sa.Column("quiet_from", sa.String(), nullable=False, server_default="21:00")
    )
    op.add_column(
        "organisation",
        sa.Column("quiet_until", sa.String(), nullable=False, server_default="08:00"),
    )


def downgrade() -> None:
    op.drop_column("organisation", "quiet_until")
    op.drop_column("organisation", "quiet_from")
    op.drop_column("organisation", "reminder_morning")
    op.drop_column("organisation", "reminder_hours")
    op.drop_index(op.f("ix_visit_copy_practitioner_id"), table_name="visit_copy")
    op.drop_table("visit_copy")
    op.drop_table("visit_answer")
    op.drop_index(op.f("ix_contact_task_appointment_id"), table_name="contact_task")
    op.drop_table("contact_task")
    op.drop_table("own_invites")
    op.drop_index(op.f("ix_outside_calendar_practitioner_id"), table_name="outside_calendar")
    op.drop_table("outside_calendar")
    op.drop_index(op.f("ix_outside_busy_source"), table_name="outside_busy")
    op.drop_index("ix_outside_busy_seek", table_name="outside_busy")
    op.drop_table("outside_busy")
    op.drop_table("calendar_server")
    op.drop_table("calendar_feed")
