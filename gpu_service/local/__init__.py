"""What ``--local`` and ``demo`` start on this machine: a PostgreSQL and an S3 endpoint."""
