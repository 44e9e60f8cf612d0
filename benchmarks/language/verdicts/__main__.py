"""`python -m benchmarks.language.verdicts`: twelve small projects, and whether each is tuned.

Each is made and run by the command line. The right verdict and the requirement that it follows
from were written before (`situations.py`); so was the premise, which is measured apart from the
verdict and says whether the project is what its name says. What is finished is a line of a file,
so a killed run goes on with the next one.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import Any

from benchmarks.language.verdicts.drive import judged, output_of
from benchmarks.language.verdicts.situation import Right, Situation
from benchmarks.language.verdicts.situations import SITUATIONS
from benchmarks.rows import machine, table
from rungwise.evaluation.proportions import wilson

HOPELESS = "sums"
MINUTES = 3.0
WIDTH, LINES = 110, 5


def main() -> None:
    """Run what is not finished, then print the table."""
    told = _arguments().parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    file = told.folder / "verdicts.jsonl"
    for situation in [] if told.table or told.page else SITUATIONS:
        if situation.name in told.only or not (told.only or situation.name in _kept(file)):
            place = _place(told.folder, situation.name, _kept(file))
            kept = _kept(file).get(situation.after)
            print(f"{situation.name} …", flush=True)
            found = judged(situation, place, Path(kept["folder"]) if kept else None)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(found, ensure_ascii=False) + "\n")
    (_page if told.page else _table)(_kept(file))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("verdicts-language"),
                        help="where projects and finished verdicts are kept")  # fmt: skip
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        choices=[one.name for one in SITUATIONS],
                        help="run these, finished or not")  # fmt: skip
    parser.add_argument("--table", action="store_true", help="only print what is finished")
    parser.add_argument("--page", action="store_true",
                        help="print five lines each, for the page on whether to tune")  # fmt: skip
    return parser


def _place(folder: Path, name: str, kept: dict[str, dict[str, Any]]) -> Path:
    """The folder of a project: that of a killed run, else a new one."""
    known = sorted(folder.glob(f"{name}-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    if known and (name not in kept or kept[name]["folder"] != str(known[-1])):
        return known[-1]
    return folder / f"{name}-{len(known)}"


def _kept(file: Path) -> dict[str, dict[str, Any]]:
    """The newest verdict of each situation."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {one["name"]: one for one in map(json.loads, lines)}


def wrong(right: Right, found: dict[str, Any]) -> list[str]:
    """What differs from the right verdict; nothing if it was given."""
    differs = []
    if found["tunes"] != right.tunes:
        differs.append("tuning is begun" if found["tunes"] else "tuning is not begun")
    if right.move is not None and found["move"] != right.move:
        differs.append(f"decides {found['move'] or 'nothing'}")
    if right.selected is not None and found["selected"] != right.selected:
        differs.append(f"selects {found['selected']}")
    said = found["said"].lower()
    return [*differs, *(f"never says {name}" for name in right.names if name not in said)]


def _table(kept: dict[str, dict[str, Any]]) -> None:
    print(f"{machine()}\n")
    header = ("situation", "right, and why", "given", "as it should", "premise",
              "seconds, wall", "processor")  # fmt: skip
    done = [(one, kept[one.name]) for one in SITUATIONS if one.name in kept]
    print(table(header, [_cells(situation, found) for situation, found in done]))
    agree = sum(not wrong(situation.right, found) for situation, found in done)
    true = sum(situation.premise.holds(found) for situation, found in done)
    low, high = wilson(agree, len(done), 0.95) if done else (0.0, 1.0)
    print(f"\n{agree} of {len(done)} verdicts are right [{low:.2f}, {high:.2f}]; "
          f"{len(SITUATIONS)} are asked. {true} projects are what their names say.")  # fmt: skip
    if HOPELESS in kept:
        found = kept[HOPELESS]
        wall, busy = found["wall"] / 60, found["processor"] / 60
        print(f"A hopeless base is called so after {wall:.1f} minutes ({busy:.1f} of a processor); "
              f"{MINUTES:g} are allowed.")  # fmt: skip


def _cells(situation: Situation, found: dict[str, Any]) -> tuple[str, ...]:
    right, differs = situation.right, wrong(situation.right, found)
    asked = [right.move or "", f"with {right.selected}" if right.selected else ""]
    told = ", ".join(filter(None, ("tune" if right.tunes else "do not tune", *asked)))
    given = "tune" if found["tunes"] else "do not tune"
    return (
        situation.name, f"{told} ({right.requirement})",
        f"{given}, {found['move'] or 'refused by init'}", ", ".join(differs) or "yes",
        "holds" if situation.premise.holds(found) else f"no: {situation.premise.told}",
        f"{found['wall']:.0f}", f"{found['processor']:.0f}",
    )  # fmt: skip


def _page(kept: dict[str, dict[str, Any]]) -> None:
    """Five lines of what `decide` prints now in each situation, without the project's folder."""
    for situation in SITUATIONS:
        if situation.name not in kept:
            continue
        found = kept[situation.name]
        task = Path(found["folder"]) / "task"
        decided = found["decide"]
        if (task / "rungwise.yaml").exists():
            decided = output_of(task.parent, "decide", "-C", str(task))
        text = decided.replace(f" -C {task}", "")
        first, *others = text.strip().splitlines()
        lines = textwrap.wrap(first, WIDTH, max_lines=LINES - 2, placeholder=" …")
        ways = [line for line in others if line.startswith("1. ")]
        following = ways or [line for line in others if line.startswith("Next: ")]
        lines += textwrap.wrap(following[0], WIDTH, max_lines=2, placeholder=" …")
        print(f"{situation.name}\n\n```text", *lines, "```", "", sep="\n")


if __name__ == "__main__":
    main()
