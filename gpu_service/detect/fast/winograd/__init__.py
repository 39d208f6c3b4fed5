"""TransNetV2's convolutions in float32 with a quarter of the multiplications, a few frames at a time.

Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(4x4,
3x3). The matrix products are torch's; what goes before and after them is compiled by Numba.
"""
