"""Sources: an object in S3 or a file, pinned, read by range, seen as a seekable file."""
