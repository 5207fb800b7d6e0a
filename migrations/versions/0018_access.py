"""Passkeys, patients' own ways in, emergency access, and a clinic that always has an owner."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Whoever may sign in and is an owner, but the one at hand.
OTHERS = (
    'SELECT 1 FROM user_role AS r JOIN "user" AS u ON u.id = r.user_id '
    "WHERE r.role = 'owner' AND u.disabled_at IS NULL AND u.id <> "
)


def upgrade() -> None:
    _passkeys()
    _patients()
    _emergencies()
    if op.get_bind().dialect.name == "postgresql":
        _owner_on_postgresql()
    else:
        _owner_on_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute('DROP TRIGGER user_last_owner ON "user"')
        op.execute("DROP TRIGGER user_role_last_owner ON user_role")
        op.execute("DROP FUNCTION refuse_last_owner()")
        op.execute("DROP FUNCTION refuse_last_owner_role()")
    else:
        for name in (
            "user_last_owner",
            "user_role_last_owner_delete",
            "user_role_last_owner_update",
        ):
            op.execute(f"DROP TRIGGER {name}")
    for table in (
        "emergency_access",
        "patient_recovery_code",
        "patient_password",
        "passkey_challenge",
        "passkey",
    ):
        op.drop_table(table)


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_passkey_for_one")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_passkey_user_id")),
        sa.ForeignKeyConstraint(["person_id"], ["resource.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"])
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("bound_to", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_passkey_challenge")),
    )


def _patients() -> None:
    op.create_table(
        "patient_password",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["resource.id"], name=op.f("fk_patient_password_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_patient_password")),
    )
    op.create_table(
        "patient_recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["resource.id"], name=op.f("fk_patient_recovery_code_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_recovery_code")),
        sa.UniqueConstraint(
            "person_id", "code_hash", name=op.f("uq_patient_recovery_code_person_id_code_hash")
        ),
    )


def _emergencies() -> None:
    op.create_table(
        "emergency_access",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_emergency_access_user_id")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_emergency_access_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
        sa.UniqueConstraint("public_id", name=op.f("uq_emergency_access_public_id")),
    )
    op.create_index(op.f("ix_emergency_access_patient_id"), "emergency_access", ["patient_id"])


def _owner_on_sqlite() -> None:
    op.execute(
        'CREATE TRIGGER user_last_owner BEFORE UPDATE OF disabled_at ON "user" '
        "WHEN OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM user_role WHERE user_id = OLD.id AND role = 'owner') "
        f"AND NOT EXISTS ({OTHERS} OLD.id) "
        "BEGIN SELECT RAISE(ABORT, 'last_owner'); END"
    )
    for verb in ("DELETE", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER user_role_last_owner_{verb.lower()} BEFORE {verb} ON user_role "
            "WHEN OLD.role = 'owner' "
            'AND EXISTS (SELECT 1 FROM "user" WHERE id = OLD.user_id AND disabled_at IS NULL) '
            f"AND NOT EXISTS ({OTHERS} OLD.user_id) "
            "BEGIN SELECT RAISE(ABORT, 'last_owner'); END"
        )


def _owner_on_postgresql() -> None:
    # The lock makes two who remove each other at one moment take turns; the second then sees.
    op.execute(
        "CREATE FUNCTION refuse_last_owner() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM user_role WHERE user_id = OLD.id AND role = 'owner') THEN "
        "PERFORM pg_advisory_xact_lock(10, 0); "
        f"IF NOT EXISTS ({OTHERS} OLD.id) THEN RAISE EXCEPTION 'last_owner'; END IF; "
        "END IF; RETURN NEW; END $$"
    )
    op.execute(
        'CREATE TRIGGER user_last_owner BEFORE UPDATE OF disabled_at ON "user" '
        "FOR EACH ROW EXECUTE FUNCTION refuse_last_owner()"
    )
    op.execute(
        "CREATE FUNCTION refuse_last_owner_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.role = 'owner' "
        'AND EXISTS (SELECT 1 FROM "user" WHERE id = OLD.user_id AND disabled_at IS NULL) THEN '
        "PERFORM pg_advisory_xact_lock(10, 0); "
        f"IF NOT EXISTS ({OTHERS} OLD.user_id) THEN RAISE EXCEPTION 'last_owner'; END IF; "
        "END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER user_role_last_owner BEFORE UPDATE OR DELETE ON user_role "
        "FOR EACH ROW EXECUTE FUNCTION refuse_last_owner_role()"
    )
