"""Arrays on disk that are found again by what they were computed from, and only whole.

An entry is a folder that is written beside its place and renamed when complete: a killed run
leaves nothing that is later read. Arrays are appended row by row in any order and read through
a memory map, so neither writing nor reading holds them in memory.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rungwise.objects import digest_json
from rungwise.training.disk import writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
"""Raised whenever what is stored changes its meaning."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of positions of vectors: one flat array, and where each row starts in it.

    Attributes:
        flat: float32 (positions, width), memory-mapped.
        starts: First position of each row (rows).
        lengths: Positions of each row (rows).
    """

    flat: NDArray[np.float32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def draw(self, rows: NDArray[np.int64]) -> Stored:
        """Some of the rows; nothing is copied."""
        return Stored(self.flat, self.starts[rows], self.lengths[rows])

    def batch(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Activations (rows, longest, width), zero where padded, and the mask."""
        lengths = self.lengths[rows]
        longest = int(lengths.max(initial=1))
        values = np.zeros((len(rows), longest, self.flat.shape[1]), np.float32)
        for at, (start, length) in enumerate(zip(self.starts[rows], lengths, strict=True)):
            values[at, :length] = self.flat[start : start + length]
        return values, (np.arange(longest) < lengths[:, None]).astype(np.int64)


class Cache:
    """The entries below one folder; deleting the folder is always safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: Any) -> Stored | None:
        """The entry of a JSON key, or None."""
        place = self._place(key)
        if not (place / "entry.json").is_file():
            return None
        width = json.loads((place / "entry.json").read_text(encoding="utf-8"))["width"]
        index: NDArray[np.int64] = np.load(place / "index.npy")
        positions = int(index[1].sum())
        shape = (positions, width)
        flat: NDArray[np.float32] = (
            np.memmap(place / "flat.f32", np.float32, "r", shape=shape)
            if positions
            else np.empty(shape, np.float32)
        )
        return Stored(flat, index[0], index[1])

    @contextlib.contextmanager
    def writing(self, key: Any, lengths: NDArray[np.int64]) -> Iterator[Writer]:
        """Write an entry for rows of these lengths; it appears when the block ends well.

        Raises:
            StorageError: The disk is full, or the folder cannot be written.
        """
        place = self._place(key)
        with writing(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=self.folder, prefix=".writing-"))
        try:
            with writing(self.folder):
                with (temporary / "flat.f32").open("wb") as file:
                    writer = Writer(file, lengths)
                    yield writer
                writer.finish(temporary, key)
                if not place.exists():  # else another process was faster
                    temporary.rename(place)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _place(self, key: Any) -> Path:
        digest = digest_json({"format": FORMAT, "key": key})
        return self.folder / digest[:2] / digest[2:]


class Writer:
    """Takes rows in any order, each once."""

    def __init__(self, file: Any, lengths: NDArray[np.int64]) -> None:
        self._file = file
        self._lengths = lengths
        self._starts = np.full(len(lengths), -1, np.int64)
        self._written = 0
        self._width = 0

    def add(self, rows: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        """Append padded vectors (rows, longest, width) of the named rows."""
        lengths = self._lengths[rows]
        valid = np.arange(values.shape[1]) < lengths[:, None]
        self._file.write(np.ascontiguousarray(values[valid], np.float32).tobytes())
        self._starts[rows] = self._written + np.cumsum(lengths) - lengths
        self._written += int(lengths.sum())
        self._width = values.shape[2]

    def finish(self, folder: Path, key: Any) -> None:
        """Write where each row starts, and what the entry is."""
        if (self._starts < 0).any():
            raise ValueError("not every row was added")
        np.save(folder / "index.npy", np.stack([self._starts, self._lengths]))
        entry = {"width": self._width, "format": FORMAT, "key": key}
        (folder / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
