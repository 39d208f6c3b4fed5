"""``python -m gpu_service``."""

from gpu_service.cli import main

main()
