"""Rows to generate from, in every shape, and files of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from tests.data_made import task

from rungwise.data.read import Reading, read
from rungwise.progress import Silent
from rungwise.task import Task

Rows = Sequence[Mapping[str, Any]]


def turn(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def said(speaker: str, value: Any) -> dict[str, Any]:
    return {"from": speaker, "value": value}


def written(path: Path, rows: Rows) -> None:
    """Write rows as the extension says; in CSV lists and objects are JSON strings."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(rows[0])
            for row in rows:
                lines.writerow(
                    json.dumps(cell) if isinstance(cell, list | dict) else cell
                    for cell in row.values()
                )


def generating(**data: Any) -> Task:
    return task(kind="generate", **data)


def found_in(folder: Path, rows: Rows, suffix: str = "jsonl", **data: Any) -> Reading:
    written(folder / f"a.{suffix}", rows)
    return read(generating(source=f"a.{suffix}", **data), folder, Silent())


def pairs(reading: Reading, part: str = "source") -> list[tuple[Any, ...]]:
    return reading.frames[part].select("input", "expected").rows()


SYSTEM, HI, HELLO = turn("system", "Be kind."), turn("user", "Hi"), turn("assistant", "Héllo")
MORE = turn("user", "And now?")
LONG = '[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]'
TALK = (
    '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Héllo"}, '
    '{"role": "user", "content": "And now?"}]'
)
SHAPES: dict[str, tuple[list[dict[str, Any]], list[tuple[str, str]], str]] = {
    "messages": (
        [
            {"messages": [HI, HELLO]},
            {"messages": [SYSTEM, HI, HELLO]},
            {"messages": [HI, HELLO, MORE, turn("assistant", "Bye")]},
        ],
        [("Hi", "Héllo"), (LONG, "Héllo"), (TALK, "Bye")],
        "column `messages` of {} is read as conversations: the assistant's last turn is expected, "
        "the turns before it are asked",
    ),
    "sharegpt": (
        [
            {"conversations": [said("human", "Hi"), said("gpt", "Héllo")]},
            {"conversations": [said("system", "Be kind."), said("human", "Hi"), said("gpt", "Yo")]},
            {
                "conversations": [
                    *(said("human", "Hi"), said("gpt", "Héllo")),
                    *(said("human", "And now?"), said("gpt", "Bye")),
                ]
            },
        ],
        [("Hi", "Héllo"), (LONG, "Yo"), (TALK, "Bye")],
        "column `conversations` of {} is read as conversations: gpt's last turn is expected, "
        "the turns before it are asked",
    ),
    "prompt_completion of texts": (
        [
            {"prompt": "Hi", "completion": "Héllo"},
            {"prompt": "List two", "completion": '["a", "b"]'},
            {"prompt": '["x"]', "completion": "one item"},
        ],
        [("Hi", "Héllo"), ("List two", '["a", "b"]'), ('["x"]', "one item")],
        "columns `prompt`, `completion` of {} are read as questions and answers: "
        "the completion is expected",
    ),
    "prompt_completion of messages": (
        [
            {"prompt": [HI], "completion": [HELLO]},
            {"prompt": [SYSTEM, HI], "completion": [HELLO]},
            {"prompt": [HI], "completion": [HELLO, MORE, turn("assistant", "Bye")]},
        ],
        [("Hi", "Héllo"), (LONG, "Héllo"), (TALK, "Bye")],
        "columns `prompt`, `completion` of {} are read as questions and answers: "
        "the completion is expected",
    ),
    "alpaca": (
        [
            {"instruction": "Add them.", "input": "1 and 2", "output": "3"},
            {"instruction": "Greet.", "input": "", "output": "Héllo"},
            {"instruction": "Bid farewell.", "input": " \n", "output": "Bye"},
        ],
        [("Add them.\n\n1 and 2", "3"), ("Greet.", "Héllo"), ("Bid farewell.", "Bye")],
        "columns `instruction`, `input`, `output` of {} are read as instructions and outputs: an "
        "`input` follows the instruction after a blank line, the output is expected",
    ),
    "preference of texts": (
        [
            {"prompt": "Hi", "chosen": "Héllo", "rejected": "What?"},
            {"prompt": "Bye", "chosen": "See you", "rejected": "Go"},
        ],
        [("Hi", "Héllo"), ("Bye", "See you")],
        "columns `prompt`, `chosen`, `rejected` of {} are read as preferences: the chosen answer "
        "is expected, the rejected one is kept beside it",
    ),
    "preference of messages": (
        [
            {"prompt": [SYSTEM, HI], "chosen": [HELLO], "rejected": [turn("assistant", "What?")]},
            {"prompt": [MORE], "chosen": [MORE, HELLO], "rejected": [MORE, turn("assistant", "a")]},
        ],
        [(LONG, "Héllo"), ("And now?", "Héllo")],
        "columns `prompt`, `chosen`, `rejected` of {} are read as preferences: the chosen answer "
        "is expected, the rejected one is kept beside it",
    ),
}
