"""Settings from the environment."""

from __future__ import annotations

import pytest

from gpu_service.errors import SettingsError
from gpu_service.settings import load_settings, setting_names


def test_the_defaults_are_the_contract_s() -> None:
    settings = load_settings()
    assert settings.source.raw_bucket == "capstone-dev-raw"
    assert settings.thumbnail.thumbnails_bucket == "capstone-dev-thumbnails"
    assert settings.thumbnail.jpeg_quality == 85
    assert settings.detect.threshold == 0.5
    assert settings.detect.min_event_seconds == 0.5


def test_names_are_flat_whatever_the_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_SERVICE_MIN_EVENT_SECONDS", "0")
    monkeypatch.setenv("GPU_SERVICE_THUMBNAILS_BUCKET", "mine")
    monkeypatch.setenv("GPU_SERVICE_SCHEMA", "video")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x/y")
    settings = load_settings()
    assert settings.detect.min_event_seconds == 0
    assert settings.thumbnail.thumbnails_bucket == "mine"
    assert settings.database.schema_name == "video"
    assert settings.database.database_url == "postgresql://x/y"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GPU_SERVICE_THRESHOLD", "1.5"),
        ("GPU_SERVICE_JPEG_QUALITY", "high"),
        ("GPU_SERVICE_DEVICE", "tpu"),
        ("GPU_SERVICE_SCHEMA", 'a"; DROP'),
        ("GPU_SERVICE_MIN_EVENT_SECONDS", "inf"),
        ("GPU_SERVICE_MIN_EVENT_SECONDS", "nan"),
        ("GPU_SERVICE_THRESHOLD", "nan"),
        ("GPU_SERVICE_STATEMENT_TIMEOUT_SECONDS", "inf"),
        ("GPU_SERVICE_STATEMENT_TIMEOUT_SECONDS", "0.0000001"),
    ],
)
def test_a_bad_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_misspelt_name_is_refused_with_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_SERVICE_TRESHOLD", "0.4")
    with pytest.raises(SettingsError, match="did you mean GPU_SERVICE_THRESHOLD"):
        load_settings()


@pytest.mark.parametrize("name", ["GPU_SERVICE_TEST_GPU", "GPU_SERVICE_TEST_MEDIA"])
def test_what_the_test_suite_is_told_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It reaches the commands that tests run."""
    monkeypatch.setenv(name, "1")
    assert load_settings().device == "auto"


def test_every_setting_is_described() -> None:
    assert all(setting_names().values())
    assert "DATABASE_URL" in setting_names()
