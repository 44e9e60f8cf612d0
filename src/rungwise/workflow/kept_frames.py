"""Frames that a project is made of: each is kept as a Parquet file in the task folder."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.data.frames import TAKEN, table_of
from rungwise.errors import DataError, StorageError
from rungwise.objects import digest_bytes
from rungwise.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa


@contextlib.contextmanager
def kept(folder: Path, progress: Progress, **given: object) -> Iterator[dict[str, Path | None]]:
    """Files in place of the frames; those that were written are taken away if the block fails.

    Args:
        folder: The task folder, which may not be there yet.
        progress: Told which file each frame became.
        given: Part → a path, a frame, or None.

    Raises:
        DataError: Something is neither a path nor a frame.
        StorageError: The folder cannot be written.
    """
    fresh, written = not folder.exists(), list[Path]()
    files: dict[str, Path | None] = {}
    try:
        if (data := given.get("data")) is None or (isinstance(data, str) and not data):
            raise DataError(f"`data` is {data!r}", f"Give {TAKEN}.")
        for part, one in given.items():
            if one is None or isinstance(one, str | Path):
                files[part] = Path(one) if one is not None else None
                continue
            table = table_of(one)
            if table is None:
                raise DataError(f"`{part}` is a {type(one).__name__}", f"Give {TAKEN}.")
            content = _parquet(table.arrow, part)
            digest = digest_bytes(content)
            files[part] = path = folder / f"{part}-{digest[:12]}.parquet"
            if not path.exists():
                written.append(path)
                _write(path, content)
            for what in table.said:
                progress.say(what)
            for column in table.index:
                progress.say(f"the index of `{part}` is kept as the column `{column}`")
            progress.say(
                f"`{part}` is kept as {path.name}: {table.arrow.num_rows:,} rows and "
                f"{table.arrow.num_columns} columns, sha256 {digest[:12]}"
            )
        yield files
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        if fresh and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _parquet(table: pa.Table, part: str) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    content = io.BytesIO()
    try:
        parquet.write_table(table, content)
    except pa.ArrowException as error:
        raise DataError(
            f"`{part}` cannot be kept as Parquet: {str(error).splitlines()[0]}",
            "Leave that column out, or write it as text.",
        ) from error
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", "Choose a folder that can be."
        ) from error
