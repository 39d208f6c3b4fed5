"""The manifest's lines: what is read, and what is refused with its line and a remedy."""

from __future__ import annotations

import codecs
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.batch.manifest import MOST_BYTES, manifest_line, parse_manifest
from gpu_service.errors import SettingsError
from gpu_service.jobs import SourceRef, VideoJob


def refusal(data: bytes) -> str:
    with pytest.raises(SettingsError) as refused:
        parse_manifest(data, "week.jsonl")
    assert refused.value.reason == "manifest"
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_lines_become_jobs_in_their_order() -> None:
    data = (
        b'{"source": "s3://raw/b.mp4", "video_id": 42, "session": "7"}\n'
        b'{"session": "s", "source": "dir/a.mp4"}\n'
        b'{"source": "s3://raw/b.mp4", "video_id": 43}'
    )
    assert parse_manifest(data, "m") == [
        VideoJob(SourceRef("raw", "b.mp4"), 42, "7"),
        VideoJob(SourceRef(None, "dir/a.mp4"), None, "s"),
        VideoJob(SourceRef("raw", "b.mp4"), 43),
    ]


def test_what_editors_leave_behind_is_taken() -> None:
    data = codecs.BOM_UTF8 + b'\r\n{"source": "a.mp4"}\r\n\n   \t\r\n{"source": "b.mp4"}\r\n'
    assert [job.source.key for job in parse_manifest(data, "m")] == ["a.mp4", "b.mp4"]


def test_a_line_ends_at_a_line_feed_and_nowhere_else() -> None:
    name = "a\u2028b\x85c\u000bd.mp4"
    data = json.dumps({"source": name}, ensure_ascii=False).replace("\\u000b", "\u000b")
    # U+2028 and U+0085 may stand in JSON strings as they are, a vertical tab may not.
    assert "not JSON" in refusal(data.encode())
    data = json.dumps({"source": name}, ensure_ascii=False)
    (job,) = parse_manifest(data.encode(), "m")
    assert job.source.key == name


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"source": "a.mp4", "sesion": "7"}', "unknown key 'sesion'; there are source, video_id"),
        (b'{"video_id": 1}', 'no "source"; give s3://bucket/key or a path'),
        (b'{"source": 7}', '"source" is not a string'),
        (b'{"source": null}', '"source" is not a string'),
        (b'{"source": ""}', '"source" is empty'),
        (b'{"source": "s3://bucket"}', "'s3://bucket' is not s3://bucket/key"),
        (b'{"source": "https://x/y.mp4"}', "only s3://bucket/key and paths"),
        (b'{"source": "a\\u0000b"}', "NUL"),
        (b'{"source": "\\ud800.mp4"}', "half a character"),
        (b'{"source": "a.mp4", "session": 7}', '"session" is not a string'),
        (b'{"source": "a.mp4", "session": ""}', '"session" is empty'),
        (b'{"source": "a.mp4", "video_id": "42"}', '"video_id" is not a whole number'),
        (b'{"source": "a.mp4", "video_id": 4.0}', '"video_id" is not a whole number'),
        (b'{"source": "a.mp4", "video_id": true}', '"video_id" is not a whole number'),
        (b'{"source": "a.mp4", "video_id": null}', '"video_id" is not a whole number'),
        (b'{"source": "a.mp4", "video_id": 0}', '"video_id" is not a whole number from 1 on'),
        (b'{"source": "a.mp4", "video_id": -3}', '"video_id" is not a whole number from 1 on'),
        (b'{"source": "a.mp4", "video_id": 9223372036854775808}', "above 9223372036854775807"),
        (b'{"source": "a.mp4", "video_id": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"source": "a.mp4", "video_id": NaN}', "NaN is not JSON"),
        (b'{"source": "a.mp4", "source": "b.mp4"}', "'source' is there twice"),
        (b'["a.mp4"]', "not a JSON object"),
        (b'"a.mp4"', "not a JSON object"),
        (b"a.mp4", "not JSON at column 1"),
        (b'{"source": "a.mp4"} {"source": "b.mp4"}', "not JSON at column 21"),
        (b'{"source": "a.mp4"', "not JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"source": "\xff.mp4"}', "not UTF-8 at byte 13; save it as UTF-8"),
        ('{"source": "a.mp4"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(line: bytes, says: str) -> None:
    message = refusal(b'{"source": "good.mp4"}\n\n' + line + b"\n")
    assert message.startswith("week.jsonl:3: ")
    assert says in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('{"source": "a.mp4", "video_id": 5}', '{"source": "b.mp4", "video_id": 5}'),
        ('{"source": "a.mp4"}', '{"source": "./a.mp4"}'),
        ('{"source": "s3://b/videos/session_1/video_5.mp4"}', '{"source": "a", "video_id": 5}'),
    ],
    ids=["told", "derived", "from the key"],
)
def test_an_id_is_there_once(first: str, second: str) -> None:
    message = refusal(f'{first}\n{{"source": "c.mp4"}}\n{second}'.encode())
    assert message.startswith("week.jsonl:3: video ")
    assert "is on line 1 already" in message


@pytest.mark.parametrize("data", [b"", b"\n\r\n  \n", codecs.BOM_UTF8])
def test_a_manifest_names_a_video(data: bytes) -> None:
    assert refusal(data).startswith("week.jsonl: names no video; give one JSON object a line")


def test_what_is_too_large_is_no_manifest() -> None:
    line = b'{"source": "a.mp4"}\n'
    assert len(parse_manifest(line + b" " * (MOST_BYTES - len(line)), "m")) == 1
    message = refusal(line + b" " * (MOST_BYTES - len(line) + 1))
    assert message == "week.jsonl: more than 16 MiB; split it"


_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
_jobs = st.builds(
    VideoJob,
    st.builds(SourceRef, st.just("bucket"), _text),
    st.none() | st.integers(1, 2**63 - 1),
    st.none() | _text,
)


@given(st.lists(_jobs, min_size=1, unique_by=lambda job: job.video.id), st.booleans())
def test_jobs_are_read_back_as_they_were_written(jobs: list[VideoJob], crlf: bool) -> None:
    end = "\r\n" if crlf else "\n"
    data = "".join(manifest_line(job) + end for job in jobs).encode()
    assert parse_manifest(data, "m") == jobs


@given(st.binary(max_size=200))
def test_whatever_the_bytes_there_are_jobs_or_a_refusal(data: bytes) -> None:
    with suppress(SettingsError):
        assert parse_manifest(data, "m")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["source", "video_id", "session", "other"]), _json, max_size=4)
)
def test_whatever_the_object_there_is_a_job_or_a_refusal(found: dict[str, object]) -> None:
    with suppress(SettingsError):
        (job,) = parse_manifest(json.dumps(found).encode(), "m")
        assert job.video_id == found.get("video_id")
        assert job.session == found.get("session")
