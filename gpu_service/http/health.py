"""What orchestrators ask: does the process live, and can it work?"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from gpu_service.errors import GpuServiceError
from gpu_service.http.answers import error_answer
from gpu_service.http.serving import Serving


def health_routes(serving: Serving) -> APIRouter:
    """``/healthz`` and ``/readyz``."""
    router = APIRouter()

    @router.get("/healthz", response_model=None)
    async def healthz() -> JSONResponse:
        serving.check_alive()
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", response_model=None)
    async def readyz() -> JSONResponse:
        try:
            await serving.parts.probe.ask()
        except GpuServiceError as error:
            return error_answer(error, 503)
        return JSONResponse({"status": "ok"})

    return router
