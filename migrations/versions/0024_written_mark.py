"""All that offers rest on beside taken time has one mark, another after every change of it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = (
    "closure",
    "credential",
    "dated_hours",
    "location",
    "outside_busy",
    "own_segment",
    "practitioner",
    "room",
    "service",
    "service_practitioner",
    "service_room",
    "service_segment",
    "time_off",
    "weekly_hours",
)
VERBS = ("insert", "update", "delete")


def upgrade() -> None:
    op.create_table(
        "written_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_written_mark_the_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_mark")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER {table}_mark ON {table}")
        op.execute("DROP FUNCTION mark_written()")
    else:
        for table in TABLES:
            for verb in VERBS:
                op.execute(f"DROP TRIGGER {table}_mark_{verb}")
    op.drop_table("written_mark")


def _postgresql() -> None:
    # At the end of the transaction, and once in it: the row is locked when everything else that
    # the transaction needs is, so that nobody who waits for it is waited for.
    some = "(random() * 9007199254740991)::bigint"
    op.execute(f"INSERT INTO written_mark (id, mark) VALUES (1, {some})")
    op.execute(
        "CREATE FUNCTION mark_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"UPDATE written_mark SET mark = {some} WHERE xmin <> pg_current_xact_id()::xid; "
        "RETURN NULL; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_mark AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mark_written()"
        )


def _sqlite() -> None:
    op.execute("INSERT INTO written_mark (id, mark) VALUES (1, random())")
    for table in TABLES:
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {table}_mark_{verb} AFTER {verb.upper()} ON {table} BEGIN "
                "UPDATE written_mark SET mark = random(); END"
            )
