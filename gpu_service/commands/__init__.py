"""What the commands do with their words; :mod:`gpu_service.cli` has the words themselves."""
