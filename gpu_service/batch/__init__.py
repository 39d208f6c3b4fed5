"""Many videos in one run: the manifest that names them."""
