"""TransNetV2 over a run of windows that are next to each other, each frame convolved once.

The official protocol gives the model windows of 100 frames that overlap by half, so that each frame
goes through the convolutions twice. They look at most 48 frames ahead and back, and barely use the
farthest of them; here they see all that is known. The comparison of a frame with its neighbours is
another matter: scores depend on where it ends, so it ends where the frame's official window does.
One window that nothing goes before or follows is the official computation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from gpu_service.detect.fast.arithmetic import Arithmetic
from gpu_service.detect.fast.handover import Handover
from gpu_service.detect.fast.threads import take_threads
from gpu_service.detect.similarity import color_histograms, similarity_band
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.windows import MARGIN_FRAMES, STRIDE_FRAMES, WINDOW_FRAMES

Network = Callable[[Tensor, Callable[[], int]], tuple[Tensor, Tensor]]
"""See :meth:`FastNetwork.__call__`."""

_PART = "features"
"""What is handed over, see :class:`~gpu_service.detect.fast.handover.Handover`: means and pixels, behind
the stacks, of the frames from the first window on that is not scored."""

_KEPT = slice(MARGIN_FRAMES, MARGIN_FRAMES + STRIDE_FRAMES)


class FastNetwork:
    """The model's weights, laid out for runs on the CPU.

    :param model: not changed, and not needed afterwards.
    :param arithmetic: of the convolutions; the rest is float32.
    """

    def __init__(self, model: TransNetV2, arithmetic: Arithmetic) -> None:
        self._convolutions = arithmetic.convolutions(model.stacks())
        self._projection = model.frame_sim_layer.projection
        self._compare_features = model.frame_sim_layer.fc
        self._compare_colors = model.color_hist_layer.fc
        self._hidden = model.fc1
        self._heads = (model.cls_layer1, model.cls_layer2)

    def __call__(
        self, rgb: Tensor, threads: Callable[[], int] = lambda: 1
    ) -> tuple[Tensor, Tensor]:
        """Score the kept frames of windows that nothing goes before or follows.

        :param rgb: ``(50 * n + 50, 27, 48, 3)`` uint8 RGB: ``n`` windows, each 50 after the last.
        :param threads: how many may work on it now; asked anew now and then.
        :returns: two ``(50 * n,)`` float32 logits, "single" and "many".
        """
        return self.go_on(rgb, len(rgb), threads, None, None)

    def go_on(
        self,
        rgb: Tensor,
        fresh: int,
        threads: Callable[[], int],
        before: Handover | None,
        after: Handover | None,
    ) -> tuple[Tensor, Tensor]:
        """Score the kept frames of those windows that are known whole and with what follows them.

        :param rgb: ``(50 * n + 50, 27, 48, 3)``: the windows that are not scored yet.
        :param fresh: how many frames at the end are in no run before.
        :param threads: see above.
        :param before: what the run before has left; None if there was none.
        :param after: for the run that follows; None if there is none, and all windows are scored.
        :returns: see above; of the first windows.
        """
        means, last = self._convolutions(rgb[len(rgb) - fresh :], threads, before, after)
        if before is not None:
            earlier = before.take(_PART)
            means, last = (torch.cat(pair) for pair in zip(earlier, (means, last), strict=True))
        windows = max(0, len(means) // STRIDE_FRAMES - 1)
        kept = windows * STRIDE_FRAMES
        if after is not None:
            after.give(_PART, (means[kept:].clone(), last[kept:].clone()))
        if not windows:
            return torch.empty(0), torch.empty(0)
        whole = slice(kept + WINDOW_FRAMES - STRIDE_FRAMES)
        return self._scored(rgb[whole], means[whole], last[whole])

    def _scored(self, rgb: Tensor, means: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        # Several threads would add up in another order.
        take_threads(1)
        projected = self._projection(means)
        features = torch.cat(
            [
                functional.relu(self._compare_colors(_bands(color_histograms(rgb[None])[0]))),
                functional.relu(self._compare_features(_bands(projected))),
                last[MARGIN_FRAMES:-MARGIN_FRAMES],
            ],
            dim=1,
        )
        hidden = functional.relu(self._hidden(features))
        single, many = (head(hidden)[:, 0] for head in self._heads)
        return single, many


class LateNetwork:
    """A network that is made when it is first called, by one thread of those that call it.

    Laying out takes a part of a second and 100 MB, and many videos never need a second one.
    """

    def __init__(self, make: Callable[[], Network]) -> None:
        self._make = make
        self._made: Network | None = None
        self._making = threading.Lock()

    def __call__(self, rgb: Tensor, threads: Callable[[], int]) -> tuple[Tensor, Tensor]:
        """See :meth:`FastNetwork.__call__`."""
        with self._making:
            network = self._made = self._made or self._make()
        return network(rgb, threads)


def _bands(features: Tensor) -> Tensor:
    """``(50 * n + 50, C)`` to ``(50 * n, 101)``: each kept frame against those of its window."""
    windows = features.unfold(0, WINDOW_FRAMES, STRIDE_FRAMES).transpose(1, 2)
    return similarity_band(windows)[:, _KEPT].flatten(0, 1)
