"""Groups that the tool finds by itself in photographs of tiles, against those derived by hand.

1,344 photographs as 48 × 48 grey values, each with mean 0 and length 1 (the exposure differs). The
reference beside the data: a nearest neighbour scores .989 where rows are divided at random and .734
where a tile is kept whole. Of the groupings that are tried, the one that changes most is reported.

    python -m benchmarks.audit.hidden_groups
"""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Iterator

import numpy as np
import polars as pl

from benchmarks.audit.data import folder
from benchmarks.rows import Row, arguments, show
from rungwise.data.group_candidates import candidates
from rungwise.data.group_probe import probe

SIDE, SEED = 48, 20


def rows() -> Iterator[Row]:
    """The probe under the groups that were found, and under those derived by hand."""
    table = pl.read_csv(folder("magnetic_tile") / "labels.csv")
    derived = pl.read_csv(folder("magnetic_tile") / "tile_series_derived.csv")
    series = table.join(derived, on="file", how="left", maintain_order="left")["series"]
    features = pixels(table["file"].to_list())
    labels = (table["label"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    truth = (series.rank("dense").cast(pl.Int64) - 1).to_numpy()
    by_hand = probe(features, labels, truth, seed=SEED)
    began = time.perf_counter()
    found = [
        (candidate, probe(features, labels, candidate.groups, seed=SEED))
        for candidate in candidates({"file": table["file"]}, features)
    ]
    seconds = time.perf_counter() - began
    candidate, scored = max(found, key=lambda pair: pair[1].drop)
    count = int(candidate.groups.max()) + 1
    name = f"magnetic_tile, {count} groups by {candidate.what}"
    for way in ("at_random", "grouped"):
        value, reference = getattr(scored, way), getattr(by_hand, way)
        yield Row(f"{name}: {way}", "seconds", seconds, None, "series by hand", value, reference)


def pixels(files: list[str]) -> np.ndarray:
    """Grey values with mean 0 and length 1, float32 (files, SIDE × SIDE)."""
    from PIL import Image

    found = {}
    with tarfile.open(folder("magnetic_tile") / "images.tar") as archive:
        for member in archive:
            if handle := archive.extractfile(member):
                picture = Image.open(io.BytesIO(handle.read())).convert("L").resize((SIDE, SIDE))
                found[member.name.removeprefix("./")] = (
                    np.asarray(picture, np.float32).ravel() / 255
                )
    grey = np.stack([found[file] for file in files])
    grey -= grey.mean(axis=1, keepdims=True)
    return np.asarray(grey / np.linalg.norm(grey, axis=1, keepdims=True))


if __name__ == "__main__":
    show(rows(), as_json=arguments(__doc__ or "").parse_args().json)
