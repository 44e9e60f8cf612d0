"""The routes of the server, as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response

from rungwise.serving import administration, completions, decisions, predictions, problem
from rungwise.serving.door import Door
from rungwise.serving.problem import Problem
from rungwise.serving.reference_page import page

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from rungwise.serving.service import Service


def application(service: Service) -> ASGIApp:
    """The server's application; its lifespan runs the queue."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        queues = service.batches.work(), service.writing.work(), service.upkeep.look(service)
        work = [asyncio.create_task(each) for each in queues]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            if service.sample is not None:
                await asyncio.to_thread(service.sample.close)

    app = FastAPI(
        title="Rungwise",
        version=service.versions.live.version,
        description="Answers of a release that was tested before it was shipped.",
        lifespan=lifespan,
        docs_url=None,  # the page of FastAPI loads its scripts from another host
        redoc_url=None,
    )
    problem.install(app)
    predictions.install(app, service)
    decisions.install(app, service)
    completions.install(app, service)
    administration.install(app, service)
    _operations(app, service)
    paths = frozenset(getattr(route, "path", "") for route in app.routes)
    return Door(app, service, paths)


def _operations(app: FastAPI, service: Service) -> None:
    @app.get("/health/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["operations"])
    async def ready() -> dict[str, str]:
        """Whether requests should be sent here; 503 while the server drains."""
        if service.draining:
            raise Problem(503, "The server is draining. Send requests elsewhere.")
        return {"status": "ready", "release": service.versions.live.version}

    @app.get("/metrics", tags=["operations"], response_class=Response)
    async def metrics() -> Response:
        """Counters and histograms in the text format of Prometheus."""
        return service.instruments.text(service)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()))
