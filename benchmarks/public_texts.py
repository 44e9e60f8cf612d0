"""Public sets of labelled texts, as columns `text` and `label`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]


def _sms(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "sms_spam/sms_spam.csv").select("text", "label")


def _news(data: Path) -> pl.DataFrame:
    """Titles alone: they embed in a fifth of the time, and are the harder task."""
    rows = pl.read_csv(data / "ag_news_test/ag_news_test.csv")
    return rows.select(pl.col("title").alias("text"), "label")


def _snips(data: Path) -> pl.DataFrame:
    rows = pl.read_ndjson(data / "snips_nlu/train.jsonl")
    return rows.select("text", pl.col("intent").alias("label"))


def _banking(data: Path) -> pl.DataFrame:
    return pl.concat(
        [pl.read_csv(data / "banking77" / f"{part}.csv") for part in ("train", "test")]
    )


def _tweets(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "drift_crisislex/2012_Sandy_Hurricane.csv").select("text", "label")


SETS = {
    "SMS spam": _sms,
    "AG news titles": _news,
    "SNIPS intents": _snips,
    "BANKING77": _banking,
    "storm tweets": _tweets,
}


def read_texts(name: str) -> pl.DataFrame:
    """The whole rows of one of `SETS`; ends the process if the data is not there."""
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir():
        sys.exit(f"There is no {data}. Set RUNGWISE_SHARED_DATA.")
    return SETS[name](data).drop_nulls()
