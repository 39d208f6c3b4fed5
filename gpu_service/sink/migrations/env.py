"""Alembic's entry; the connection, its schema and its transaction are the caller's."""

from alembic import context

from gpu_service.sink.migrations import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table=VERSION_TABLE,
    version_table_schema=context.config.attributes["schema"],
)
with context.begin_transaction():
    context.run_migrations()
