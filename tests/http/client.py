"""Requests to a server of ours, as any program makes them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ANSWER_SECONDS = 20.0

Body = bytes | Iterator[bytes]
"""Of a request; one that comes in parts is sent chunked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """What went wrong, in the one shape that errors have."""
        content = self.json
        assert content.keys() == {"error"}
        assert content["error"].keys() == {"reason", "message", "retryable"}
        return dict(content["error"])


def request(
    method: str, url: str, body: Body | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own, with no header that is not given."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        str(parts.hostname), parts.port or 80, timeout=ANSWER_SECONDS
    )
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request(
            method, path, body, headers or {}, encode_chunked=not isinstance(body, bytes | None)
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def post_json(url: str, content: object) -> Answer:
    headers = {"Content-Type": "application/json"}
    return request("POST", url, json.dumps(content).encode(), headers)
