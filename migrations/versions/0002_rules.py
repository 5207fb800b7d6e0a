"""Rules the database keeps by itself: no double booking, and an audit that only grows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = "'????-??-?? ??:??:??.??????'"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap")
        op.execute("DROP TRIGGER audit_append_only ON audit")
        op.execute("DROP FUNCTION refuse_audit_change()")
        return
    for name in (
        "occupancy_no_overlap_insert",
        "occupancy_no_overlap_update",
        "occupancy_instants_insert",
        "occupancy_instants_update",
        "audit_no_update",
        "audit_no_delete",
    ):
        op.execute(f"DROP TRIGGER {name}")


def _postgresql() -> None:
    op.execute(
        "ALTER TABLE occupancy ADD CONSTRAINT occupancy_no_overlap EXCLUDE USING gist "
        "(int8range(resource_id, resource_id, '[]') WITH =, tstzrange(starts_at, ends_at) WITH &&)"
    )
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_append_only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def _sqlite() -> None:
    for name, verb, but in (
        ("insert", "INSERT", ""),
        ("update", "UPDATE OF resource_id, starts_at, ends_at", "AND o.id <> OLD.id"),
    ):
        # Live rows of one resource never overlap, so the first that ends after the new start
        # decides: one seek on ix_occupancy_seek.
        op.execute(
            f"CREATE TRIGGER occupancy_no_overlap_{name} BEFORE {verb} ON occupancy "
            "WHEN (SELECT o.starts_at < NEW.ends_at FROM occupancy AS o "
            f"WHERE o.resource_id = NEW.resource_id AND o.ends_at > NEW.starts_at {but} "
            "ORDER BY o.ends_at LIMIT 1) "
            "BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END"
        )
        # Instants are compared as text, so only one spelling may enter.
        op.execute(
            f"CREATE TRIGGER occupancy_instants_{name} BEFORE {verb} ON occupancy "
            f"WHEN NOT (NEW.starts_at GLOB {INSTANT} AND NEW.ends_at GLOB {INSTANT}) "
            "BEGIN SELECT RAISE(ABORT, 'occupancy_instants'); END"
        )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END"
        )
