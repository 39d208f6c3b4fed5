"""Files to write: opened before the work, emptied only once nothing stands against it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gpu_service.commands.outputs import OutputFile
from gpu_service.errors import SettingsError


def test_a_file_is_replaced_when_it_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with OutputFile("--trace", path) as output:
        assert path.read_text() == "old"
        output.begin()
        output.file.write("new")
    assert path.read_text() == "new"


def test_a_file_that_never_began_is_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("old")
    with OutputFile("--trace", old), OutputFile("--summary", new):
        pass
    assert old.read_text() == "old"
    assert not new.exists()


@pytest.mark.parametrize("name", ["nowhere/out.json", ".", "a\0b", "\x1b[2J\n/x"])
def test_what_can_t_be_written_is_refused_by_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as refused:
        OutputFile("--trace", Path(name))
    message = str(refused.value)
    assert message.startswith(f"--trace {name.encode('unicode_escape').decode()} can't be written")
    assert message.isprintable()
    assert (refused.value.reason, refused.value.exit_code) == ("usage", 2)


def test_what_is_read_is_not_overwritten_by_whatever_name(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"precious")
    link, hard = tmp_path / "link", tmp_path / "hard"
    link.symlink_to(video)
    os.link(video, hard)
    for path in (video, link, hard, tmp_path / "." / "video.mp4"):
        with OutputFile("--trace", path) as output:
            with pytest.raises(SettingsError, match="would overwrite"):
                output.check([tmp_path / "other", video])
            output.check([tmp_path / "other"])
    assert video.read_bytes() == b"precious"


def test_a_device_is_written_to_by_anybody() -> None:
    with OutputFile("--trace", Path(os.devnull)) as output:
        output.check([Path(os.devnull)])
        output.begin()
        output.file.write("x")
