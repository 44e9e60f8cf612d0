"""Whether the rows can serve the task at all; the reasons why not are one clear line each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import polars as pl

from rungwise.data import quarantine
from rungwise.data.label_spelling import spelling_key
from rungwise.data.raw import BROKEN_CELL
from rungwise.errors import DataError
from rungwise.plugins import kind_of
from rungwise.task import Task


def check_cells(rows: pl.DataFrame, name: str) -> None:
    """Refuse a file in which a cell has swallowed what follows it.

    Raises:
        DataError: An input or a label has 10 MB or more; the message names its line.
    """
    sizes = rows.select("line", size=pl.max_horizontal(pl.col("input", "expected").str.len_bytes()))
    broken = sizes.filter(pl.col("size") >= BROKEN_CELL)
    if len(broken):
        line, size = broken.row(0)
        raise DataError(
            f"Line {line} of {name} has a cell of {size / 1e6:.1f} MB",
            "Usually a quotation mark is not closed before it. Correct the file; "
            "rows with cells above 1 MB are set aside.",
        )


def check_source(rows: pl.DataFrame, aside: pl.DataFrame, task: Task) -> None:
    """Refuse training data that nothing can be learnt from.

    Raises:
        DataError: No usable rows, all inputs identical, one class, or one row a class.
    """
    name = task.data.source
    if rows.is_empty():
        raise _no_rows(name, aside)
    own = aside.filter(pl.col("source") == name)
    if len(rows) > 1 and rows["input"].n_unique() == 1:
        raise DataError(
            f"All {len(rows)} inputs of {name} are identical{quarantine.named(own)}",
            "Give rows that differ.",
        )
    if not kind_of(task).labels:
        return
    counts = rows["expected"].value_counts()
    if len(counts) == 1:
        label = rows["expected"][0]
        raise DataError(
            f"{name} has one class only: {label!r} in all {len(rows)} rows{quarantine.named(own)}",
            "Give rows of at least two classes, or name another label column.",
        )
    if counts["count"].max() == 1:
        raise DataError(
            f"{name} has one row a class ({len(counts)} classes in {len(rows)} rows), "
            f"so it cannot be split{quarantine.named(own)}",
            "Give a few hundred rows a class, or name another label column.",
        )


def check_distinct(
    frames: Mapping[str, pl.DataFrame], names: Mapping[str, str], sources: Mapping[str, str]
) -> None:
    """Refuse one file in two parts: by path, by its bytes, or by its rows in any order.

    Args:
        frames: "source", "validation" and "test" → usable rows.
        names: The same → path as written in the task.
        sources: Path as written in the task → sha256 of the file.

    Raises:
        DataError: Two parts are the same; what is measured on rows that were learnt says nothing.
    """
    for first, second in itertools.combinations(frames, 2):
        one, other = names[first], names[second]
        same_bytes = sources[one] == sources[other]
        if not same_bytes and not _same_rows(frames[first], frames[second]):
            continue
        options = {"source": "--data", "validation": "--validation", "test": "--test"}
        what = "are the same file" if same_bytes else "hold the same rows"
        raise DataError(
            f"{options[first]} {one} and {options[second]} {other} {what}",
            f"Leave {options[second]} out: `rungwise split` sets rows aside for it.",
        )


def _same_rows(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    columns = ("input", "expected")
    if len(one) != len(other):
        return False
    return one.select(columns).hash_rows().sort().equals(other.select(columns).hash_rows().sort())


def check_part(rows: pl.DataFrame, source: pl.DataFrame, name: str, task: Task) -> None:
    """Refuse the user's own validation or test file where it does not fit the source.

    Raises:
        DataError: It has no usable rows, or most of its labels are unknown to the source.
    """
    if rows.is_empty():
        raise DataError(f"{name} has no usable rows", "Correct the file.")
    if not kind_of(task).labels:
        return
    known = source["expected"].unique()
    # Another spelling is for the audit `labels`, which offers to merge it.
    spelt = {spelling_key(label) for label in known}
    labels = [label for label in rows["expected"].unique() if spelling_key(label) not in spelt]
    strange = rows.filter(pl.col("expected").is_in(labels))
    if len(strange) > len(rows) / 2:
        raise DataError(
            f"{len(strange)} of {len(rows)} rows of {name} have labels that "
            f"{task.data.source} never has, such as {strange['expected'][0]!r} "
            f"(it has {known.sort()[0]!r})",
            "Use the same labels in both files.",
        )


def check_remaining(rows: pl.DataFrame, given: Iterable[str], task: Task) -> None:
    """Refuse training data of which too little is left without copies of the user's own parts.

    Raises:
        DataError: No rows are left, or one class only.
    """
    classes = rows["expected"].unique()
    if len(classes) > 1 or (len(rows) and not kind_of(task).labels):
        return
    left = f"only class {classes[0]!r}" if len(rows) else "nothing"
    raise DataError(
        f"Of {task.data.source} {left} is left to train on: the other rows are copies of rows in "
        f"the {' and '.join(sorted(given))} file",
        "Give files that do not overlap.",
    )


def _no_rows(name: str, aside: pl.DataFrame) -> DataError:
    own = aside.filter(pl.col("source") == name)
    if own.is_empty():
        return DataError(f"{name} has no rows", "Give a file with a header and rows.")
    counts = quarantine.kinds(own)
    kinds = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    written = any(kind.startswith("wrong number of fields") for kind in counts)
    return DataError(
        f"{name} has no usable rows: all {len(own)} are set aside ({kinds})",
        "Say what stands between and around its cells (`--delimiter`, `--quote`; for files of the "
        "task also `data.delimiter`, `data.quote`), or correct the file."
        if written
        else "Correct the file, or name other columns.",
    )
