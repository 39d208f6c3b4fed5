"""A streaming frame service: videos in S3 become events, each with its exact midpoint frame."""

__version__ = "0.1.0"
