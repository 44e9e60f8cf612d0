"""`python -m benchmarks.audit`: every comparison of the audits, and one table of what is asked.

Each runs in a process of its own, so that no cache and no thread pool of one helps another. Name
some to run these alone; what they do not measure stays open in the table. With `--json` every row
of every comparison is printed, and then every figure.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.audit.figures import Reached, measured
from benchmarks.rows import Row, arguments, machine, show, table

PARTS = (
    "near_copies",
    "judged_pairs",
    "sure_pairs",
    "retsim",
    "near_speed",
    "million",
    "leakage",
    "hidden_groups",
    "labels",
    "labels_planted",
    "agreement",
    "personal",
    "personal_languages",
    "personal_verdicts",
    "representative",
)
HEADER = ("figure", "asked", "ours", "peer", "peer is", "seconds", "peer's", "reached")


def main() -> None:
    """Run all, or those that are named."""
    parser = arguments(__doc__ or "")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part")
    told = parser.parse_args()
    rows, failed = {}, []
    for part in told.parts or PARTS:
        rows[part], ended_well = _run(part, as_json=told.json)
        failed += [] if ended_well else [part]
        if not told.json:
            print(f"\n## {part}\n")
            show(rows[part], as_json=False)
    figures = measured(rows)
    if told.json:
        for one in figures:
            print(_as_json(one))
    else:
        print(f"\n## What is asked\n\n{machine()}\n")
        print(table(HEADER, [_cells(one) for one in figures]))
        reached = sum(one.reached is True for one in figures)
        asked = sum(one.figure.held is not None for one in figures)
        unknown = sum(one.ours is None for one in figures)
        print(f"\n{reached} of {asked} are reached; {unknown} were not measured.")
    if failed:
        sys.exit(f"These did not end well: {', '.join(failed)}")


def _run(part: str, *, as_json: bool) -> tuple[list[Row], bool]:
    """The rows of one comparison, and whether it ended well."""
    command = [sys.executable, "-m", f"benchmarks.audit.{part}", "--json"]
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        for line in running.stdout or ():
            if as_json:
                print(line, end="", flush=True)
            rows.append(Row.from_json(line))
    return rows, running.returncode == 0


def _cells(one: Reached) -> tuple[str, ...]:
    figure = one.figure
    said = {True: "yes", False: "**no**", None: "told"}[one.reached]
    return (
        figure.name,
        figure.aim,
        *(_number(value) for value in (one.ours, one.peer)),
        one.peer_name,
        *(_number(value) for value in (one.seconds, one.peer_seconds)),
        "not measured" if one.ours is None else said,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.4f}" if abs(value) < 2 else f"{value:,.1f}"


def _as_json(one: Reached) -> str:
    return json.dumps(
        {
            "figure": one.figure.name,
            "asked": one.figure.aim,
            "ours": one.ours,
            "peer": one.peer,
            "peer_name": one.peer_name,
            "seconds_ours": one.seconds,
            "seconds_peer": one.peer_seconds,
            "reached": one.reached,
        },
        ensure_ascii=False,
    )


if __name__ == "__main__":
    main()
