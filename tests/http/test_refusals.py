"""What the server refuses, and how it says why."""

from __future__ import annotations

import json

import pytest

from tests.http.client import Answer, Body, request
from tests.http.served import Served
from tests.pipeline.bench import KEY
from tests.pipeline.conftest import Place
from tests.support.faulty_s3 import FaultyS3


@pytest.fixture
def place(shared: tuple[Place, FaultyS3]) -> Place:
    return shared[0]


@pytest.mark.parametrize(
    ("method", "path", "status", "reason", "named"),
    [
        ("GET", "/jobs/nobody", 404, "job_missing", "'nobody'"),
        ("GET", "/videos/5/events", 404, "video_missing", "video 5"),
        ("GET", "/videos/five/events", 422, "bad_request", "video_id"),
        ("GET", "/videos/0/events", 422, "bad_request", "video_id"),
        ("GET", f"/videos/{2**63}/events", 422, "bad_request", "video_id"),
        ("GET", "/videos/4_2/events", 422, "bad_request", "video_id"),
        ("GET", "/videos/+42/events", 422, "bad_request", "video_id"),
        ("GET", "/videos/42.0/events", 422, "bad_request", "video_id"),
        ("GET", "/videos/42/events/", 404, "not_found", "/videos/42/events/"),
        ("GET", "/nowhere", 404, "not_found", "/nowhere"),
        ("GET", "/docs", 404, "not_found", "/docs"),
        ("GET", "/openapi.json", 404, "not_found", "/openapi.json"),
        ("DELETE", "/jobs/nobody", 405, "method_not_allowed", "DELETE"),
    ],
)
def test_what_is_not_there(
    at_work: Served, method: str, path: str, status: int, reason: str, named: str
) -> None:
    answer = request(method, at_work.address + path)
    assert (answer.status, answer.error["reason"]) == (status, reason)
    assert named in answer.error["message"]
    assert not answer.error["retryable"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"key": None}, "key"),
        ({"key": ""}, "key"),
        ({"key": "videos/../other/a.mp4"}, "key"),
        ({"key": "a\0b"}, "key"),
        ({"key": "\ud800"}, "key"),
        ({"key": "é" * 513}, "longer than 1024 bytes"),
        ({"key": 5}, "key"),
        ({"bucket": ""}, "bucket"),
        ({"session_id": "a/../b"}, "session_id"),
        ({"key": "a//../b.mp4"}, "'.' or '..'"),
        ({"key": "//"}, "key"),
        ({"key": "a" + "/" * 1024}, "longer than 1024 bytes"),
        ({"session_id": True}, "body.session_id: a session is a string or a whole number"),
        ({"session_id": 1.5}, "body.session_id: a session is a string or a whole number"),
        ({"session_id": ["7"]}, "body.session_id: a session is a string or a whole number"),
        ({"sesion_id": "7"}, "sesion_id"),
    ],
)
def test_a_request_that_is_no_analysis(
    at_work: Served, place: Place, changes: dict[str, object], named: str
) -> None:
    answer = at_work.ask(42, **{"bucket": place.raw, "key": KEY, **changes})  # type: ignore[arg-type]
    assert (answer.status, answer.error["reason"]) == (422, "bad_request")
    assert named in answer.error["message"]


@pytest.mark.parametrize("missing", ["bucket", "key"])
def test_a_request_without(at_work: Served, place: Place, missing: str) -> None:
    whole = {"bucket": place.raw, "key": KEY}
    del whole[missing]
    answer = _post(at_work, json.dumps(whole).encode())
    assert answer.status == 422
    assert answer.error["message"] == f"body.{missing}: Field required"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body: Field required"),
        (b'{"bucket":', "body: it is no JSON: "),
        (b"[]", "body: it has to be a JSON object"),
        (b"\xff\xfe", ""),
    ],
)
def test_a_body_that_is_no_json_object(at_work: Served, body: bytes, said: str) -> None:
    answer = _post(at_work, body)
    assert answer.status in (400, 422)
    assert answer.error["message"].startswith(said)


def test_what_a_page_in_a_browser_may_send_anywhere_is_not_taken(
    at_work: Served, place: Place
) -> None:
    """A browser asks before it sends ``application/json`` to another site; we never say yes."""
    body = json.dumps({"bucket": place.raw, "key": KEY}).encode()
    answer = _post(at_work, body, "text/plain")
    assert answer.status == 422
    assert "application/json" in answer.error["message"]


def test_a_body_without_end(at_work: Served) -> None:
    parts = iter([b" " * 35_000] * 2)
    for body in (b" " * 70_000, parts):
        answer = _post(at_work, body)
        assert (answer.status, answer.error["reason"]) == (413, "body_too_large")


def test_a_body_that_nobody_wants_is_refused_as_well(at_work: Served) -> None:
    answer = request("GET", f"{at_work.address}/healthz", b" " * 70_000)
    assert (answer.status, answer.error["reason"]) == (413, "body_too_large")
    assert "70000 bytes, of 65536 at most" in answer.error["message"]


def test_other_buckets(at_work: Served, place: Place) -> None:
    for bucket in (place.thumbnails, f"{place.raw}x", f"{place.raw}/.."):
        answer = at_work.ask(42, bucket, KEY)
        assert (answer.status, answer.error["reason"]) == (403, "bucket_refused")
        assert repr(bucket) in answer.error["message"]
        assert "GPU_SERVICE_HTTP_BUCKETS" in answer.error["message"]


def _post(at_work: Served, body: Body, kind: str = "application/json") -> Answer:
    url = f"{at_work.address}/videos/42/analysis"
    return request("POST", url, body, {"Content-Type": kind})
