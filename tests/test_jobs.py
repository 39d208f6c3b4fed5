"""Addresses and the ids in them."""

from __future__ import annotations

import pytest

from gpu_service.errors import SettingsError
from gpu_service.jobs import SourceRef, Video, VideoJob, VideoResult


def test_an_s3_address() -> None:
    ref = SourceRef.parse("s3://bucket/videos/a b+c/ü.mp4")
    assert (ref.bucket, ref.key) == ("bucket", "videos/a b+c/ü.mp4")
    assert str(ref) == "s3://bucket/videos/a b+c/ü.mp4"


def test_anything_else_is_a_path() -> None:
    assert SourceRef.parse("dir/my:video.mp4") == SourceRef(None, "dir/my:video.mp4")


def test_a_tilde_is_the_shell_s_to_resolve() -> None:
    assert SourceRef.parse("~draft.mp4") == SourceRef(None, "~draft.mp4")


@pytest.mark.parametrize("text", ["s3://", "s3://bucket", "s3:///key", "https://x/y.mp4", ""])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        SourceRef.parse(text)


@pytest.mark.parametrize(
    ("key", "ids"),
    [
        ("videos/session_7/video_42.mp4", ("7", 42)),
        ("videos/session_summer-24/video_0042.MOV", ("summer-24", 42)),
        ("videos/party.mp4", None),
        ("videos/session_7/other.mp4", None),
        ("other/session_7/video_42.mp4", None),
    ],
)
def test_ids_come_from_the_key(key: str, ids: tuple[str, int] | None) -> None:
    assert SourceRef("b", key).ids_in_key == ids


def test_derived_ids_are_stable_and_differ() -> None:
    assert SourceRef("b", "k").derived_video_id == SourceRef("b", "k").derived_video_id
    assert SourceRef("b", "k").derived_video_id != SourceRef("c", "k").derived_video_id
    assert 0 < SourceRef("b", "k").derived_video_id < 2**53


def test_a_video_without_a_session_is_a_session_of_its_own() -> None:
    ref = SourceRef("b", "k")
    assert Video(5, None, ref).session_folder == "video_5"
    assert Video(5, "9", ref).session_folder == "9"


def test_a_job_says_more_than_its_source_s_key() -> None:
    ref = SourceRef("b", "videos/session_7/video_42.mp4")
    assert VideoJob(ref).video == Video(42, "7", ref)
    assert VideoJob(ref, 5, "9").video == Video(5, "9", ref)
    assert VideoJob(ref) == VideoJob(SourceRef("b", ref.key))
    assert len({VideoJob(ref), VideoJob(ref, 5), VideoJob(ref, 6)}) == 3


def test_the_json_has_the_contract_s_names() -> None:
    done = VideoResult(Video(5, None, SourceRef("b", "k")), "cpu", "pyav/h264").as_json()
    contract = "video_id source status device backend frames duration object_size bytes_read"
    assert {*contract.split(), "events", "stages", "error"} <= done.keys()
    assert done["error"] is None
