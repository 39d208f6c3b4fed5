"""TransNetV2's convolutions in bfloat16, by torch, for CPUs that multiply it natively.

There the products are so quick that half of the time would go by beside them, in passes over memory
and in pages that the system gives and takes back. What goes between the convolutions is compiled by
Numba, and writes into memory that is kept.
"""
