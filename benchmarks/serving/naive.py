"""The endpoint that most teams write first: one request, one forward pass."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from rungwise.release.opened import opened


class Asked(BaseModel):
    """One text."""

    input: str


def main(release: str, port: int) -> None:
    """Serve until killed."""
    # One thread a forward, as in our server: with two, which wait for each other, it answers fewer.
    model = opened(Path(release), threads=1)
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(asked: Asked) -> dict[str, object]:
        scores = model.probabilities([asked.input])[0]
        best = int(scores.argmax())
        shares = dict(zip(model.classes, scores.tolist(), strict=True))
        return {"label": model.classes[best], "probabilities": shares}

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
