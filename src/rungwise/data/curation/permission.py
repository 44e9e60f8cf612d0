"""What may be decided about which part: train freely, validation's labels by name, test never."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import polars as pl

from rungwise.data.curation.chain import Curated
from rungwise.errors import DataError


def check_rows(decisions: pl.DataFrame, parts: Curated, sealed: pl.Series, name: str) -> None:
    """Refuse decisions of a file about rows that must stay as they are (C5, R68).

    Args:
        decisions: With the columns of `decisions.SCHEMA`.
        parts: The data version that they are applied to.
        sealed: Ids of the test rows.
        name: Where the decisions come from, for messages.

    Raises:
        DataError: A row is sealed, unknown, already dropped, or lies in validation and is not
            relabelled by somebody who is named.
    """
    about = decisions.filter(pl.col("action") != "merge")
    ids = pl.col("id")
    in_train = ids.is_in(parts.train["id"].implode())
    in_validation = ids.is_in(parts.validation["id"].implode())
    _refuse(
        about.filter(ids.is_in(sealed.implode())),
        name,
        "is in the sealed test part",
        "The test part is never curated: leave the row out.",
    )
    gone = pl.col("id").is_in(parts.quarantine["id"].implode()) & ~in_train & ~in_validation
    _refuse(about.filter(gone), name, "is set aside already", "Leave the row out.")
    _refuse(
        about.filter(~in_train & ~in_validation),
        name,
        "is no row of this data",
        "Row ids are those that `rungwise audit --json` lists.",
    )
    validation = about.filter(in_validation)
    _refuse(
        validation.filter(pl.col("action") != "relabel"),
        name,
        "is in validation",
        "Validation changes only by relabelling that somebody adjudicated.",
    )
    _refuse(
        validation.filter(pl.col("by").is_null()),
        name,
        "is in validation and nobody is named",
        "Fill in `by` with who adjudicated the label.",
    )


def check_changed(redactions: pl.DataFrame, rows: pl.DataFrame, name: str) -> None:
    """Refuse a redaction after which the text is as it was.

    Args:
        redactions: Of the action `redact`, each with its new text as `value`.
        rows: The rows that they are about, with `id` and `input`.
        name: Where the decisions come from, for messages.

    Raises:
        DataError: Nothing was found in a row; the message names the line.
    """
    _refuse(
        unchanged(redactions, rows),
        name,
        "would stay as it is: nothing personal was found in it",
        "Give its new text in the column `text`, or leave the row out.",
    )


def unchanged(redactions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Redactions after which the text is as it was; the arguments are those of `check_changed`."""
    told = redactions.join(rows.select("id", "input"), on="id", maintain_order="left")
    return told.filter(pl.col("value") == pl.col("input"))


def check_labels(decisions: pl.DataFrame, classes: Sequence[str], name: str) -> None:
    """Refuse a new label that is none of the classes, and a merge of a label that is none.

    Raises:
        DataError: The message names the label and the nearest class.
    """
    merges = decisions.filter(pl.col("action") == "merge")
    _known(merges, "id", classes, name)
    if looped := [a for a, b in merges.select("id", "value").iter_rows() if a == b]:
        raise DataError(f"{name} merges {looped[0]!r} into itself", "Name another label.")
    known = (set(classes) - set(merges["id"])) | set(merges["value"])
    _known(decisions.filter(pl.col("action") == "relabel"), "value", sorted(known), name)


def check_left(parts: Curated) -> None:
    """Refuse a training part of one class.

    Raises:
        DataError: One class is left.
    """
    classes = parts.train["expected"].unique()
    if len(classes) < 2:
        raise DataError(
            f"After these decisions train has one class only: {classes[0]!r}",
            "Keep rows of at least two classes.",
        )


def _known(decisions: pl.DataFrame, column: str, classes: Sequence[str], name: str) -> None:
    strange = decisions.filter(~pl.col(column).is_in(list(classes)))
    if strange.is_empty():
        return
    label = strange[column][0]
    near = difflib.get_close_matches(label, classes, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else f"The classes begin with {classes[0]!r}."
    raise DataError(f"{_where(strange, name)}{label!r} is none of {len(classes)} classes", hint)


def _refuse(decisions: pl.DataFrame, name: str, fact: str, step: str) -> None:
    if len(decisions):
        more = f" (and {len(decisions) - 1:,} more)" if len(decisions) > 1 else ""
        raise DataError(f"{_where(decisions, name)}row {decisions['id'][0]!r} {fact}{more}", step)


def _where(decisions: pl.DataFrame, name: str) -> str:
    line = decisions["line"][0]
    return f"{name}: " if line is None else f"Line {line} of {name}: "
