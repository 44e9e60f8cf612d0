"""Pairs of answers that the tests make themselves: to agree is always preferred."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import polars as pl
from tests.small_encoder import context

from rungwise.protocols import RungContext
from rungwise.records import Evidence, Measurement
from rungwise.table import Examples, Preferences

THINGS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"


def rows(count: int = len(THINGS)) -> list[dict[str, str]]:
    """What is asked, and both answers; every other chosen answer is the shorter one."""
    made = []
    for place, thing in enumerate(THINGS[:count]):
        more, less = ("", thing) if place % 2 else (thing, "")
        made.append(
            {
                "prompt": f"say {thing}",
                "chosen": f"yes {thing}{more}",
                "rejected": f"not {thing}{less}",
            }
        )
    return made


def examples(start: int = 0, count: int = len(THINGS)) -> Examples:
    """Some of these rows; the chosen answer is expected."""
    return Examples.of(table()[start : start + count])


def table() -> pl.DataFrame:
    """Every row with its id."""
    made = pl.DataFrame(rows()).rename({"prompt": "input", "chosen": "expected"})
    return made.with_columns(id=pl.Series([str(place) for place in range(len(made))]))


def preferences() -> Preferences:
    """The rejected answers of these rows."""
    return Preferences(table().select("id", "rejected"))


def supervised(name: str = "full", **told: Any) -> Evidence:
    """A record of an attempt that was tuned on answers alone."""
    goal = Measurement("exact_match", 0.1, None, None, 8, "validation")
    values: dict[str, Any] = {
        "id": "f" * 64, "rung": name, "height": 70, "trains": True, "configuration": {},
        "seed": 5, "data": "", "model": "", "goal": goal, "metrics": (), "per_class": (),
        "curve": (), "train_metric": None, "predictions": "", "artefact": "", "seconds": 0.0,
        "peak_mb": 0.0, "versions": {}, "details": {},
    }  # fmt: skip
    return Evidence(**{**values, **told})


def about_pairs(around: RungContext) -> RungContext:
    """The same context, in which supervised tuning was tried and these pairs are known."""
    attempts = (*around.attempts, supervised())
    return dataclasses.replace(around, preferences=preferences, attempts=attempts)


def with_pairs(folder: Path, model: str, **training: Any) -> RungContext:
    """What the rung may know."""
    return about_pairs(context(folder, model, kind="generate", **training))
