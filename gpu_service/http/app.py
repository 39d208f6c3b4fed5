"""The application: its routes, and the shape of its errors."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from gpu_service import __version__
from gpu_service.http.answers import add_error_answers
from gpu_service.http.edge import Edge
from gpu_service.http.health import health_routes
from gpu_service.http.routes import trigger_routes
from gpu_service.http.serving import Serving

_BODY_BYTES = 64 * 1024


def create_app(serving: Serving) -> ASGIApp:
    """The ASGI application over what is being served; no documentation pages, which load scripts."""
    app = FastAPI(
        title="gpu-service",
        version=__version__,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=_BODY_BYTES,
    )
    add_error_answers(app)
    app.include_router(health_routes(serving))
    app.include_router(trigger_routes(serving))
    return Edge(app, body_bytes=_BODY_BYTES)
