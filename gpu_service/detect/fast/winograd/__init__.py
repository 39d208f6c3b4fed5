"""TransNetV2's convolutions in float32 with a fifth of the multiplications, a few frames at a time.

Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; for
F(6x6, 3x3) with the points 0, 1, -1, 2, -2, 1/2 and -1/2. The matrix
products are torch's; what goes before and after them is compiled by Numba.
"""
