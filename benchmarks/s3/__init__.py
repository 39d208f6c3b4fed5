"""An S3 endpoint as far away and as narrow as a benchmark wants it."""
