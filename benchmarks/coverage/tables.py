"""Coverage of each method, from finished draws, as Markdown.

The truth is itself a score on so many rows outside, and no interval knows of that. Intervals are
stretched by √(1 + rows / rows outside), so that this noise of the simulation is not held against
the method; widths are printed as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from benchmarks.rows import table
from rungwise.evaluation.fold_interval import fold_difference, fold_interval
from rungwise.evaluation.metrics import find
from rungwise.evaluation.proportions import quantile, wilson

LEVEL, FOLDS = 0.95, 5
ROWS, OURS, CORRECTED, BAYLE, NESTED = (
    "over rows", "fold_interval", "Nadeau and Bengio", "Bayle et al.", "nested"
)  # fmt: skip
Interval = tuple[float, float]
REACH = 0.93
SEEN = {("SMS spam", 130), ("SMS spam", 400), ("BANKING77", 130), ("BANKING77", 400),
        ("SNIPS intents", 130)}  # fmt: skip
"""Cells that the two constants of `fold_interval` were chosen on."""
KINDS = ("labels", "differences", "log loss", "log loss beside the goal",
         "rung linear, chosen once", "rung linear, chosen by fold")  # fmt: skip
SUMMARY = ("numbers", "cells", "interval", "how many", "draws", "coverage", "lowest",
           "at least .93", "surely below .93", "low end above the truth", "width")  # fmt: skip
HEADER = ("set", "rows", "metric", "model", "draws", "value", "truth", "over rows", "fold_interval",
          "truth below / above it", "width over rows", "width / that", "others")  # fmt: skip


def intervals(line: dict[str, Any]) -> dict[str, tuple[float, float, float]]:
    """Method → centre, low and high."""
    value, low, high, rows = (line[name] for name in ("value", "low", "high", "rows"))
    found = {ROWS: (value, low, high), OURS: (value, *_ours(line))}
    if "by_fold" in line:
        # A t interval with 4 degrees of freedom; the variance of the mean of the folds' values is
        # s² (1/J + n2/n1), with n2/n1 = 1/4 for 5 folds (Nadeau and Bengio 2003).
        folds = np.array(line["by_fold"])
        half = STUDENT * math.sqrt(folds.var(ddof=1) * (1 / FOLDS + 1 / (FOLDS - 1)))
        mean = float(folds.mean())
        found[CORRECTED] = mean, mean - half, mean + half
        if line["metric"] == "accuracy" and not _paired(line):
            half = quantile(LEVEL) * math.sqrt((folds * (1 - folds)).mean() / rows)
            found[BAYLE] = value, value - half, value + half
    if "nested" in line:
        centre, half = line["nested"]
        found[NESTED] = centre, centre - half, centre + half
    return found


STUDENT = 2.7764451051977987
"""Two-sided 0.95 quantile of Student's t with 4 degrees of freedom."""


def cells(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One record for each set, number of rows, metric and model."""

    def place(line: dict[str, Any]) -> tuple[str, int, str, str]:
        return line["set"], line["rows"], line["metric"], line["learner"]

    for key, group in groupby(sorted(lines, key=place), place):
        yield dict(zip(("set", "rows", "metric", "model"), key, strict=True)) | _cell([*group])


def _cell(lines: list[dict[str, Any]]) -> dict[str, Any]:
    allowance = math.sqrt(1 + lines[0]["rows"] / lines[0]["outside"])
    truth = np.array([line["truth"] for line in lines])
    found: dict[str, Any] = {
        "draws": len(lines),
        "value": float(np.mean([line["value"] for line in lines])),
        "truth": float(truth.mean()),
        "methods": {},
    }
    every = [intervals(line) for line in lines]
    for method in every[0]:
        centre, low, high = np.array([one[method] for one in every]).T
        below = centre + (low - centre) * allowance > truth
        above = centre + (high - centre) * allowance < truth
        found["methods"][method] = {
            "covered": int((~below & ~above).sum()),
            "low end above the truth": float(below.mean()),
            "high end below the truth": float(above.mean()),
            "median width": float(np.median(high - low)),
        }
    return found


def text(lines: list[dict[str, Any]]) -> str:
    """What was reached in short, then every cell."""
    found = [*cells(lines)]
    summary = [
        row
        for kind in KINDS
        for seen in (True, False)
        for row in _short(kind, seen, [one for one in found if _kind(one) == kind])
    ]
    return f"{table(SUMMARY, summary)}\n\n{table(HEADER, [_row(cell) for cell in found])}"


def _kind(cell: dict[str, Any]) -> str:
    if _paired(cell):
        return "differences"
    if cell["metric"] != "log_loss":
        return str(cell["model"]) if cell["model"] in KINDS else "labels"
    return "log loss" if "chosen" in cell["model"] else "log loss beside the goal"


def _short(kind: str, seen: bool, found: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A line for each method that serves all of the cells."""
    chosen = [one for one in found if ((one["set"], one["rows"]) in SEEN) == seen]
    chosen = [one for one in chosen if NESTED not in one["methods"]]
    for method in (ROWS, OURS, CORRECTED) if chosen else ():
        draws = sum(one["draws"] for one in chosen)
        ours = [one["methods"][method] for one in chosen]
        shares = [one["methods"][method]["covered"] / one["draws"] for one in chosen]
        sure = [wilson(one["methods"][method]["covered"], one["draws"], LEVEL) for one in chosen]
        low_end = [
            one["low end above the truth"] * cell["draws"]
            for one, cell in zip(ours, chosen, strict=True)
        ]
        widths = [
            one["median width"] / cell["methods"][ROWS]["median width"]
            for one, cell in zip(ours, chosen, strict=True)
        ]
        yield (
            kind, "chosen on" if seen else "held out", method, str(len(chosen)), str(draws),
            f"{sum(one['covered'] for one in ours) / draws:.3f}", f"{min(shares):.3f}",
            str(sum(share >= REACH for share in shares)),
            str(sum(high < REACH for _, high in sure)),
            f"{sum(low_end) / draws:.3f}", f"{np.median(widths):.2f}",
        )  # fmt: skip


def _row(cell: dict[str, Any]) -> tuple[str, ...]:
    methods, draws = cell["methods"], cell["draws"]
    rows, ours = methods[ROWS], methods[OURS]
    others = [
        f"{name} {one['covered'] / draws:.3f} (× {_times(one, rows)})"
        for name, one in methods.items()
        if name not in (ROWS, OURS)
    ]
    return (
        cell["set"], str(cell["rows"]), cell["metric"].partition("[")[0], cell["model"], str(draws),
        f"{cell['value']:.3f}", f"{cell['truth']:.3f}", _coverage(rows, draws),
        _coverage(ours, draws),
        f"{ours['low end above the truth']:.3f} / {ours['high end below the truth']:.3f}",
        f"{rows['median width']:.3f}", _times(ours, rows), ", ".join(others),
    )  # fmt: skip


def _coverage(method: dict[str, Any], draws: int) -> str:
    low, high = wilson(method["covered"], draws, LEVEL)
    return f"{method['covered'] / draws:.3f} [{low:.3f}, {high:.3f}]"


def _times(one: dict[str, Any], rows: dict[str, Any]) -> str:
    return f"{one['median width'] / rows['median width']:.2f}"


def _paired(line: dict[str, Any]) -> bool:
    return " - " in line.get("learner", line.get("model", ""))


def _ours(line: dict[str, Any]) -> Interval:
    metric, value = find(line["metric"]), line["value"]
    if _paired(line):
        return fold_difference(metric, value, line["low"], line["high"], FOLDS)
    return fold_interval(metric, value, line["low"], line["high"], FOLDS)
