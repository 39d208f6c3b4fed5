"""The versions of the tables, applied by :mod:`gpu_service.sink.migrate` with Alembic."""

VERSION_TABLE = "gpu_service_migration"
"""Not Alembic's usual name: the database may belong to an application that uses Alembic too."""

HEAD = "0001"
"""The newest revision, known without loading Alembic."""
