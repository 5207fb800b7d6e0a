"""Run migrations through the application's own engine, inside one write transaction."""

from alembic import context
from flask import current_app

from booking.core.db import WRITE, UtcDateTime, write_lock

db = current_app.extensions["migrate"].db


def plain_instants(kind: str, item: object, _context: object) -> str | bool:
    """Write the UTC column type as the database's own, so migrations import no application code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


options = current_app.extensions["migrate"].configure_args

with write_lock(db.engine), db.engine.connect().execution_options(**{WRITE: True}) as connection:
    if connection.dialect.name == "sqlite":
        # On the raw connection: through SQLAlchemy it would be inside BEGIN, a silent no-op.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=plain_instants,
        # Without it Alembic commits on SQLite whenever it likes; SQLite can well take it back.
        transactional_ddl=True,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()
db.engine.dispose()
