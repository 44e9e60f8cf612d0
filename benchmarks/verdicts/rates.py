"""The table of what was decided: every rate with its denominator and its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.rows import table
from rungwise.evaluation.proportions import wilson

Project = dict[str, Any]
LEVEL = 0.95
RESAMPLES = 2_000
SMALL = 600
"""Rows up to which folds are compared with one validation part."""
NAMES = {"earlier": "earlier rules", "today": "today's rules"}
REACH = {
    "below": "shipped without `--go`: truly below the target",
    "below of below": "truly below the target: shipped without `--go`",
    "confirmed": "an oracle with the same test rows would confirm: confirmed",
    "confirmed of all": "the same, of an oracle that may also ship the refit: confirmed",
    "override": "best rung truly 3 points above the target: needs an override",
    "person": "best rung truly 3 points above the target: shipped with nobody asked",
    "regret": "chosen rung's regret against the best, median / 90 %, points",
    "choice": "mean regret of the choice at 200–600 rows, folds less one validation part, points",
    "refit": "true score, refit less not, mean, points",
    "seconds": "seconds to the verdict of those for every rung, target 3 points below, median",
}


def print_table(lines: Sequence[dict[str, Any]]) -> None:
    """Print a table for the draws with the whole ladder, and one for those without tuning."""
    for without, title in ((False, "The whole ladder"), (True, "Without the rungs that tune")):
        some = [line for line in lines if line["without_tuning"] == without]
        if some:
            print(f"{title}: {_counted(some)}\n\n{_table(some)}\n")


def _table(lines: Sequence[dict[str, Any]]) -> str:
    known = {rules: _projects(lines, rules) for rules in ("earlier", "today", "one part")}
    rows: list[tuple[str, ...]] = []

    def row(name: str, cell: Callable[[Sequence[Project]], str], reach: str) -> None:
        shown = [cell(known[rules]) if known[rules] else "" for rules in ("earlier", "today")]
        rows.append((REACH[name], *shown, reach))

    row("below", _shipped_below, "≤ 5 %")
    row("below of below", _below_shipped, "")
    row("confirmed", _confirmed, "≥ 80 %")
    row("confirmed of all", _confirmed_of_all, "")
    row("override", _override, "0")
    row("person", _nobody_asked, "")
    row("regret", _regret, "≤ .5 / ≤ 2")
    rows.append((REACH["choice"], "", _choice(lines, known), "below 0"))
    rows.append((REACH["refit"], "", _refit(known["today"]), "not below −.2"))
    if not lines[0]["without_tuning"]:  # what is left out is what takes long
        row("seconds", _seconds, "≤ 25 %")
    return table(("of small projects", NAMES["earlier"], NAMES["today"], "reach"), rows)


def _counted(lines: Sequence[dict[str, Any]]) -> str:
    today = _projects(lines, "today")
    broken = sum("attempts" not in one for line in lines for one in line["projects"])
    sets = ", ".join(sorted({line["set"] for line in lines}))
    sizes = ", ".join(
        f"{sum(line['rows'] == size for line in lines)} of {size:,} rows"
        for size in sorted({line["rows"] for line in lines})
    )
    said = f"{len(lines)} draws ({sizes}) of {sets}; {len(today)} projects by today's rules"
    said += f", {len(_projects(lines, 'earlier'))} by earlier ones; {broken} without an end"
    commits = {line["versions"]["today"] for line in lines if "versions" in line}
    return f"{said}; today's rules are those of {', '.join(sorted(commits)) or 'no known commit'}"


def _projects(lines: Iterable[dict[str, Any]], rules: str) -> list[Project]:
    return [
        one
        | {"key": line["key"], "size": line["rows"], "reference": line["reference"]}
        | {"whole": not line["without_tuning"]}
        for line in lines
        for one in line["projects"]
        if one["rules"] == rules and "attempts" in one
    ]


def _own(project: Project) -> list[dict[str, Any]]:
    """Every rung as it was measured: of the whole ladder, those above in the first project."""
    rest = project["reference"]["attempts"] if project["whole"] else []
    return [one for one in [*project["attempts"], *rest] if not one["refit_of"]]


def _best(project: Project) -> dict[str, Any]:
    return max(_own(project), key=lambda one: float(one["truth"]))


def _kept(project: Project, *, refit: bool) -> dict[str, Any] | None:
    """The selected attempt as it was measured, or its refit."""
    wanted = "refit_of" if refit else "id"
    found = [one for one in project["attempts"] if one[wanted] == project["selected"]]
    return found[0] if found else None


def _tested(project: Project) -> dict[str, Any]:
    """What was or would be shipped."""
    found = _kept(project, refit=bool(project["test_refit"])) or _kept(project, refit=False)
    assert found is not None, "something was selected"
    return found


def _tie(attempt: dict[str, Any], threshold: float) -> bool:
    """Whether the truth is known no better than that it lies about at the threshold."""
    truth, rows = float(attempt["truth"]), int(attempt["outside"])
    return abs(truth - threshold) <= math.sqrt(truth * (1 - truth) / rows)


def _asks(project: Project, option: str) -> bool:
    """Whether the last thing said asks a person for a go, or for an override."""
    last: str = project["trail"][-1]["said"] if project["trail"] else ""
    return not project["shipped"] and option in last


def _rate(count: int, of: int, ties: int | None = None) -> str:
    """A share with what it is of, Wilson's interval, and how many ties were left out."""
    if not of:
        return "0 of 0" + (f"; {ties} ties" if ties is not None else "")
    low, high = wilson(count, of, LEVEL)
    told = f"{100 * count / of:.0f} % [{100 * low:.0f}, {100 * high:.0f}], {count} of {of}"
    return told + (f"; {ties} ties" if ties is not None else "")


