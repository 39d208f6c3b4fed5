"""GPU kernels in Triton, each beside a reference in plain torch.

A folder an op; the folder's function takes the kernel for CUDA tensors and the reference for all
others. Needs torch alone until a kernel runs. The import name is not ``kernels``: other libraries
look for PyPI's package of that name.
"""
