"""TransNetV2 over a batch of official windows, laid out for inference.

The convolutions are like those of :mod:`gpu_service.detect.fast`: two-dimensional, channels-last,
batch normalisation folded in, which is what tensor cores take. Windows are a batch of their own beside
the frames, so that no window sees another one's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_service.detect.cuda.blocks import WindowStack
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.windows import MARGIN_FRAMES, STRIDE_FRAMES
from gpu_service_kernels.color_histograms import color_histograms
from gpu_service_kernels.windowed_similarity import windowed_similarity

_KEPT = slice(MARGIN_FRAMES, MARGIN_FRAMES + STRIDE_FRAMES)


class WindowNetwork:
    """The model's weights, laid out for batches of windows; runs where the weights are.

    Has no state and takes no decision by its input, so that its work can be captured and replayed.

    :param model: not changed; its linear layers are shared.
    :param dtype: of the convolutions; the rest, a fiftieth of the work, is float32, since a cosine
        of half precision would be too coarse.
    """

    def __init__(self, model: TransNetV2, dtype: torch.dtype = torch.float32) -> None:
        self._dtype = dtype
        self._stacks = [torch.vmap(WindowStack(stack, dtype)) for stack in model.stacks()]
        self._projection = model.frame_sim_layer.projection
        self._compare_features = model.frame_sim_layer.fc
        self._compare_colors = model.color_hist_layer.fc
        self._hidden = model.fc1
        self._heads = (model.cls_layer1, model.cls_layer2)

    def __call__(self, rgb: Tensor) -> Tensor:
        """Score the kept frames of each window.

        :param rgb: ``(N, 100, 27, 48, 3)`` uint8 RGB, on the weights' device.
        :returns: ``(2, N, 50)`` float32 probabilities, "single" and "many", on that device.
        """
        x = (rgb.permute(0, 1, 4, 2, 3).to(torch.float32) / 255).to(self._dtype)
        pooled = []
        for stack in self._stacks:
            x = stack(x)
            pooled.append(x.mean(dim=(3, 4), dtype=torch.float32))
        projected = self._projection(torch.cat(pooled, dim=2))
        features = torch.cat(
            [
                _compared(self._compare_colors, color_histograms(rgb)),
                _compared(self._compare_features, projected),
                x[:, _KEPT].permute(0, 1, 3, 4, 2).flatten(2).float(),
            ],
            dim=2,
        )
        hidden = functional.relu(self._hidden(features))
        logits = torch.stack([head(hidden)[..., 0] for head in self._heads])
        return torch.sigmoid(logits)


def _compared(layer: nn.Module, features: Tensor) -> Tensor:
    """``(N, 100, C)`` to ``(N, 50, 128)``: each kept frame against those of its window."""
    unit = functional.normalize(features, dim=2)
    return functional.relu(layer(windowed_similarity(unit)[:, _KEPT]))
