"""The pipeline: from an opened source to published events."""
