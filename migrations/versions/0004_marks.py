"""A resource carries a mark that is another after every change of what is taken of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VERBS = ("insert", "update", "delete")


def upgrade() -> None:
    op.add_column(
        "resource", sa.Column("mark", sa.BigInteger(), nullable=False, server_default="0")
    )
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER occupancy_mark ON occupancy")
        op.execute("DROP FUNCTION mark_resource()")
    else:
        for verb in VERBS:
            op.execute(f"DROP TRIGGER occupancy_mark_{verb}")
    op.drop_column("resource", "mark")


def _postgresql() -> None:
    # Whoever writes has locked the resource before (booking/occupancy/actions.py). Only what has
    # ended by itself is deleted without, and needs no mark: a row locked by another is passed over.
    op.execute(
        "CREATE FUNCTION mark_resource() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP <> 'DELETE' THEN "
        "UPDATE resource SET mark = (random() * 9007199254740991)::bigint "
        "WHERE id = NEW.resource_id; "
        "END IF; "
        "IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.resource_id <> NEW.resource_id) THEN "
        "UPDATE resource SET mark = (random() * 9007199254740991)::bigint "
        "WHERE id = (SELECT id FROM resource WHERE id = OLD.resource_id "
        "FOR NO KEY UPDATE SKIP LOCKED); "
        "END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER occupancy_mark AFTER INSERT OR UPDATE OR DELETE ON occupancy "
        "FOR EACH ROW EXECUTE FUNCTION mark_resource()"
    )


def _sqlite() -> None:
    for verb in VERBS:
        rows = {"insert": "NEW.resource_id", "delete": "OLD.resource_id"}
        op.execute(
            f"CREATE TRIGGER occupancy_mark_{verb} AFTER {verb.upper()} ON occupancy BEGIN "
            "UPDATE resource SET mark = random() "
            f"WHERE id IN ({rows.get(verb, 'OLD.resource_id, NEW.resource_id')}); END"
        )
