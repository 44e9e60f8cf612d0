"""A few documents that the tests write themselves, and a context in which they are looked up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl

from rungwise.data.documents import SCHEMA
from rungwise.protocols import RungContext
from rungwise.table import Documents
from rungwise.task import Retrieval

TEXTS = {
    "refunds": "Money goes back within nine days. Charges are returned to the card.",
    "parcels": "Parcels arrive within four days. A late parcel can be tracked.",
    "logins": "A password is reset by mail. A login fails after five attempts.",
}


def write_documents(path: Path) -> Path:
    """A JSONL file with a document a line."""
    rows = [{"doc_id": name, "title": name, "text": text} for name, text in TEXTS.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def documents(of_row: dict[str, str] | None = None) -> Documents:
    """What `write_documents` writes, read."""
    rows = [(name, name, text) for name, text in TEXTS.items()]
    frame = pl.DataFrame(rows, SCHEMA, orient="row")
    aside = pl.DataFrame(schema={"document": pl.String, "reason": pl.String})
    return Documents("texts.jsonl", "a digest", frame, aside, of_row or {})


def about_documents(context: RungContext, encoder: str | None) -> RungContext:
    """The same context, with short chunks of the documents: the tiny model reads 512 bytes."""
    wish = Retrieval(encoder=encoder, words=8, overlap=4, chunks=2)
    data = context.task.data.model_copy(update={"documents": "texts.jsonl"})
    task = context.task.model_copy(update={"retrieval": wish, "data": data})
    return dataclasses.replace(context, task=task, documents=documents)
