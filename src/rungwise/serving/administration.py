"""`POST /v1/admin/release` and `/v1/admin/rollback`: change which release answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from rungwise.serving.predictions import ModelFacts, facts

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rungwise.serving.service import Service


class ChangeRequest(BaseModel):
    """The version that is to answer."""

    model_config = ConfigDict(extra="forbid", strict=True)
    release: str = Field(description="Such as v1.1: a release beside the one that answers.")


def install(app: FastAPI, service: Service) -> None:
    """Add the routes."""

    @app.post("/v1/admin/release", tags=["administration"])
    async def change(asked: ChangeRequest) -> ModelFacts:
        """Make another version live, once it is checked and warm; no request fails or waits."""
        await service.versions.change(asked.release)
        return facts(service.versions)

    @app.post("/v1/admin/rollback", tags=["administration"])
    async def rollback() -> ModelFacts:
        """Make the version before this one live again; it is still loaded."""
        await service.versions.rollback()
        return facts(service.versions)