def _shipped_below(projects: Sequence[Project]) -> str:
    shipped = [one for one in projects if one["shipped"]]
    clear = [one for one in shipped if not _tie(_tested(one), one["target"])]
    count = sum(_tested(one)["truth"] < one["target"] for one in clear)
    return _rate(count, len(clear), len(shipped) - len(clear))


def _below_shipped(projects: Sequence[Project]) -> str:
    clear = [one for one in projects if not _tie(_tested(one), one["target"])]
    below = [one for one in clear if _tested(one)["truth"] < one["target"]]
    return _rate(sum(one["shipped"] for one in below), len(below), len(projects) - len(clear))


def _confirmed(projects: Sequence[Project]) -> str:
    """The oracle knows every truth, and tests the best rung as it was measured."""
    return _confirmed_by([(one, _best(one)) for one in projects])


def _confirmed_of_all(projects: Sequence[Project]) -> str:
    """It also knows the truth of the refit of what was selected."""
    pairs = []
    for one in projects:
        refit = _kept(one, refit=True)
        known = [_best(one), refit] if refit else [_best(one)]
        pairs.append((one, max(known, key=lambda attempt: float(attempt["truth"]))))
    return _confirmed_by(pairs)


def _confirmed_by(pairs: Sequence[tuple[Project, dict[str, Any]]]) -> str:
    would = [pair for pair in pairs if pair[1]["sealed"]["low"] >= pair[0]["target"]]
    clear = [one for one, tested in would if not _tie(tested, one["target"])]
    return _rate(sum(one["shipped"] for one in clear), len(clear), len(would) - len(clear))


def _override(projects: Sequence[Project]) -> str:
    above = [one for one in projects if one["aim"] == "below"]
    return _rate(sum(_asks(one, "--override") for one in above), len(above))


def _nobody_asked(projects: Sequence[Project]) -> str:
    above = [one for one in projects if one["aim"] == "below"]
    return _rate(sum(one["shipped"] for one in above), len(above))


