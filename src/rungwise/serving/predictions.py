"""`POST /v1/predict` and `GET /v1/model`: labels with calibrated probabilities."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from rungwise.protocols import writer
from rungwise.serving.sampled_answers import labels_kept, request_ids, texts_kept
from rungwise.serving.texts import Wanted, whole

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.background import BackgroundTask

    from rungwise.protocols import Served
    from rungwise.serving.service import Answer, Service
    from rungwise.serving.versions import Versions

DIGITS = 6
"""Decimals of a probability: about what float32 holds."""


class PredictRequest(BaseModel):
    """Texts to answer."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"input": ["Where is my card?", "I want a refund"]}]},
    )
    input: str | list[str] = Field(description="One text, or a list of texts.")
    ids: list[str] | None = Field(
        None,
        description="An id for each text, by which its true label may come later; else the header "
        "`X-Request-Id` names the request, else ids are made.",
    )


class Labelled(BaseModel):
    """The answer to one text."""

    id: str
    label: str
    confidence: float = Field(description="Probability of the label.")
    review: bool | None = Field(
        description="Whether a person should look at it; null if the release has no threshold."
    )
    probabilities: dict[str, float]


class Written(BaseModel):
    """The answer to one text by a release that generates text."""

    id: str
    output: str
    ended: str = Field(description="`stop`, or `length` if it was cut at the longest.")


class PredictAnswer(BaseModel):
    """Answers in the order of the texts, all of one release."""

    release: str
    digest: str = Field(description="Sha256 of the release's manifest.")
    answers: list[Labelled] | list[Written]


class ModelFacts(BaseModel):
    """The release that answers now."""

    release: str
    digest: str
    classes: list[str] = Field(description="None if it generates text.")
    previous: str | None = Field(description="What a rollback would make live.")
    thresholds: dict[str, float | str | None] = Field(
        description="How probabilities become answers; null where there is no such threshold."
    )


def headers(model: Served) -> dict[str, str]:
    """What every answer of a release carries."""
    return {"Rungwise-Release": model.version, "Rungwise-Digest": model.digest}


def install(app: FastAPI, service: Service) -> None:
    """Add the routes."""

    @app.post("/v1/predict", response_model=PredictAnswer, tags=["answers"])
    async def predict(asked: PredictRequest, request: Request) -> Response:
        """Answer one text, or many in order."""
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        ids = request_ids(request, len(texts), asked.ids)
        model = writer(service.versions.live)
        if model is None:
            answer = await service.answer(texts, request)
            return _response(answer, ids, labels_kept(service, answer, texts, ids))
        answers = await whole(service, Wanted(model, texts, "input"), request)
        written = [
            {"id": name, "output": each.text, "ended": each.ended}
            for name, each in zip(ids, answers, strict=True)
        ]
        return _body(model, written, texts_kept(service, model, texts, ids, answers))

    @app.get("/v1/model", tags=["answers"])
    async def model() -> ModelFacts:
        """Which release answers, and its classes."""
        return facts(service.versions)


def facts(versions: Versions) -> ModelFacts:
    """The release that answers now."""
    live, previous = versions.live, versions.previous
    return ModelFacts(
        release=live.version,
        digest=live.digest,
        classes=list(live.classes),
        previous=previous.version if previous else None,
        thresholds=asdict(live.rule),
    )


def _response(answer: Answer, ids: list[str], behind: BackgroundTask | None) -> Response:
    model, decided = answer.model, answer.decided
    shares = np.round(decided.probabilities.astype(np.float64), DIGITS).tolist()
    review = [None] * len(shares) if decided.review is None else decided.review.tolist()
    answers = [
        {
            "id": name,
            "label": model.classes[label],
            "confidence": row[label],
            "review": unsure,
            "probabilities": dict(zip(model.classes, row, strict=True)),
        }
        for name, row, label, unsure in zip(
            ids, shares, decided.labels.tolist(), review, strict=True
        )
    ]
    return _body(model, answers, behind)


def _body(model: Served, answers: list[dict[str, Any]], behind: BackgroundTask | None) -> Response:
    body = {"release": model.version, "digest": model.digest, "answers": answers}
    return Response(json.dumps(body), 200, headers(model), "application/json", behind)
