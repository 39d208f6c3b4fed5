"""Timed stand-ins for a GPU, under the real scheduler, budgets, source and sinks."""
