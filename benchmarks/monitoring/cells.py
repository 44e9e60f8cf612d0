"""Every cell of the simulation: what one trial is, and how many are wanted."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.monitoring import comparisons, quarters
from benchmarks.monitoring.deployments import Rows
from benchmarks.monitoring.tables import Trial

NAMES = {"SNIPS intents": "snips", "AG news titles": "news", "SMS spam": "sms"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table."""

    name: str
    trial: Trial
    trials: int


Deployment = tuple[Rows, dict[str, Rows]]
"""Rows of the release's own domain, and of others."""


def cells(sentences: Deployment, words: Deployment) -> Iterator[Cell]:
    """All cells, the cheapest first; `words` is the linear release."""
    own, foreign = sentences
    for points, weeks in ((0.10, 1), (0.05, 4)):
        for before in (0, 4):
            for kind in ("uniform", "weighted", "sampled"):
                known = {"points": points, "weeks": weeks, "before": before,
                         "kind": kind, "labels": 200}  # fmt: skip
                name = f"fall-{points * 100:.0f}-points-{weeks}-weeks-after-{before}-{kind}"
                yield Cell(name, functools.partial(quarters.fall, own, known), 1000)
    calm = {"points": 0.0, "weeks": 13, "before": 0, "kind": "sampled", "labels": 200}
    yield Cell("calm-13-weeks-sampled", functools.partial(quarters.fall, own, calm), 1000)
    yield Cell("interval-4-weeks-sampled", functools.partial(quarters.covered, own, 4), 1000)
    yield from _mixed(*sentences, "")
    yield from _mixed(*words, "linear-")
    yield from _unlabelled(own, foreign)
    yield from _pairs()
    for held_out in quarters.BASELINES:
        trial = functools.partial(quarters.quarter, own, held_out)
        yield Cell(f"stable-{held_out}", trial, 1000)


def _mixed(own: Rows, foreign: dict[str, Rows], prefix: str) -> Iterator[Cell]:
    for set_name, other in foreign.items():
        for share, rows in ((0.10, 200), (0.05, 400)):
            for held_out in quarters.BASELINES:
                for before in (0, 4):
                    known = {"share": share, "rows": rows, "held_out": held_out, "before": before}
                    what = f"{prefix}foreign-{share * 100:.0f}-of-{rows}-{NAMES[set_name]}"
                    name = f"{what}-{held_out}-after-{before}"
                    trial = functools.partial(quarters.foreign, own, other, known)
                    yield Cell(name, trial, 200)


def _unlabelled(own: Rows, foreign: dict[str, Rows]) -> Iterator[Cell]:
    for held_out in quarters.BASELINES:
        for tilt in (0.0, 3.0):
            known = {"held_out": held_out, "share": 0.0, "tilt": tilt}
            name = f"estimate-{'doubtful' if tilt else 'stable'}-{held_out}"
            yield Cell(name, functools.partial(comparisons.unlabelled, own, None, known), 500)
        for set_name, other in foreign.items():
            for share in (0.05, 0.10, 0.30):
                known = {"held_out": held_out, "share": share, "tilt": 0.0}
                name = f"estimate-{share * 100:.0f}-percent-{NAMES[set_name]}-{held_out}"
                trial = functools.partial(comparisons.unlabelled, own, other, known)
                yield Cell(name, trial, 500)


def _pairs() -> Iterator[Cell]:
    for gain in (0.0, 0.05):
        for disagreement in (0.08, 0.15):
            for losses in ("even", "confident", "doubtful"):
                for weighted in (False, True):
                    known = {"gain": gain, "disagreement": disagreement, "losses": losses,
                             "weighted": weighted}  # fmt: skip
                    kind = "weighted" if weighted else "uniform"
                    name = f"challenger-plus-{gain * 100:.0f}-of-{disagreement * 100:.0f}"
                    trial = functools.partial(comparisons.pairs, known)
                    yield Cell(f"{name}-{losses}-{kind}", trial, 1000)