def _regret(projects: Sequence[Project]) -> str:
    values, keys = [], []
    for one in projects:
        chosen = _kept(one, refit=False)
        if chosen is not None:
            values.append(100 * (_best(one)["truth"] - chosen["truth"]))
            keys.append(one["key"])

    def ends(some: Any) -> Any:
        return np.quantile(some, (0.5, 0.9))

    middle, most = ends(np.array(values))
    low, high = _resampled(values, keys, ends)
    return (
        f"{middle:.1f} [{low[0]:.1f}, {high[0]:.1f}] / {most:.1f} [{low[1]:.1f}, {high[1]:.1f}], "
        f"{len(values)} projects"
    )


def _choice(lines: Sequence[dict[str, Any]], known: dict[str, list[Project]]) -> str:
    """What both would have chosen, scored by the truths of one project that measured every rung."""
    references = {
        line["key"]: line["reference"]["attempts"]
        for line in lines
        if line["rows"] <= SMALL and "attempts" in line["reference"]
    }
    folds = {(one["key"], one["aim"]): one for one in known["today"]}
    values, keys = [], []
    for part in known["one part"]:
        other = folds.get((part["key"], part["aim"]))
        if other is None or part["key"] not in references:
            continue
        pair = [_truth_of(one, references[part["key"]]) for one in (part, other)]
        if None not in pair:
            values.append(100 * (pair[0] - pair[1]))  # type: ignore[operator]
            keys.append(part["key"])
    return _mean(values, keys, "pairs")


def _truth_of(project: Project, reference: Sequence[dict[str, Any]]) -> float | None:
    """The truth of what a project chose, as the same rung has it in another project."""
    chosen = _kept(project, refit=False)
    if chosen is None:
        return None
    alike = [one for one in reference if one["rung"] == chosen["rung"]]
    exact = [one for one in alike if one["configuration"] == chosen["configuration"]]
    found = exact or alike
    return float(found[0]["truth"]) if found else None


def _refit(projects: Sequence[Project]) -> str:
    values, keys = [], []
    for one in projects:
        refit, before = _kept(one, refit=True), _kept(one, refit=False)
        if refit is not None and before is not None:
            values.append(100 * (refit["truth"] - before["truth"]))
            keys.append(one["key"])
    return _mean(values, keys, "refits")


def _seconds(projects: Sequence[Project]) -> str:
    """By the processor's seconds of `run`, and by the recorded seconds of the attempts."""
    aimed = [one for one in projects if one["aim"] == "below"]
    if not aimed:
        return ""
    keys = [one["key"] for one in aimed]
    cells = []
    for name, place in (("processor", "processor"), ("attempts", "fitting")):
        shares = [100 * one[place] / one["reference"][place] for one in aimed]
        low, high = _resampled(shares, keys, np.median)
        ends = f"{min(shares):.0f} to {max(shares):.0f}"
        cells.append(f"{name} {np.median(shares):.0f} % [{low:.0f}, {high:.0f}] ({ends})")
    return f"{'; '.join(cells)}, {len(aimed)} projects"


def _mean(values: Sequence[float], keys: Sequence[str], what: str) -> str:
    if not values:
        return ""
    low, high = _resampled(values, keys, np.mean)
    return f"{np.mean(values):+.2f} [{low:+.2f}, {high:+.2f}], {len(values)} {what}"


def _resampled(values: Sequence[float], keys: Sequence[str], figure: Callable[[Any], Any]) -> Any:
    """The interval of a figure by the bootstrap over draws: projects of one draw are alike."""
    generator = np.random.default_rng(20)
    by_draw = [
        np.array([value for value, key in zip(values, keys, strict=True) if key == draw])
        for draw in sorted(set(keys))
    ]
    found = [
        figure(np.concatenate([by_draw[place] for place in drawn]))
        for drawn in generator.integers(len(by_draw), size=(RESAMPLES, len(by_draw)))
    ]
    return np.quantile(np.array(found), ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
