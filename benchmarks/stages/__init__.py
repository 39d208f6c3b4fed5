"""One stage of the pipeline alone, as the pipeline uses it."""
