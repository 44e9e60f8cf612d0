"""A situation: a small project, what its owner says of the need, and the verdict that is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Move = Literal[
    "stop", "go on", "go or no-go", "back to the data", "change the base", "improve retrieval"
]
Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Right:
    """The right verdict, written before anything was run.

    Attributes:
        tunes: Whether tuning is begun.
        requirement: What it follows from.
        because: Why, in a sentence.
        move: What `decide` says, if more than one would be wrong.
        selected: The rung that solves the task, if one does.
        names: Words that the verdict must say, such as the setting to change.
    """

    tunes: bool
    requirement: str
    because: str
    move: Move | None = None
    selected: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Premise:
    """What makes the situation what its name says; measured apart from the verdict.

    Attributes:
        told: In words.
        holds: Of what was measured: `attempts` and `retrieval`, as `status --json` has them, and
            `answers`, the pairs of expected and given text of the best attempt that asks a model.
    """

    told: str
    holds: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Situation:
    """One project and its verdict.

    Attributes:
        name: As the command line takes it.
        told: What the team wants, in a sentence for the page on whether to tune.
        goal: As `init` takes it, with its metric and target.
        rows: Makes the lines of the data file.
        need: Settings that answer what `need:` asks.
        settings: Other settings.
        documents: Makes the lines of the file of documents, if there is one.
        columns: How `init` is told which columns are read.
        after: The situation whose project it goes on with, under another need; "" for its own.
    """

    name: str
    told: str
    goal: str
    metric: str
    target: float
    rows: Callable[[], Sequence[Line]]
    need: tuple[str, ...]
    right: Right
    premise: Premise
    settings: tuple[str, ...] = ()
    documents: Callable[[], Sequence[Line]] | None = None
    columns: tuple[str, ...] = ("--input", "input", "--label", "output")
    after: str = ""


def written(path: Path, lines: Sequence[Line]) -> Path:
    """Write JSON lines."""
    import json

    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path
