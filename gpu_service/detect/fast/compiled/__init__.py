"""What Numba compiles for this machine's CPU, for numbers of either size."""
