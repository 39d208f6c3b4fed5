from __future__ import annotations

import pytest

from gpu_service.console.doctor import print_checks
from gpu_service.doctor.check import Check, State


def test_brackets_are_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    remedy = "pip install 'gpu-service[cuda]'"
    print_checks([Check("NVDEC", State.ABSENT, "libcuda [missing]", remedy)], as_json=False)
    said = capsys.readouterr().out
    assert "libcuda [missing]" in said
    assert remedy in said
