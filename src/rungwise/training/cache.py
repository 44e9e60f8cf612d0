"""Arrays on disk that are found again by what they were computed from, and only whole.

An entry is a folder that is written beside its place and renamed when complete: what a killed run
leaves is never read as an entry, and is gone on with batch by batch. Arrays are appended in any
order of rows and read through a memory map, so neither writing nor reading holds them in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from rungwise.errors import StorageError
from rungwise.objects import digest_json
from rungwise.training.disk import writing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rungwise.protocols import Encoded

FORMAT = 1
"""Raised whenever what is stored changes its meaning."""
FLAT, BATCHES, ROWS = "flat.f32", "batches.jsonl", "rows.npy"
PIECE = 1024
"""Rows whose inputs are read at once."""
UNFINISHED = ".unfinished-"
"""How the folder of an unfinished entry begins; its end is the process that writes it."""


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


def row_digests(inputs: Encoded) -> NDArray[np.uint64]:
    """Sixteen bytes for each row of model inputs (rows, 2): the same for the same inputs."""
    found = []
    for start in range(0, len(inputs.lengths), PIECE):
        rows = np.arange(start, min(start + PIECE, len(inputs.lengths)))
        values, _ = inputs.batch(rows)
        for row, length in zip(values, inputs.lengths[rows], strict=True):
            content = np.ascontiguousarray(row[:length]).tobytes()
            found.append(hashlib.blake2b(content, digest_size=16).digest())
    return np.frombuffer(b"".join(found), np.uint64).reshape(-1, 2)


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
            np.memmap(place / FLAT, np.float32, "r", shape=shape)
            if positions
            else np.empty(shape, np.float32)
        )
        return Stored(flat, index[0], index[1])

    def seconds(self, key: Any) -> float | None:
        """How long an entry took to compute; None if there is none, or it does not say."""
        place = self._place(key) / "entry.json"
        if not place.is_file():
            return None
        taken: float | None = json.loads(place.read_text(encoding="utf-8")).get("seconds")
        return taken

    @contextlib.contextmanager
    def writing(self, key: Any, lengths: NDArray[np.int64]) -> Iterator[Writer]:
        """Write an entry for rows of these lengths; it appears when the block ends well.

        What a killed process has written of the same entry is gone on with: see `Writer.has`.
        An entry says how long its rows took: they are computed inside the block.

        Raises:
            StorageError: The disk is full, or the folder cannot be written.
        """
        place = self._place(key)
        with writing(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._unfinished(place.parent.name + place.name)
            writer = Writer(unfinished, lengths)
        try:
            yield writer
            with writing(self.folder):
                writer.finish(key)
                if place.exists():  # another process was faster
                    shutil.rmtree(unfinished)
                else:
                    unfinished.rename(place)
                self._forget()
        except StorageError:  # a full disk needs the room more than we do
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        finally:
            writer.close()

    def reuse(
        self, writer: Writer, key: Mapping[str, Any], digests: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Copy rows of one position that stand in other entries with the same key but `inputs`.

        Args:
            writer: Of the entry that is being written.
            key: Its key.
            digests: Of each row of it (rows, 2).

        Returns:
            Places of the rows that no other entry holds.
        """
        writer.note(digests)
        left = np.arange(len(digests))
        for place in sorted(self.folder.glob(f"*/*/{ROWS}")):
            entry = json.loads((place.parent / "entry.json").read_text(encoding="utf-8"))
            other = entry["key"]
            if {**other, "inputs": ""} != {**key, "inputs": ""} or not len(left):
                continue
            if (stored := self.read(other)) is None:
                continue
            held = np.load(place)
            at = {digest.tobytes(): row for row, digest in enumerate(held)}
            found = np.array([at.get(one.tobytes(), -1) for one in digests[left]], np.int64)
            rows, found, left = left[found >= 0], found[found >= 0], left[found < 0]
            if not len(rows):
                continue
            if not writer.has(rows):  # else a killed process had copied them
                spent = entry.get("seconds", 0.0) * len(rows) / len(held)
                writer.add(rows, np.array(stored.flat[stored.starts[found]])[:, None, :], spent)
        return left

    def _place(self, key: Any) -> Path:
        digest = digest_json({"format": FORMAT, "key": key})
        return self.folder / digest[:2] / digest[2:]

    def _unfinished(self, digest: str) -> Path:
        """The folder of an unfinished entry, which no other living process writes."""
        ours = self.folder / f"{UNFINISHED}{digest[:24]}-{os.getpid()}"
        for other in self.folder.glob(f"{UNFINISHED}{digest[:24]}-*"):
            if not ours.exists() and not _is_written(other):
                with contextlib.suppress(OSError):  # another process took it over first
                    other.rename(ours)
        ours.mkdir(exist_ok=True)
        return ours

    def _forget(self) -> None:
        """Delete what processes that have ended left of other entries."""
        for other in self.folder.glob(f"{UNFINISHED}*"):
            if not _is_written(other):
                shutil.rmtree(other, ignore_errors=True)


