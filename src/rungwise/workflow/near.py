"""Near copies, found once for the same texts: the split, the audit and a resumed run share them."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import polars as pl

from rungwise.data_section import Depth
from rungwise.errors import StorageError
from rungwise.files import written
from rungwise.objects import digest_bytes, digest_json
from rungwise.plugins import modality_of
from rungwise.progress import Progress
from rungwise.protocols import Found, NearPairs, Search
from rungwise.workflow.workspace import Workspace

FORMAT = 3
"""Raised whenever the same texts would have other near copies."""


def near_pairs(
    workspace: Workspace, values: pl.Series, depth: Depth, progress: Progress
) -> NearPairs:
    """Near copies among inputs (n); what was found before is read from the cache.

    Raises:
        StorageError: The cache cannot be written.
    """
    modality = modality_of(workspace.task)
    return modality.near(values, depth, progress, functools.partial(_kept, workspace))


def _kept(
    workspace: Workspace, search: Search, distinct: pl.Series, depth: Depth, progress: Progress
) -> Found:
    """What a search finds, from the cache where it was found before.

    Raises:
        StorageError: The cache cannot be written.
    """
    texts = digest_bytes(distinct.to_frame("text").write_ipc(None).getvalue())
    folder = workspace.cache / "near"
    path = folder / f"{digest_json([FORMAT, texts, depth])}.parquet"
    if (kept := _read(path)) is not None:
        return kept
    found = search(distinct, depth, progress)
    one, other = found.pairs.T
    table = pl.DataFrame({"one": one, "other": other, "score": found.score})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with written(path) as file:
            table.write_parquet(file)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}", "Free some space."
        ) from error
    return found


def _read(path: Path) -> Found | None:
    """A file that was torn is as good as none: what it held is found again."""
    try:
        table = pl.read_parquet(path)
        pairs = np.stack([table["one"].to_numpy(), table["other"].to_numpy()], axis=1)
        return Found(pairs, table["score"].to_numpy())
    except (OSError, pl.exceptions.PolarsError):
        return None
