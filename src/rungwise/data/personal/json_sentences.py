"""The sentences within JSON texts: all of them that a reader of sentences may read.

Such a reader knows a name by the words around it. Around a value of JSON stand keys and marks, and
it takes towns and months for people there.
"""

from __future__ import annotations

import json
import re

import polars as pl

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
"""A string, and the colon that makes it a key; places are those of the raw text."""
WORD = re.compile(r"\w+")
SENTENCE = 5
"""Words from which a value is taken for a sentence."""


def sentences_alone(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells of which those that are JSON objects or lists give way to the sentences in them.

    Args:
        cells: The columns `row`, `start` (code points) and `text`.

    Returns:
        The same columns; a JSON text without a sentence leaves no cell.
    """
    text = pl.col("text").str.strip_chars_start().fill_null("")
    opened = cells.filter(text.str.contains(r"^[{\[]"))
    if opened.is_empty():
        return cells
    others = cells.filter(~text.str.contains(r"^[{\[]"))
    found = [
        (row, start + place, sentence)
        for row, start, content in opened.iter_rows()
        for place, sentence in _sentences(content)
    ]
    return pl.concat([others, pl.DataFrame(found, cells.schema, orient="row")]).sort("row", "start")


def _sentences(text: str) -> list[tuple[int, str]]:
    """Place and text of each sentence; the whole of a text that is no JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return [(0, text)]
    strings = ((found.start(1), found[1]) for found in STRING.finditer(text) if not found[2])
    return [(place, one) for place, one in strings if len(WORD.findall(one)) >= SENTENCE]
