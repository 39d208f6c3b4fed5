"""TransNetV2's convolutions in bfloat16, by torch, for CPUs that multiply it natively.

There the products are so quick that half of the time would go by beside them, in passes over memory
and in pages that the system gives and takes back. So branches are joined by what Numba compiles, in
fewer passes, and the largest tensor of each stack lies where the last run's was.
"""
