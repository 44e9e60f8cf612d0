"""BANKING77 (Casanueva et al. 2020): 10,003 questions, 77 intents, official test of 3,080."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
SEED = 20


@dataclass(frozen=True, slots=True)
class Part:
    """Texts with the index of their label."""

    texts: list[str]
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Banking:
    """The official test, and the official training rows, 15 percent of them held out."""

    train: Part
    validation: Part
    test: Part
    classes: tuple[str, ...]


def folder() -> Path:
    """Where the CSV files are; ends the program where there are none."""
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    found = data / "banking77"
    if not (found / "train.csv").is_file():
        sys.exit(f"There is no {found / 'train.csv'}. Set RUNGWISE_SHARED_DATA.")
    return found


def read(shots: int | None = None) -> Banking:
    """The rows of a comparison: all of them, or so many of each class to learn from."""
    train = pl.read_csv(folder() / "train.csv")
    classes = tuple(sorted(train["label"].unique()))
    if shots is not None:
        order = pl.Series(np.random.default_rng(SEED).permutation(len(train)))
        train = train[order].group_by("label", maintain_order=True).head(shots)
    held_out = pl.Series(np.random.default_rng(SEED).permutation(len(train)) < 0.15 * len(train))
    return Banking(
        train=_part(train.filter(~held_out), classes),
        validation=_part(train.filter(held_out), classes),
        test=_part(pl.read_csv(folder() / "test.csv"), classes),
        classes=classes,
    )


def _part(rows: pl.DataFrame, classes: tuple[str, ...]) -> Part:
    index = {label: place for place, label in enumerate(classes)}
    labels = rows["label"].replace_strict(index, return_dtype=pl.Int64)
    return Part(rows["text"].to_list(), labels.to_numpy(writable=True))
