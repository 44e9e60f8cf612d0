"""Files larger than memory: a block at a time goes to disk as columns, and is mapped from there.

What was converted is found again by the digest of the file, so a second start goes on where the
first was interrupted, and what reads the file later reads no text again.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rungwise.data.raw import BAD_SCHEMA, INSIDE_SCHEMA, Raw
from rungwise.data.spool import Spool
from rungwise.objects import CHUNK, digest_json
from rungwise.percent import percent
from rungwise.progress import Progress

LARGE = 1 << 26
"""Bytes from which a file is read in blocks."""
BLOCK = 1 << 24
"""Bytes of a file that are taken apart at a time."""
FORMAT = 4
"""Raised whenever the same file would be converted to other columns."""
LINES = "line"
"""The last column of a piece: where each row begins. The others are numbered, as names may repeat
this one."""

State = Mapping[str, Any]
"""Where the next block begins, as JSON types."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that follow one another in a file, and where the next ones begin; None at its end."""

    raw: Raw
    following: State | None


Reader = Callable[[State | None], Iterator[Block]]
"""Yields blocks from a state on; from the first, where it is None."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A file looked through once.

    Attributes:
        digest: Its sha256.
        size: Bytes.
        utf8: Whether all of it is UTF-8.
    """

    digest: str
    size: int
    utf8: bool


def survey(path: Path) -> Survey:
    """Digest a file and see whether it is UTF-8, a piece at a time."""
    state, size, utf8 = hashlib.sha256(), 0, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            state.update(piece)
            size += len(piece)
            utf8 = utf8 and _reads(decoder, piece)
    return Survey(state.hexdigest(), size, utf8 and _reads(decoder, b"", final=True))


def _reads(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def converted(
    read: Reader, seen: Survey, name: str, asked: Sequence[Any], cache: Path, progress: Progress
) -> Raw:
    """Every row of a file, its cells mapped from disk.

    Args:
        read: Takes the file apart.
        seen: The file.
        name: Its name, for the user.
        asked: All else that decides what `read` gives.
        cache: Where the pieces of every file lie.
        progress: Told how many rows are done.
    """
    spool = Spool(cache / digest_json([FORMAT, seen.digest, BLOCK, *asked]))
    notes: list[Mapping[str, Any]] = []
    while (found := spool.notes(len(notes))) is not None:
        notes.append(found)
    if not notes or notes[-1]["following"] is not None:
        if notes:
            rows = sum(one["rows"] for one in notes)
            progress.say(f"{rows:,} rows of {name} were read before: reading goes on behind them.")
        rest = read(notes[-1]["following"] if notes else None)
        total = max(1, -(-seen.size // BLOCK) - len(notes))
        for block in progress.over(_told(rest, name, seen, progress), f"reading {name}", total):
            notes.append(_kept(spool, len(notes), block))
    table = spool.rows(len(notes))
    names = dict(zip(table.columns, notes[0]["columns"], strict=False))
    bad = pl.DataFrame([row for one in notes for row in one["bad"]], BAD_SCHEMA, orient="row")
    inside = [row for one in notes for row in one["inside"]]
    said = tuple(dict.fromkeys(text for one in notes for text in one["said"]))
    nested = pl.DataFrame(inside, INSIDE_SCHEMA, orient="row")
    return Raw(table.drop(LINES).rename(names), table[LINES], bad, said, nested)


def _told(blocks: Iterator[Block], name: str, seen: Survey, progress: Progress) -> Iterator[Block]:
    """The blocks; every tenth says how far it is."""
    rows = 0
    for number, block in enumerate(blocks, 1):
        rows += len(block.raw.lines)
        if number % 10 == 0 and block.following is not None:
            share = block.following["done"] / seen.size
            progress.say(f"  {name}: {rows:,} rows are read, {percent(share)} of the file.")
        yield block


def _kept(spool: Spool, number: int, block: Block) -> Mapping[str, Any]:
    raw = block.raw
    notes = {
        "rows": len(raw.lines),
        "columns": raw.cells.columns,
        "bad": raw.bad.rows(),
        "inside": raw.inside.rows(),
        "said": raw.assumptions,
        "following": block.following,
    }
    numbered = raw.cells.rename(
        {column: str(place) for place, column in enumerate(raw.cells.columns)}
    )
    spool.keep(number, numbered.with_columns(raw.lines.alias(LINES)), notes)
    return notes
