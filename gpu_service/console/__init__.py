"""What people see on a terminal: logs, progress, tables; everything but results on stderr."""
