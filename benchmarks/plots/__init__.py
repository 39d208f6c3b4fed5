"""Pictures of what was found; needs the extra ``bench``."""
