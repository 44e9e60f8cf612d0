"""Rows of public data: restaurants (E2E), questions about Wikipedia (SQuAD), requests (SNIPS)."""

from __future__ import annotations

import json
import random

import polars as pl

from benchmarks.language.climbed import DATA
from benchmarks.language.restaurants import sentences
from benchmarks.language.verdicts.situation import Line

SEED = 14
QUESTIONS = 300


def restaurants() -> list[Line]:
    """Facts about a restaurant, and the sentence that a guide would print."""
    drawn = sentences("dev").head(120).select(input="facts", output="sentence")
    return [{"input": one["input"], "output": one["output"]} for one in drawn.to_dicts()]


def wikipedia_questions() -> list[Line]:
    """Questions, the first of the accepted answers, and the paragraph that has it."""
    asked = pl.read_ndjson(DATA / "squad_xquad_en" / "qa.jsonl").to_dicts()
    random.Random(SEED).shuffle(asked)
    return [
        {
            "input": one["question"], "output": one["answers"][0]["text"],
            "document": one["doc_id"],
        }
        for one in asked[:QUESTIONS]
    ]  # fmt: skip


def wikipedia() -> list[Line]:
    """All 240 paragraphs."""
    lines = (DATA / "squad_xquad_en" / "docs.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        {"id": one["doc_id"], "title": str(one["title"]), "text": one["text"]}
        for one in map(json.loads, lines)
    ]


def intents() -> list[Line]:
    """Requests to an assistant, and the name of the intent: seven names in all."""
    lines = (DATA / "snips_nlu" / "validate.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    random.Random(SEED).shuffle(asked)
    return [{"input": one["text"], "output": one["intent"]} for one in asked[:210]]