def _is_written(unfinished: Path) -> bool:
    """Whether the process that began an entry still lives."""
    return psutil.pid_exists(int(unfinished.name.rpartition("-")[2]))


class Writer:
    """Takes rows in any order, each once; what is written survives the process.

    A batch is the vectors of its rows and then a line that names them: a batch whose line is absent
    or does not fit what stands in the file is written again, and so is all behind it.

    Args:
        folder: Of the unfinished entry.
        lengths: Positions of each row (rows).
    """

    def __init__(self, folder: Path, lengths: NDArray[np.int64]) -> None:
        self._folder, self._lengths = folder, lengths
        self._starts = np.full(len(lengths), -1, np.int64)
        self._written = self._width = 0
        self._seconds, self._last = 0.0, time.perf_counter()
        self._file = (folder / FLAT).open("ab+")
        self._lines = (folder / BATCHES).open("a+", encoding="utf-8")
        self._recover()

    def has(self, rows: NDArray[np.int64]) -> bool:
        """Whether these rows are written already."""
        return bool((self._starts[rows] >= 0).all())

    def note(self, digests: NDArray[np.uint64]) -> None:
        """Keep what each row was computed from, so that other entries find it.

        Raises:
            StorageError: The disk refuses.
        """
        with writing(self._folder.parent):
            np.save(self._folder / ROWS, digests)

    def add(self, rows: NDArray[np.int64], values: NDArray[np.float32], spent: float = 0.0) -> None:
        """Append padded vectors (rows, longest, width) of the named rows.

        Args:
            rows: Their places.
            values: The vectors.
            spent: Seconds that they took when they were computed, if that was before.

        Raises:
            StorageError: The disk refuses.
        """
        lengths = self._lengths[rows]
        valid = np.arange(values.shape[1]) < lengths[:, None]
        content = np.ascontiguousarray(values[valid], np.float32).tobytes()
        batch = {
            "rows": rows.tolist(),
            "width": values.shape[2],
            "check": zlib.crc32(content),
            "seconds": spent or time.perf_counter() - self._last,
        }
        with writing(self._folder.parent):
            self._file.write(content)
            self._file.flush()
            self._lines.write(json.dumps(batch) + "\n")
            self._lines.flush()
        self._place(rows, values.shape[2])
        self._seconds += batch["seconds"]
        self._last = time.perf_counter()

    def finish(self, key: Any) -> None:
        """Write where each row starts, and what the entry is."""
        self.close()
        if (self._starts < 0).any():
            raise ValueError("not every row was added")
        np.save(self._folder / "index.npy", np.stack([self._starts, self._lengths]))
        entry = {
            "width": self._width,
            "format": FORMAT,
            "key": key,
            "seconds": self._seconds,
        }
        (self._folder / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
        (self._folder / BATCHES).unlink()

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._lines.close()

    def _place(self, rows: NDArray[np.int64], width: int) -> None:
        lengths = self._lengths[rows]
        self._starts[rows] = self._written + np.cumsum(lengths) - lengths
        self._written += int(lengths.sum())
        self._width = width

    def _recover(self) -> None:
        """Take over the whole batches that an earlier process wrote, and cut off the rest."""
        self._lines.seek(0)
        self._file.seek(0)
        kept = []
        for line in self._lines:
            try:
                batch = json.loads(line)
                rows = np.array(batch["rows"], np.int64)
                size = int(self._lengths[rows].sum()) * batch["width"] * 4
                whole = zlib.crc32(self._file.read(size)) == batch["check"]
            except (ValueError, KeyError, TypeError, IndexError):
                break
            if not whole:
                break
            self._place(rows, batch["width"])
            self._seconds += batch.get("seconds", 0.0)
            kept.append(line)
        self._file.truncate(self._written * self._width * 4)
        self._lines.seek(0)
        self._lines.truncate()
        self._lines.writelines(kept)
        self._lines.flush()
