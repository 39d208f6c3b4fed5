"""Sinks: JPEGs to an object store, rows to PostgreSQL."""
