"""What Alembic runs: always on the connection that `server.db.migrate` hands over, inside its transaction."""

from alembic import context

from server.db.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite alters a table by copying it; naming conventions give each constraint the name that needs.
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
