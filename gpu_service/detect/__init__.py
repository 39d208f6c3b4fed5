"""Detection: frames in, scores out, and segments made of the scores."""
