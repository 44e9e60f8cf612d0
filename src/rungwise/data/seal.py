"""The parts go into the store at once; the test labels lie apart and are opened once (R10, R68)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from rungwise.data import quarantine
from rungwise.data.read import Reading
from rungwise.data.split import Parts
from rungwise.data.stored import get, put, table
from rungwise.errors import StorageError
from rungwise.objects import Objects, digest_json
from rungwise.plugins import kind_of
from rungwise.records import SplitRecord
from rungwise.task import Task

Stored = Literal["train", "validation", "test", "quarantine"]


def seal(
    parts: Parts, reading: Reading, task: Task, objects: Objects, sealed: Objects
) -> SplitRecord:
    """Store every part; the expected outputs of the test rows go to `sealed` alone.

    The same rows give the same digests.

    Raises:
        StorageError: A store cannot be written.
    """
    hidden = parts.test.with_columns(pl.lit(None, pl.String).alias("expected"))
    test_expected = put(sealed, parts.test.select("id", "expected"))
    try:
        sealed.path(test_expected).chmod(0o400)
    except OSError as error:
        raise StorageError(
            f"The sealed part in {sealed.folder} cannot be protected: {error.strerror}",
            "Keep the project on a disk with file permissions.",
        ) from error
    digests = {
        "train": put(objects, parts.train),
        "validation": put(objects, parts.validation),
        "test_inputs": put(objects, hidden),
        "test_expected": test_expected,
    }
    labels = pl.concat([part["expected"] for part in (parts.train, parts.validation, parts.test)])
    classes = kind_of(task).classes(labels)
    return SplitRecord(
        id=digest_json({**digests, "classes": classes}),
        sources=reading.sources,
        **digests,
        rows={
            "train": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
        },
        classes=classes,
        quarantine=put(objects, parts.quarantine),
        quarantined=quarantine.kinds(parts.quarantine),
        assumptions=parts.assumptions,
        numbers=parts.numbers,
        folds="" if parts.folds is None else put(objects, parts.folds),
    )


def load_part(
    record: SplitRecord, objects: Objects, part: Stored, cache: Path | None = None
) -> pl.DataFrame:
    """One stored part; "test" has a null `expected` in every row.

    A large one is laid out in the cache once, and mapped from there; without one it is in memory.

    Raises:
        LedgerError: The object is absent or has changed.
    """
    digest = record.test_inputs if part == "test" else getattr(record, part)
    return get(objects, digest, cache)


def open_test(
    record: SplitRecord, objects: Objects, sealed: Objects, cache: Path | None = None
) -> pl.DataFrame:
    """The test part with its expected outputs; the caller puts it on record first (R68).

    What is sealed stays as it was; a class that was merged since is read as the one that took it.

    Raises:
        LedgerError: An object is absent or has changed.
    """
    inputs = load_part(record, objects, "test", cache)
    expected = table(sealed.read(record.test_expected))
    if merged := record.numbers.get("merged", {}):
        renamed = pl.col("expected").replace(list(merged), list(merged.values()))
        expected = expected.with_columns(renamed)
    joined = inputs.drop("expected").join(expected, on="id", how="left", maintain_order="left")
    return joined.select(inputs.columns)
