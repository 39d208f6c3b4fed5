from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path

import pytest
import torch

from gpu_service.detect.detector import build_model, load_detector
from gpu_service.detect.transnetv2 import TransNetV2
from gpu_service.detect.weights import OFFICIAL_SHA256, load_weights, official_weights
from gpu_service.errors import SettingsError
from gpu_service.settings import DetectSettings


def saved(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def test_the_official_file_is_the_published_one() -> None:
    path = official_weights()

    assert hashlib.sha256(path.read_bytes()).hexdigest() == OFFICIAL_SHA256
    assert load_weights(path, OFFICIAL_SHA256).sha256 == OFFICIAL_SHA256


def test_weights_of_ones_own_have_their_own_fingerprint(tmp_path: Path) -> None:
    content = saved(TransNetV2().state_dict())
    path = tmp_path / "own.pth"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()

    settings = DetectSettings(weights=str(path), weights_sha256=sha256.upper())
    by_path = load_detector(settings, "cpu")
    settings = DetectSettings(weights="s3://models/own.pth")
    by_bytes = load_detector(settings, "cpu", weights_data=content)

    assert by_path.fingerprint == by_bytes.fingerprint
    assert by_path.fingerprint.startswith(sha256)
    assert by_path.name == "transnetv2-custom"


def test_another_hash_is_refused_with_both_named() -> None:
    with pytest.raises(SettingsError, match=r"own\.pth: SHA-256 is [0-9a-f]{64}, expected 1234"):
        load_weights(b"something", "1234", name="own.pth")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.pth: No such file"):
        load_detector(DetectSettings(weights=str(tmp_path / "absent.pth")), "cpu")


def test_weights_in_s3_must_have_been_fetched() -> None:
    with pytest.raises(SettingsError, match=r"s3://models/own\.pth"):
        load_detector(DetectSettings(weights="s3://models/own.pth"), "cpu")


class _Shell:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("echo this must never run",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a checkpoint",
        b"\x80\x02" * 40,
        b"PK\x03\x04" + bytes(200),
        pickle.dumps(_Shell()),
    ],
    ids=["empty", "text", "broken-pickle", "broken-zip", "code"],
)
def test_what_is_no_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(SettingsError, match=r"own\.pth: not a checkpoint") as caught:
        load_weights(content, name="own.pth")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], {"fc1.weight": 3}])
def test_a_checkpoint_of_something_else_is_refused(content: object) -> None:
    with pytest.raises(SettingsError, match=r"own\.pth: expected a mapping"):
        load_weights(saved(content), name="own.pth")


def test_weights_of_another_model_are_refused_with_what_differs() -> None:
    state = dict(TransNetV2().state_dict())
    del state["fc1.bias"]
    state["cls_layer1.weight"] = torch.zeros(1, 512)
    state["head.weight"] = torch.zeros(1)

    with pytest.raises(SettingsError) as caught:
        build_model(load_weights(saved(state), name="own.pth"))

    message = str(caught.value)
    assert message.startswith("own.pth: not weights of TransNetV2 (3 mismatches")
    assert "no fc1.bias" in message
    assert "unknown head.weight" in message
    assert "cls_layer1.weight is (1, 512), expected (1, 1024)" in message


def test_weights_that_are_no_numbers_are_refused() -> None:
    state = dict(TransNetV2().state_dict())
    state["fc1.bias"] = torch.full_like(state["fc1.bias"], float("nan"))

    with pytest.raises(SettingsError, match=r"fc1\.bias holds values that are no numbers"):
        load_weights(saved(state), name="own.pth")
