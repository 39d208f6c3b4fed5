"""Numbers on the GPU: which are fast, how far they are off, and none that are so unasked."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

FAST_DTYPE = torch.float16
"""Of the convolutions. Tensor cores from Turing on take it at the rate of bfloat16, and it keeps
three more bits; activations stay below 25, of 65,504 at most."""

FAST_ERROR = 0.01
"""How far scores in :data:`FAST_DTYPE` may be from those in float32. The most that was measured over
the shared videos is 0.0036, on a CPU; bfloat16 is six times as far off."""


def exact_float32() -> AbstractContextManager[None]:
    """Float32 that is float32, for the block: no TF32 in convolutions, which is torch's default.

    Nor does cuDNN try its algorithms: it would build all that it knows for each of 54 shapes, some of
    them compiled at run time, before the first video is decoded, for a model that waits for its
    decoders anyway. Settings of the process, set back at the end of the block.
    """
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, allow_tf32=False)
