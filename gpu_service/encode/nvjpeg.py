"""JPEG on the GPU: nvJPEG, by way of nvImageCodec.

Chosen over torchcodec's ``JpegEncoder``, which is fixed to 4:4:4: here quality, 4:2:0 and baseline
coding can be asked for, which is what the CPU's encoder writes. The bytes are not the CPU's all the
same, since nvJPEG rounds otherwise.
"""

from __future__ import annotations

import threading
from typing import Any

import torch

from gpu_service.device_errors import device_errors
from gpu_service.encode.lanczos import scaled_down
from gpu_service.encode.limits import check_size
from gpu_service.errors import InternalError, SettingsError
from gpu_service.frames import DevicePicture


class NvJpegEncoder:
    """Encodes pictures that are on a GPU: baseline, 4:2:0, standard Huffman tables.

    Any thread may encode; one at a time does. What it reads is what the calling thread's current
    stream has written, and that stream alone is waited for.

    :param device: where the pictures are.
    :param quality: 1 to 100.
    :param max_width: wider pictures are scaled down to it, aspect kept; 0 keeps every size.
    :raises SettingsError: ``no_nvjpeg``: nvImageCodec or nvJPEG is missing.
    """

    def __init__(self, device: torch.device, *, quality: int = 85, max_width: int = 0) -> None:
        if not 1 <= quality <= 100 or max_width < 0:
            raise ValueError(f"quality {quality} or maximum width {max_width} is out of range")
        self.quality = quality
        self.max_width = max_width
        self._codec = _nvimgcodec()
        self._parameters = _parameters(self._codec, quality)
        self._lock = threading.Lock()
        try:
            self._encoder = self._codec.Encoder(
                device_id=device.index or 0,
                # Each has a CUDA stream; one picture is encoded at a time.
                max_num_cpu_threads=1,
                # What nvJPEG's CUDA encoder is registered as; GPU_ONLY is nobody.
                backends=[self._codec.Backend(self._codec.BackendKind.HYBRID_CPU_GPU)],
            )
        except RuntimeError as error:
            raise SettingsError(
                f"nvJPEG does not start: {error}; gpu-service doctor says what is missing",
                reason="no_nvjpeg",
            ) from error

    def encode(self, picture: DevicePicture) -> bytes:
        """The picture as a JPEG file; blocks until it is in host memory.

        :raises InputError: ``picture_too_large`` where JPEG can't hold it.
        :raises TransientError: ``gpu_memory``: the GPU has no room to scale it.
        :raises InternalError: nvJPEG has failed, for want of room too, which it does not tell.
        """
        with device_errors(f"{picture}: encoding"):
            rgb = scaled_down(picture.rgb, self.max_width)
            height, width = rgb.shape[:2]
            check_size(width, height)
            stream = torch.cuda.current_stream(rgb.device).cuda_stream
            image = self._codec.as_image(rgb, stream)
            with self._lock:
                coded = self._encoder.encode(
                    image,
                    "jpeg",
                    # Where it makes one itself, that takes pinned memory anew for each picture, while
                    # it holds Python's lock; CUDA may let that wait for the model.
                    code_stream_s=self._codec.CodeStream(0, False),
                    params=self._parameters,
                    cuda_stream=stream,
                )
            if coded is not None:
                return bytes(coded)
        # Why, it has printed; it does not say it otherwise.
        raise InternalError(f"{picture}: nvJPEG gave no picture", reason="encode")


def _nvimgcodec() -> Any:
    try:
        from nvidia import nvimgcodec
    except ImportError as error:
        raise SettingsError(
            f"nvImageCodec can't be used ({error}); pip install 'gpu-service[cuda]'",
            reason="no_nvjpeg",
        ) from error
    return nvimgcodec


def _parameters(codec: Any, quality: int) -> Any:
    """All that there is to say, so that no default of the library's decides."""
    return codec.EncodeParams(
        quality_type=codec.QualityType.QUALITY,
        quality_value=quality,
        color_spec=codec.ColorSpec.SYCC,
        chroma_subsampling=codec.ChromaSubsampling.CSS_420,
        jpeg_encode_params=codec.JpegEncodeParams(progressive=False, optimized_huffman=False),
    )
