"""Documents in chunks of a few sentences: what is searched, and what a model is shown.

A chunk ends where a paragraph ends, if the next one does not fit; else where a sentence ends, and
the next chunk then begins some sentences earlier, so that what stands at a border is whole in one
of the two. A sentence that is longer than a chunk is cut between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from rungwise.progress import Progress

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Scripts written without spaces: each letter counts as a word."""
WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]{{1,50}}")
"""What is longer than any word, such as a line of code, counts as several."""
END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]+[」』”]*|\n")
"""Where a sentence ends, or a line."""
EMPTY_LINE = re.compile(r"\n\s*\n")
SCHEMA = pl.Schema(
    {
        "document": pl.String(),
        "title": pl.String(),
        "start": pl.Int64(),
        "end": pl.Int64(),
        "text": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or as much of a long one as a chunk holds.

    Attributes:
        start, end: Where it stands in its document, in code points.
        words: How many it has.
        paragraph: Number of the paragraph that it stands in.
    """

    start: int
    end: int
    words: int
    paragraph: int


def chunks(documents: pl.DataFrame, size: int, overlap: int, progress: Progress) -> pl.DataFrame:
    """Cut documents into chunks, in their order.

    Args:
        documents: `document`, `title` and `text` (n).
        size: Most words of a chunk.
        overlap: Most words that a chunk repeats of the one before.
        progress: Where to report.

    Returns:
        `SCHEMA`: a chunk's document and title, where it starts and ends there in code points, and
        its text. All but white space is in at least one chunk.
    """
    rows = documents.select("document", "title", "text").iter_rows()
    found = [
        (document, title, start, end, text[start:end])
        for document, title, text in progress.over(rows, "cutting documents", len(documents))
        for start, end in spans(text, size, overlap)
    ]
    return pl.DataFrame(found, SCHEMA, orient="row")


def spans(text: str, size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Where each chunk of a text starts and ends."""
    told = list(_sentences(text, size))
    before = [0, *accumulate(one.words for one in told)]  # words before each sentence
    first = _firsts(told)
    begin = 0
    while begin < len(told):
        end = begin + 1
        while end < len(told) and before[end + 1] - before[begin] <= size:
            end += 1
        parted = end < len(told) and told[end].paragraph == told[end - 1].paragraph
        if parted and first[end] > begin and _words(before, told, first[end]) <= size:
            end, parted = first[end], False  # the whole paragraph goes into the next chunk
        yield told[begin].start, told[end - 1].end
        begin = _back(before, begin, end, size, overlap) if parted else end


def _back(before: list[int], begin: int, end: int, size: int, overlap: int) -> int:
    """Where the next chunk begins: so many words earlier that it still holds a further sentence."""
    room = min(overlap, size - (before[end + 1] - before[end]))
    found = end
    while found - 1 > begin and before[end] - before[found - 1] <= room:
        found -= 1
    return found


def _words(before: list[int], told: list[Sentence], first: int) -> int:
    """Of the paragraph that begins with sentence `first`."""
    last = first
    while last < len(told) and told[last].paragraph == told[first].paragraph:
        last += 1
    return before[last] - before[first]


def _firsts(told: list[Sentence]) -> list[int]:
    """For each sentence, the first one of its paragraph."""
    found: list[int] = []
    for place, one in enumerate(told):
        same = place > 0 and told[place - 1].paragraph == one.paragraph
        found.append(found[-1] if same else place)
    return found


def _sentences(text: str, size: int) -> Iterator[Sentence]:
    paragraph, start, last = 0, 0, 0
    for end in (*(found.end() for found in END.finditer(text)), len(text)):
        if not text[start:end].strip():
            continue
        if EMPTY_LINE.search(text, last, end - len(text[start:end].lstrip())):
            paragraph += 1
        words = [found.span() for found in WORD.finditer(text, start, end)]
        for piece in range(0, len(words), size):
            taken = words[piece : piece + size]
            yield Sentence(taken[0][0], taken[-1][1], len(taken), paragraph)
        start, last = end, words[-1][1]
