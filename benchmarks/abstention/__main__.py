"""`python -m benchmarks.abstention`: does a certified threshold keep its promise on other rows?

BANKING77's rows are divided anew 200 times. Each time a head is fitted, validation proposes a
threshold, the test certifies it, and the rows outside all three say what is true. Rows of other
data sets say whether what is out of scope goes to a person. It is done for projects of two sizes:
see `PROJECTS`. Finished redraws are kept: a second start resumes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binom

from benchmarks.abstention.draws import ALLOWED, LEVEL, PROJECTS, draw
from benchmarks.coverage.pools import read
from benchmarks.rows import arguments, machine, table
from rungwise.evaluation.abstention import upper_bound

FOREIGN = ("SNIPS intents", "AG news titles", "SMS spam", "storm tweets")
"""The last one is no figure that is asked for; it shows another kind of text."""
DRAWS = 200


def main() -> None:
    """Run the redraws as the command line says."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--rows", type=int, nargs="+", choices=[*PROJECTS], help="of a project")
    parser.add_argument("--only-tables", action="store_true", help="tables of what is kept")
    parser.add_argument("--folder", type=Path, help="finished redraws and embeddings",
                        default=Path(tempfile.gettempdir()) / "rungwise-abstention")  # fmt: skip
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    chosen = told.rows or [*PROJECTS]
    if not told.only_tables:
        for rows in chosen:
            simulate(told.folder, rows, told.draws)
    finished = {rows: kept(told.folder / _file(rows))[: told.draws] for rows in chosen}
    if told.json:
        for rows, lines in finished.items():
            for line in lines:
                print(json.dumps({"rows": rows} | line))
        return
    print("\n\n".join([machine(), *(text(rows, lines) for rows, lines in finished.items())]))


def kept(file: Path) -> list[dict[str, Any]]:
    """Finished redraws; a torn last line is left out."""
    found = []
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def _file(rows: int) -> str:
    return f"redraws-of-{rows}.jsonl"


def simulate(folder: Path, rows: int, wanted: int) -> None:
    """Add the redraws that are missing, of projects of so many rows."""
    file = folder / _file(rows)
    done = {line["seed"] for line in kept(file)}
    if len(done) >= wanted:
        return
    pool = read("BANKING77", folder)
    foreign = {name: read(name, folder).embeddings for name in FOREIGN}
    with file.open("a", encoding="utf-8") as out:
        for seed in range(wanted):
            if seed not in done:
                out.write(json.dumps(draw(pool, foreign, PROJECTS[rows], seed)) + "\n")
                out.flush()
                print(f"redraw {seed + 1} of {wanted}", file=sys.stderr)


def text(rows: int, lines: list[dict[str, Any]]) -> str:
    """The figures as Markdown, one table for each share of wrong answers that is certified."""
    head = ("what", f"measured (one-sided bound at {LEVEL:.0%})", "reach")
    parts = []
    for allowed in ALLOWED:
        made = [line[str(allowed)] for line in lines if str(allowed) in line]
        title = (
            f"{len(lines)} redraws of projects of {rows:,} rows, {allowed:.0%} of the answers "
            "given may be wrong:"
        )
        parts.append(f"{title}\n\n{table(head, _rows(made, allowed))}")
    return "\n\n".join(parts)


def _rows(made: list[dict[str, Any]], allowed: float) -> list[tuple[str, str, str]]:
    certified = [one for one in made if one["bound"] <= allowed]
    broken = [one for one in made if _error(one["outside"]) > one["bound"]]
    # The test is drawn from these without replacement, so their error is known and not estimated.
    beyond = [one for one in made if _error(_both(one)) > one["bound"]]
    promised = [one for one in certified if _error(one["outside"]) > allowed]
    chances = np.array([_chances(one) for one in made]).mean(axis=0) if made else (0.0, 0.0)
    strict = allowed == ALLOWED[0]
    rows = [
        ("with a proposal; certified", f"{len(made)}; {len(certified)}", ""),
        ("error outside above the bound", _share(len(broken), len(made)), "≤ 5 %"),
        ("the same, expected of an exact bound on so few outside rows", f"{chances[0]:.1%}", ""),
        ("error of test and outside together above the bound", _share(len(beyond), len(made)),
         "≤ 5 %"),
        ("chance that the true error is above an exact bound", f"{chances[1]:.1%}", "≤ 5 %"),
        ("error outside above what is allowed, though certified",
         _share(len(promised), len(certified)), "≤ 5 %"),
        ("coverage outside where certified, mean (5th to 95th percentile)",
         _spread([one["outside"]["answered"] / one["outside"]["rows"] for one in certified]),
         "≥ 85 %" if strict else ""),
        ("error of the answers given there", _spread([_error(one["outside"])
                                                      for one in certified]), ""),
        ("accuracy of all answers outside", _spread([one["outside"]["accuracy"] for one in made]),
         ""),
        ("calibration error outside, before", _spread(
            [one["outside"]["calibration_before"] for one in made]), ""),
        ("calibration error outside, after", _spread(
            [one["outside"]["calibration_after"] for one in made]), ""),
        ("own test rows answered", _spread(
            [one["test"]["answered"] / one["test"]["rows"] for one in certified]), "≥ 90 %"),
        ("own test rows that are far", _spread([one["test"]["far"] for one in certified]), ""),
    ]  # fmt: skip
    for name in FOREIGN:
        for key, what in (("review", "to review"), ("unsure", "by confidence alone"),
                          ("far", "by distance alone")):  # fmt: skip
            found = [one["foreign"][name][key] for one in certified]
            reach = "≥ 90 %" if key == "review" and name != FOREIGN[-1] else ""
            rows.append((f"{name}: {what}", _spread(found), reach))
    return rows


def _chances(one: dict[str, Any]) -> tuple[float, float]:
    """That the outside rows, and that the true error, lie above an exact bound.

    By the binomial distribution, at the share of wrong answers of test and outside together.
    """
    test, outside = one["test"], one["outside"]
    share = _error(_both(one))
    wrong = np.arange(test["answered"] + 1)
    chance = binom.pmf(wrong, test["answered"], share)
    kept = np.flatnonzero(chance > 1e-12)
    bounds = np.array([upper_bound(int(k), test["answered"], LEVEL) for k in kept])
    above = binom.sf(np.floor(bounds * outside["answered"]), outside["answered"], share)
    return float(chance[kept] @ above), float(chance[kept] @ (bounds < share))


def _both(one: dict[str, Any]) -> dict[str, float]:
    """Answers and wrong ones of test and outside together."""
    return {key: one["test"][key] + one["outside"][key] for key in ("answered", "wrong")}


def _error(one: dict[str, float]) -> float:
    return one["wrong"] / one["answered"] if one["answered"] else 0.0


def _share(some: int, every: int) -> str:
    if not every:
        return "none"
    share = some / every
    return f"{some} of {every}: {share:.1%} ± {np.sqrt(share * (1 - share) / every):.1%}"


def _spread(values: list[float]) -> str:
    if not values:
        return "none"
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{np.mean(values):.1%} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    main()
