"""TransNetV2, the event model.

After T. Souček and J. Lokoč, "TransNet V2: An effective deep network architecture for fast shot
transition detection", arXiv 2008.04838.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_service.detect.blocks import DilatedStack
from gpu_service.detect.similarity import ColorHistograms, FrameSimilarity

_FILTERS = (16, 32, 64)
_HIDDEN = 1024


class TransNetV2(nn.Module):
    """Says of each frame whether a transition goes on.

    Runs on whichever device its weights are on. Every layer keeps the time axis, so any number of
    frames works; the official protocol gives it 100.
    """

    def __init__(self) -> None:
        super().__init__()
        outputs = [4 * filters for filters in _FILTERS]
        inputs = [3, *outputs[:-1]]
        self.SDDCNN = nn.ModuleList(
            [
                DilatedStack(channels, filters)
                for channels, filters in zip(inputs, _FILTERS, strict=True)
            ]
        )
        self.frame_sim_layer = FrameSimilarity(sum(outputs))
        self.color_hist_layer = ColorHistograms()
        self.fc1 = nn.Linear(outputs[-1] * 3 * 6 + 128 + 128, _HIDDEN)
        self.cls_layer1 = nn.Linear(_HIDDEN, 1)
        self.cls_layer2 = nn.Linear(_HIDDEN, 1)

    def stacks(self) -> list[DilatedStack]:
        """The convolutional half, the first first."""
        return [stack for stack in self.SDDCNN if isinstance(stack, DilatedStack)]

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Score every frame.

        :param frames: ``(B, T, 27, 48, 3)`` uint8 RGB, on the model's device.
        :returns: two ``(B, T)`` float logits: the frame is the middle of a transition ("single"),
            and the frame is part of a transition ("many").
        """
        x = frames.permute(0, 4, 1, 2, 3).to(self.fc1.weight.dtype) / 255
        stack_outputs = []
        for stack in self.SDDCNN:
            x = stack(x)
            stack_outputs.append(x)
        seen = x.permute(0, 2, 3, 4, 1).flatten(2)
        compared = self.frame_sim_layer(stack_outputs)
        features = torch.cat([self.color_hist_layer(frames), compared, seen], dim=2)
        hidden = functional.relu(self.fc1(features))
        return self.cls_layer1(hidden).squeeze(2), self.cls_layer2(hidden).squeeze(2)
