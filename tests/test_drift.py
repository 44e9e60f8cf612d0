"""Drift over time: found where rows teach less the older they are, not found where they do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, reading, task

from rungwise import plugins
from rungwise.data.seal import seal
from rungwise.data.split import split
from rungwise.objects import Objects
from rungwise.progress import Silent
from rungwise.protocols import AuditContext
from rungwise.records import Finding
from rungwise.training.drift_probe import drift_probe

START = datetime(2026, 1, 1)


def points(rows: int, seed: int, turned: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and noisy labels of a plane that turns by this angle (radians) over the rows."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, 8)).astype(np.float32)
    angle = np.linspace(0, turned, rows)
    side = features[:, 0] * np.cos(angle) + features[:, 1] * np.sin(angle)
    return features, (side + 0.3 * generator.normal(size=rows) > 0).astype(np.int64)


def test_a_rule_that_turns_is_found_and_one_that_stays_is_not() -> None:
    rows = np.arange(1_000)
    features, labels = points(1_000, 1, turned=2.0)
    moved = drift_probe(features, labels, rows, rows, seed=3)
    assert moved.low > 0.05
    assert (moved.learnt, moved.answered, moved.since) == (600, 400, 600)
    assert moved.lost == pytest.approx(moved.others - moved.older)
    features, labels = points(1_000, 1, turned=0.0)
    still = drift_probe(features, labels, rows, rows, seed=3)
    assert still.low <= 0 <= still.high


def test_the_order_of_the_rows_is_not_their_time() -> None:
    features, labels = points(600, 2, turned=2.0)
    shuffled = np.random.default_rng(5).permutation(600)
    found = drift_probe(features[shuffled], labels[shuffled], shuffled, shuffled, seed=3)
    assert found.low > 0


def test_without_drift_it_is_found_about_as_often_as_the_level_says() -> None:
    worse = 0
    for seed in range(40):
        features, labels = points(300, seed, turned=0.0)
        rows = np.arange(300)
        worse += drift_probe(features, labels, rows, rows, seed=seed, resamples=200).low > 0
    assert worse <= 5  # of 40 at 2.5 percent: more has a chance below one in 500


def examined(folder: Path, rows: list[tuple[str, str]], **data: Any) -> list[Finding]:
    times = [(START + timedelta(hours=n)).strftime("%d/%m/%Y %H:%M") for n in range(len(rows))]
    if data.get("split") == "time":
        times = [
            (START + timedelta(hours=n)).isoformat(timespec="microseconds")
            for n in range(len(rows))
        ]
    source = frame(rows).with_columns(time=pl.Series(times))
    asked = task(**data)
    parts = split(reading(source=source), asked)
    record = seal(
        parts, reading(source=source), asked, Objects(folder / "o"), Objects(folder / "s")
    )
    context = AuditContext(
        task=asked, policy=asked.policy, split=record, train=parts.train,
        validation=parts.validation, test=parts.test.with_columns(expected=pl.lit(None, pl.String)),
        quarantine=parts.quarantine, given=parts.given, progress=Silent(),
    )  # fmt: skip
    return plugins.load("audits", "drift").examine(context)  # type: ignore[no-any-return]


def requests(rows: int, *, drifting: bool) -> list[tuple[str, str]]:
    """Requests whose words for money and parcels change with time, or are mixed throughout."""
    generator = np.random.default_rng(7)
    eras = {"money": (("refund", "charge"), ("cashback", "tab")),
            "parcel": (("track", "deliver"), ("drone", "locker"))}  # fmt: skip
    made = []
    for n in range(rows):
        late = n > rows * 0.55 if drifting else bool(generator.integers(2))
        label = ("money", "parcel")[n % 2]
        word = generator.choice(eras[label][late])
        noise = " ".join(generator.choice(list("abcdefghijklmnopqrst"), 4))
        made.append((f"{word} {noise} {n}", label))
    return made


@pytest.mark.parametrize("split", ["time", "random"])
def test_words_that_change_are_a_warning_and_say_what_to_do(split: str, tmp_path: Path) -> None:
    rows = requests(700, drifting=True)
    (finding,) = examined(tmp_path, rows, time="at", split=split)
    assert (finding.code, finding.severity) == ("drift", "warn")
    assert finding.numbers["low"] > 0 and finding.numbers["on"] == "words"
    advice = "set `data.split: time`" if split == "random" else "The test part is the newest rows"
    assert advice in finding.advice


def test_words_that_stay_are_told_as_no_drift(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, requests(500, drifting=False), time="at", split="random")
    assert finding.severity == "info" and finding.title.startswith("No drift beyond chance")


def test_what_cannot_be_compared_is_left_out_and_unread_times_are_said(tmp_path: Path) -> None:
    rows = requests(300, drifting=True)
    assert examined(tmp_path, rows) == []  # no column of times
    assert examined(tmp_path, rows[:150], time="at", split="time") == []  # too few rows
    source = frame(rows).with_columns(time=pl.lit("some day"))
    asked = task(time="at")
    parts = split(reading(source=source), asked)
    record = seal(
        parts, reading(source=source), asked, Objects(tmp_path / "o"), Objects(tmp_path / "s")
    )
    context = AuditContext(
        task=asked, policy=asked.policy, split=record, train=parts.train,
        validation=parts.validation, test=parts.test, quarantine=parts.quarantine,
        given=parts.given, progress=Silent(),
    )  # fmt: skip
    (finding,) = plugins.load("audits", "drift").examine(context)
    assert (finding.code, finding.severity) == ("drift.unread", "info")
