"""The table of the monitoring benchmark counts what it says, and its trials can be repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from benchmarks.monitoring import comparisons, quarters, tables
from benchmarks.monitoring.deployments import Rows


def rows(count: int) -> Rows:
    generator = np.random.default_rng(1)
    confidence = generator.uniform(0.7, 1, count)
    scores = {
        "embeddings": {"distance": generator.normal(size=count)},
        "answers": {"confidence": confidence},
    }
    return Rows(scores, generator.random(count) < confidence, confidence)


def test_a_rate_leaves_out_what_was_answered_with_unknown() -> None:
    trials: list[dict[str, Any]] = [
        {"covered": True, "width": 0.1, "unknown": False},
        {"covered": False, "width": 0.3, "unknown": False},
        {"covered": None, "width": None, "unknown": True},
        {"covered": True, "width": 0.2, "unknown": False},
    ]
    (line,) = tables.lines({"estimate": trials, "empty": []})
    assert line["rate"] == pytest.approx(2 / 3)
    assert line["trials"] == 4
    assert line["low"] < 2 / 3 < line["high"]
    assert line["beside"] == "median width 20.0 points; unknown 25 %"


def test_alarms_are_counted_by_detector() -> None:
    trials: list[dict[str, Any]] = [
        {"alarm": True, "by": "foreign rows", "early": False},
        {"alarm": False, "by": "texts", "early": True},
    ]
    (line,) = tables.lines({"foreign": trials})
    assert line["beside"] == "foreign rows 1; alarms before the change: 1"
    assert "| foreign | alarm | 2      | 0.500 |" in tables.text({"foreign": trials})


def test_a_trial_is_the_same_whenever_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarters, "SHARES", {"spot checks": 0.5, "foreign rows": 0.2,
                                             "embeddings": 0.2, "answers": 0.1})  # fmt: skip
    own = rows(3000)
    first = quarters.quarter(own, 150, 3)
    assert first == quarters.quarter(own, 150, 3) != quarters.quarter(own, 150, 4)
    monkeypatch.setattr(quarters, "WEEKLY", 2000)
    labelled = {**own.scores, "answers": {**own.scores["answers"],
                                          "predicted label": np.zeros(3000)}}  # fmt: skip
    own_labelled = Rows(labelled, own.correct, own.confidence)
    for kind in ("uniform", "weighted", "sampled"):
        known = {"points": 0.1, "weeks": 1, "before": 1, "kind": kind, "labels": 200}
        assert quarters.fall(own_labelled, known, 1) == quarters.fall(own_labelled, known, 1)
    far = Rows({"embeddings": {"distance": np.full(50, 9.0)},
                "answers": {"confidence": np.full(50, 0.5)}},
               np.zeros(50, dtype=bool), np.full(50, 0.5))  # fmt: skip
    mix = {"held_out": 500, "share": 0.1, "rows": 200, "before": 1}
    assert quarters.foreign(own, far, mix, 1)["alarm"]
    estimate = {"held_out": 500, "share": 0.1, "tilt": 0.0}
    assert comparisons.unlabelled(own, far, estimate, 1)["truth"] < 0.9


def test_a_challenger_wins_what_it_is_said_to_win() -> None:
    cell = {"gain": 0.05, "disagreement": 0.15, "losses": "confident", "weighted": False}
    gains, differing = [], []
    for seed in range(20):
        _, champion, challenger = comparisons._population(cell, np.random.default_rng(seed))
        gains.append(challenger.mean() - champion.mean())
        differing.append((champion != challenger).mean())
    assert np.mean(gains) == pytest.approx(0.05, abs=0.005)
    assert np.mean(differing) == pytest.approx(0.15, abs=0.005)
