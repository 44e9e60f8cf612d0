"""The same endpoint on PyTorch and Transformers, as it is written from a model's page."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoModel, AutoTokenizer

from rungwise.checkpoints import find

CLASSES = 8


class Asked(BaseModel):
    """One text."""

    input: str


def main(base: str, port: int) -> None:
    """Serve until killed; the head is random, which costs what another one would."""
    torch.set_num_threads(1)  # a forward; with its own choice of threads it answers far fewer
    folder = find(base, Path(), "text").folder
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    head = torch.nn.Linear(network.config.hidden_size, CLASSES)
    app = FastAPI()

    @app.post("/v1/predict")
    def predict(asked: Asked) -> dict[str, object]:
        told = tokenizer(asked.input, return_tensors="pt", truncation=True)
        with torch.inference_mode():
            hidden = network(**told).last_hidden_state
            mask = told["attention_mask"][..., None]
            scores = head((hidden * mask).sum(1) / mask.sum(1)).softmax(-1)[0].tolist()
        return {"label": str(scores.index(max(scores))), "probabilities": scores}

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
