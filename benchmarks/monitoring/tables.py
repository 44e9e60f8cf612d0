"""The table of what was simulated, with the interval of every rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.rows import table
from rungwise.evaluation.proportions import wilson

Trial = Callable[[int], dict[str, Any]]
Lines = Mapping[str, Sequence[Mapping[str, Any]]]


def lines(kept: Lines) -> Iterator[dict[str, Any]]:
    """One line a cell: its rate with Wilson's 95 % interval, and what else it measured."""
    for name, trials in kept.items():
        if not trials:
            continue
        event = next(key for key in ("alarm", "covered", "promoted") if key in trials[0])
        counted = [bool(trial[event]) for trial in trials if trial[event] is not None]
        low, high = wilson(sum(counted), len(counted), 0.95)
        yield {"cell": name, "event": event, "trials": len(trials),
               "rate": sum(counted) / max(1, len(counted)), "low": low, "high": high,
               "beside": _beside(trials)}  # fmt: skip


def text(kept: Lines) -> str:
    """The Markdown table."""
    body = [
        (line["cell"], line["event"], f"{line['trials']:,}",
         f"{line['rate']:.3f}", f"{line['low']:.3f} to {line['high']:.3f}", line["beside"])
        for line in lines(kept)
    ]  # fmt: skip
    return table(("cell", "event", "trials", "rate", "95 % interval", "beside"), body)


def _beside(trials: Sequence[Mapping[str, Any]]) -> str:
    """Who raised the alarms, effective labels, width, and how often *unknown*."""
    found = []
    by = Counter(trial["by"] for trial in trials if trial.get("alarm") and "by" in trial)
    if by:
        found.append(", ".join(f"{name} {count}" for name, count in by.most_common()))
    if "effective" in trials[0]:
        values = [trial["effective"] for trial in trials]
        found.append(f"effective labels a week: median {np.median(values):.0f}")
    if any(trial.get("early") for trial in trials):
        found.append(f"alarms before the change: {sum(bool(t['early']) for t in trials)}")
    widths = [trial["width"] for trial in trials if trial.get("width") is not None]
    if widths:
        found.append(f"median width {100 * float(np.median(widths)):.1f} points")
    if "unweighted" in trials[0]:
        share = sum(bool(trial["unweighted"]) for trial in trials) / len(trials)
        found.append(f"without weights {share:.3f}")
    if "unknown" in trials[0]:
        share = sum(bool(trial["unknown"]) for trial in trials) / len(trials)
        found.append(f"unknown {100 * share:.0f} %")
    return "; ".join(found)
