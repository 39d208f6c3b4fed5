"""Words, help and what doctor says."""

from __future__ import annotations

import json

import pytest

from gpu_service.cli import main
from gpu_service.settings import setting_names


def code_of(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    code = left.value.code
    assert isinstance(code, int)
    return code


@pytest.mark.parametrize(
    "command", ["analyze", "verify", "demo", "migrate", "doctor", "serve", "health"]
)
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(command, "--help") == 0
    said = capsys.readouterr().out
    assert f"gpu-service {command}" in said
    assert "Example" in said


def test_help_of_analyze_explains_manifest_and_exit_codes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert code_of("analyze", "--help") == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for words in (
        '{"source": "s3://… or a path", "video_id": 42, "session": "7"}',
        "relative paths begin at the working directory",
        "--concurrency",
        "ui.perfetto.dev",
        "Exit codes: 0 all done, 2 usage",
    ):
        assert words in said


def test_wrong_words_are_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("analyse", "x.mp4") == 2
    assert code_of("analyze") == 2
    assert code_of("analyze", "x.mp4", "--video-id", "many") == 2
    assert code_of("analyze", "a.mp4", "b.mp4", "--local", "--video-id", "1") == 2
    assert "--video-id names one video" in capsys.readouterr().err
    assert code_of("analyze", "a.mp4", "--concurrency", "0") == 2
    assert code_of("analyze", "--json") == 2
    assert "nothing to analyze; name s3://bucket/key" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--video-id", "1"), ("--session", "7")])
def test_a_manifest_says_ids_and_sessions_itself(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("analyze", "--manifest", "m.jsonl", *option) == 2
    assert "do not go with --manifest" in capsys.readouterr().err


def test_a_manifest_that_is_not_there_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/nobody")
    assert code_of("analyze", "--manifest", "nowhere.jsonl") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gpu-service: manifest: the manifest nowhere.jsonl: No such file")


def test_what_nothing_has_translated_is_a_fault_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise LookupError("nobody expected this")

    monkeypatch.setattr("gpu_service.console.doctor.print_settings", broken)
    assert code_of("doctor", "--settings") == 70
    assert "nobody expected this" in capsys.readouterr().err


def test_doctor_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("doctor", "--settings") == 0
    said = "".join(capsys.readouterr().out.split())
    # Names may be folded over lines of a narrow table.
    assert all(name in said or name[:12] in said for name in setting_names())


def test_doctor_names_what_is_there(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    bucket: str,
    postgres_url: str,
    schema_name: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("GPU_SERVICE_SCHEMA", schema_name)
    monkeypatch.setenv("GPU_SERVICE_RAW_BUCKET", bucket)
    monkeypatch.setenv("GPU_SERVICE_THUMBNAILS_BUCKET", "nobody-made-this-bucket")
    assert code_of("migrate") == 0
    capsys.readouterr()
    assert code_of("doctor", "--json") == 2
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["database"]["state"] == "ok"
    assert checks[f"s3://{bucket}"]["state"] == "ok"
    assert checks["weights"]["state"] == "ok"
    missing = checks["s3://nobody-made-this-bucket"]
    assert missing["state"] == "broken"
    assert "the bucket does not exist" in missing["detail"]
    assert missing["remedy"]


def test_doctor_without_servers_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert code_of("doctor", "--json") == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["database"]["state"] == "absent"
    assert "DATABASE_URL" in checks["database"]["detail"]


def test_weights_that_are_not_there_are_a_wrong_setting(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    bucket: str,
    postgres_url: str,
    schema_name: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("GPU_SERVICE_SCHEMA", schema_name)
    monkeypatch.setenv("GPU_SERVICE_WEIGHTS", f"s3://{bucket}/weights.pth")
    assert code_of("migrate") == 0
    assert code_of("analyze", f"s3://{bucket}/video.mp4") == 2
    said = capsys.readouterr().err
    assert "the weights" in said
    assert f"s3://{bucket}/weights.pth" in said
