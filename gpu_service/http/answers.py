"""Errors as answers: ``{"error": {"reason", "message", "retryable"}}``, whatever went wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gpu_service.errors import BusyError, GpuServiceError, InputError, TransientError

logger = logging.getLogger("gpu_service.http")

RETRY_AFTER_SECONDS = 10

BODY_TOO_LARGE = "body_too_large"
"""The reason of status 413."""

_REASONS = {"job_missing": 404, "video_missing": 404, "bucket_refused": 403}
_NAMES = {413: BODY_TOO_LARGE}
"""Of statuses whose name in the standard library depends on its version."""

_KINDS: tuple[tuple[type[GpuServiceError], int], ...] = (
    (BusyError, 409),
    (TransientError, 503),
    (InputError, 422),
)


def error_answer(error: GpuServiceError, status: int | None = None) -> JSONResponse:
    """The answer that says the same.

    :param status: None for the error's own.
    """
    if status is None:
        kinds = (status for kind, status in _KINDS if isinstance(error, kind))
        status = _REASONS.get(error.reason) or next(kinds, 500)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return _answer(status, error.reason, error.message, error.retryable, headers)


def add_error_answers(app: FastAPI) -> None:
    """Let every error of the app leave in this shape."""

    @app.exception_handler(GpuServiceError)
    async def ours(request: Request, error: GpuServiceError) -> JSONResponse:
        answer = error_answer(error)
        if answer.status_code == 500:
            logger.error("%s %s: %s", request.method, request.url.path, error.message)
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(422, "bad_request", _said(error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        status = error.status_code
        reason = _NAMES.get(status) or HTTPStatus(status).name.lower()
        message = f"{request.method} {request.url.path}: {error.detail}"
        return _answer(status, reason, message, headers=error.headers)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        # It is raised again once this is sent, and logged by the server.
        return _answer(500, "internal", f"{type(error).__name__}; the server's log has more")


def _said(problem: dict[str, Any]) -> str:
    """What is wrong with a request, and with which part of it."""
    where = ".".join(str(part) for part in problem["loc"] if isinstance(part, str))
    if problem["loc"] == ("body",) and problem["type"] != "missing":
        return f"{where}: it has to be a JSON object, sent as application/json"
    if problem["type"] == "json_invalid":
        return f"{where}: it is no JSON: {problem['ctx']['error']}"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _answer(
    status: int,
    reason: str,
    message: str,
    retryable: bool = False,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content = {"error": {"reason": reason, "message": message, "retryable": retryable}}
    return JSONResponse(content, status, headers)
