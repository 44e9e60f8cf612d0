"""`python -m benchmarks.audit.personal_verdicts`: false rows in 1,000 of four public sets, by hand.

An audit of each set is run as a user would; `personal_verdicts.csv` says of flagged rows, by their
place in the set, what a person read in them. *right*: a flagged span is what it is called, the name
of a public person included, also with words of a heading around it. *fiction*: the only such name
is that of somebody in a film or a book. *false*: none is. Every flagged row was judged; one that is
flagged later and was not judged counts as those that were.

Beside them tweets, which are judged kind by kind on a sample (`tweets.name` and so on): how many of
the rows with such a finding are right is what a finding prints for posts.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from benchmarks.audit.data import folder
from benchmarks.rows import Row, arguments, show
from rungwise.audits.personal import looked_at
from rungwise.modalities.text import Text, people
from rungwise.policy import Policy
from rungwise.progress import Silent

VERDICTS = Path(__file__).with_name("personal_verdicts.csv")
SECONDS = 10.0


def main() -> None:
    """Measure each set and all together."""
    told = arguments(__doc__).parse_args()
    show(rows(), as_json=told.json)


def rows() -> Iterator[Row]:
    """False rows in 1,000: names out of fiction counted as false, and counted as names."""
    context = audited()
    every, strict_sum, lenient_sum = 0, 0.0, 0.0
    for name, texts in sets().items():
        began = time.perf_counter()
        found = looked_at(texts.rename("input"), context).spans
        seconds = time.perf_counter() - began
        flagged = set(found["row"].to_list())
        strict, lenient, judged = false_rows(name, flagged)
        every, strict_sum, lenient_sum = (
            every + len(texts), strict_sum + strict, lenient_sum + lenient
        )  # fmt: skip
        about = f"{name}, {len(flagged):,} of {len(texts):,} rows flagged, {judged:,} judged"
        yield Row(f"{about}: false in 1,000", "seconds", seconds, None, "",
                  1000 * strict / len(texts))  # fmt: skip
        yield Row(f"{about}: false in 1,000, people out of fiction are people", "seconds", seconds,
                  None, "", 1000 * lenient / len(texts))  # fmt: skip
    yield Row(f"all {every:,} rows: false in 1,000", "seconds", 0.0, None, "",
              1000 * strict_sum / every)  # fmt: skip
    yield Row(f"all {every:,} rows: false in 1,000, people out of fiction are people", "seconds",
              0.0, None, "", 1000 * lenient_sum / every)  # fmt: skip
    yield from of_tweets(context)


def audited() -> Any:
    """What an audit gives to its readers by default."""
    backbone = Text().open(people.ENCODER, Path())
    read = partial(people.read, backbone=backbone, seconds=SECONDS, progress=Silent())
    return SimpleNamespace(policy=Policy(), progress=Silent(), people=read)


def of_tweets(context: Any) -> Iterator[Row]:
    """Right rows of those that were judged, by kind."""
    texts = pl.concat(
        pl.read_csv(file, infer_schema=False)["text"]
        for file in sorted(folder("drift_crisislex").glob("*.csv"))
    )
    began = time.perf_counter()
    found = looked_at(texts.rename("input"), context).spans
    seconds = time.perf_counter() - began
    flagged = found["row"].n_unique()
    for kind in ("name", "address", "phone", "email"):
        told = verdicts(f"tweets.{kind}")
        judged = [told[row] for row in set(found.filter(kind=kind)["row"]) & told.keys()]
        about = f"tweets, {flagged:,} of {len(texts):,} rows flagged, {kind}"
        yield Row(f"{about}: right of {len(judged):,} judged rows", "seconds", seconds, None, "",
                  judged.count("right") / max(1, len(judged)))  # fmt: skip


def false_rows(name: str, flagged: set[int]) -> tuple[float, float, int]:
    """False rows of a set, with and without those of fiction, and how many of them were judged."""
    told = verdicts(name)
    judged = [told[row] for row in flagged & told.keys()]
    false, fiction = judged.count("false"), judged.count("fiction")
    scale = len(flagged) / max(1, len(judged))
    return (false + fiction) * scale, false * scale, len(judged)


def verdicts(name: str) -> dict[int, str]:
    """Row of a set → verdict."""
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        return {int(one["row"]): one["verdict"] for one in csv.DictReader(file)
                if one["set"] == name}  # fmt: skip


def sets() -> Mapping[str, pl.Series]:
    """Texts of each set in the order that `personal_verdicts.csv` counts."""
    news = pl.read_csv(folder("ag_news_test") / "ag_news_test.csv", infer_schema=False)
    bank = [
        pl.read_csv(folder("banking77") / f"{part}.csv", infer_schema=False)["text"]
        for part in ("train", "test")
    ]
    commands = [
        json.loads(line)["text"]
        for part in ("train", "validate")
        for line in (folder("snips_nlu") / f"{part}.jsonl").read_text("utf-8").splitlines()
    ]
    messages = pl.read_csv(folder("sms_spam") / "sms_spam.csv", infer_schema=False)["text"]
    return {
        "banking77": pl.concat(bank),
        "snips_nlu": pl.Series(commands),
        "ag_news_test": news["title"] + " " + news["description"],
        "sms_spam": messages,
    }


if __name__ == "__main__":
    main()
