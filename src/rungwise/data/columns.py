"""Which column means what: as the user said, else found by its name, and the guess is said."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.data_section import Data
from rungwise.errors import DataError

INPUT_NAMES = (
    "text", "input", "sentence", "question", "utterance", "message", "body", "content", "review",
    "query", "title", "comment", "tweet", "document", "description", "prompt", "sms", "file",
    "path",
)  # fmt: skip
LABEL_NAMES = (
    "label", "intent", "class", "category", "target", "output", "labels", "classes", "expected",
    "topic", "sentiment", "tag", "completion", "y",
)  # fmt: skip
KNOWN = {"input": INPUT_NAMES, "label": LABEL_NAMES}
BESIDE = ("id", "group", "time", "annotator")
IDENTITY_NAMES = ("id", "idx", "index", "uuid", "row", "row_id", "rowid", "#", "column#1")


@dataclass(frozen=True, slots=True)
class Columns:
    """Column names in one file; None where there is none."""

    input: str
    label: str | None
    id: str | None
    group: str | None
    time: str | None
    annotator: str | None


def find(
    available: Sequence[str],
    asked: Data,
    name: str,
    *,
    first: bool = True,
    label: bool = True,
    otherwise: str = "the first line of the file must hold the column names",
    left_out: str = "",
) -> tuple[Columns, tuple[str, ...]]:
    """Match the columns of a file with what the task names.

    Args:
        available: The file's columns.
        asked: The task's `data` section; its None columns are found by name.
        name: The file, for messages.
        first: The file is the training data: `id`, `group`, `time` and `annotator` must be
            there. In the user's other files they may be absent.
        label: A label must be there.
        otherwise: What else may be wrong where a column cannot be told.
        left_out: Which columns the reader left out, in words.

    Returns:
        The columns, and every guess in words.

    Raises:
        DataError: A named column is absent, or none can be told to be the input or the label.
    """
    assert not isinstance(asked.input, tuple), "several columns are joined before"
    extra, absent = find_beside(available, asked, name, first=first)
    said = [*absent]
    chosen = {
        "input": _named(asked.input, available, name, "input", required=True, said=said),
        "label": _named(asked.label, available, name, "label", required=label, said=said),
    }
    guessed = [role for role in chosen if getattr(asked, role) is None]

    def left() -> list[str]:
        return [c for c in available if c not in extra.values() and c not in chosen.values()]

    for role in guessed:
        chosen[role] = _by_name(left(), KNOWN[role])
    for role in guessed:
        rest = [column for column in left() if column.lower() not in IDENTITY_NAMES]
        if chosen[role] is None and len(rest) == 1 and (label or role == "input"):
            chosen[role] = rest[0]
    if chosen["input"] is None or (label and chosen["label"] is None):
        role = "input" if chosen["input"] is None else "label"
        # The columns of Parquet, and of frames that are kept so, have names in any case.
        hint = "" if name.endswith((".parquet", ".pq")) else f"; {otherwise}"
        raise DataError(
            f"No column of {name} can be told to be the {role}; it has {listed(available)}"
            f"{left_out and f', and {left_out}'}",
            f"Name it (`--{role} COLUMN`, in Python `columns={{'{role}': …}}`){hint}.",
        )
    said += [
        f"column `{chosen[role]}` of {name} is taken as the {role}"
        for role in guessed
        if chosen[role] is not None
    ]
    return Columns(input=str(chosen["input"]), label=chosen["label"], **extra), tuple(said)


def named(asked: Data) -> list[str]:
    """The columns that the user named."""
    given = [getattr(asked, role) for role in ("label", *BESIDE)]
    return [*inputs(asked), *(column for column in given if column is not None)]


def inputs(asked: Data) -> tuple[str, ...]:
    """The columns that the user named as the input; none if it is to be found by its name."""
    if asked.input is None:
        return ()
    return (asked.input,) if isinstance(asked.input, str) else asked.input


def check_inputs(available: Sequence[str], asked: Data, name: str) -> None:
    """Refuse a file that lacks a named column of the input.

    Raises:
        DataError: It does; the nearest name is told.
    """
    for column in inputs(asked):
        _named(column, available, name, "input", required=True, said=[])


def find_beside(
    available: Sequence[str], asked: Data, name: str, *, first: bool = True
) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """The columns that stand beside input and label: `id`, `group`, `time` and `annotator`.

    Arguments and errors are those of `find`; a column that is None was not named.
    """
    said: list[str] = []
    found = {
        role: _named(getattr(asked, role), available, name, role, required=first, said=said)
        for role in BESIDE
    }
    return found, tuple(said)


def _named(
    asked: str | None,
    available: Sequence[str],
    name: str,
    role: str,
    *,
    required: bool,
    said: list[str],
) -> str | None:
    if asked is None or asked in available:
        return asked
    if not required:
        said.append(f"{name} has no column `{asked}` ({role})")
        return None
    near = difflib.get_close_matches(asked.lower(), [c.lower() for c in available], 1, 0.5)
    nearest = next((c for c in available if near and c.lower() == near[0]), None)
    hint = f"Did you mean `{nearest}`?" if nearest else f"Name the {role} column."
    raise DataError(f"{name} has no column `{asked}`; it has {listed(available)}", hint)


def _by_name(available: Sequence[str], known: Sequence[str]) -> str | None:
    by_lower = {column.lower(): column for column in reversed(available)}
    return next((by_lower[name] for name in known if name in by_lower), None)


def listed(columns: Sequence[str], most: int = 12) -> str:
    """The columns of a file, for the user."""
    shown = ", ".join(f"`{textwrap.shorten(column, 40)}`" for column in columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")
