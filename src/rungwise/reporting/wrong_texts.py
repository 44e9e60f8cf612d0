"""Wrong texts beside the expected ones, a few of each mistake, and what asking took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from rungwise.data.languages import languages
from rungwise.data.personal.redact import redacted_ids
from rungwise.data.personal.redactor import Redactor
from rungwise.evaluation.json_validity import validity
from rungwise.evaluation.text_failures import Known, answers_of, cut
from rungwise.evaluation.text_mistakes import mistake
from rungwise.reporting.differences import Marked, marked
from rungwise.reporting.passages_read import holds, passages_read
from rungwise.table import Predictions

OF_EACH = 4
"""Rows shown of one mistake."""


@dataclass(frozen=True, slots=True)
class WrongText:
    """One wrong text beside the expected one.

    Attributes:
        id: Of the row.
        mistake: Its name.
        input: What was asked.
        expected, output: In stretches, of which those are marked that the other does not have.
        ended: How the answer ended; None where it was not kept.
        passages: What was looked up and stood before the question; "" where nothing was.
        held: Whether the expected text stands in them.
    """

    id: str
    mistake: str
    input: str
    expected: Marked
    output: Marked
    ended: str | None
    passages: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """The answers of an attempt.

    Attributes:
        rows: How many there are.
        wrong: How many differ from the expected text by more than space or the order of fields.
        shown: Some of them.
        asked: In sentences, how many answers are valid JSON, tokens read and written, and how
            answers ended; "" where nothing of that is known.
    """

    rows: int
    wrong: int
    shown: tuple[WrongText, ...]
    asked: str


def wrong_texts(
    rows: pl.DataFrame,
    predictions: Predictions,
    limit: int,
    redactor: Redactor,
    prompts: Mapping[str, str] | None = None,
) -> Texts:
    """Wrong texts, the most frequent mistake first.

    A report is passed on, so personal values are replaced in all that is shown (R18).

    Args:
        rows: Columns `id`, `input` and `expected`, aligned with the predictions.
        predictions: The answers.
        limit: How many to show.
        redactor: Knows what audits found in the rows.
        prompts: Row id → what was asked, where answers were looked up.
    """
    told = rows.select("id", "input", "expected").with_columns(
        output=predictions.outputs.fill_null("")
    )
    written = predictions.written
    ended = written["ended"] if written is not None else pl.lit(None, pl.String)
    told = told.with_columns(ended=ended)
    known = Known(inputs=rows["input"], cut=cut(predictions), languages=languages)
    answers = answers_of(rows["expected"], predictions, known)
    mistakes = [mistake(one) for one in answers]
    told = told.with_columns(mistake=pl.Series(mistakes, dtype=pl.String))
    found = told.filter(pl.col("mistake") != "")
    few = (
        found.with_columns(
            many=pl.len().over("mistake"), place=pl.int_range(pl.len()).over("mistake")
        )
        .filter(pl.col("place") < OF_EACH)
        .sort("many", "mistake", "place", descending=[True, False, False])
        .head(limit)
    )
    read = [passages_read((prompts or {}).get(row, ""), asked)
            for row, asked in few.select("id", "input").iter_rows()]  # fmt: skip
    held = [holds(*pair) for pair in zip(read, few["expected"], strict=True)]
    few = few.with_columns(
        redacted_ids(few["id"]),
        redactor.cells(few, "input"),
        # As the answer is: else a value of the input that both repeat would differ between them.
        redactor.answers(few, redactor.cells(few, "expected")).alias("expected"),
        redactor.answers(few, few["output"]),
        held=pl.Series(held, dtype=pl.Boolean),
        passages=redactor.answers(few, pl.Series(read, dtype=pl.String)),
    )
    texts = tuple(
        WrongText(row, name, asked, *marked(expected, output), ended, passages, held)
        for row, name, asked, expected, output, ended, passages, held in few.select(
            "id", "mistake", "input", "expected", "output", "ended", "passages", "held"
        ).iter_rows()
    )
    apart = validity(answers)
    said = " ".join(filter(None, (apart.told if apart else "", _asked(written))))
    return Texts(len(rows), len(found), texts, said)


def _asked(written: pl.DataFrame | None) -> str:
    if written is None or written.is_empty():
        return ""
    if not written["prompt_tokens"].sum() and (written["ended"] == "stop").all():
        return ""  # a copy asks nobody
    ended = ("length", "unasked", "unanswered")
    longest, unasked, unanswered = ((written["ended"] == how).sum() for how in ended)
    asked = max(1, len(written) - int(unasked) - int(unanswered))
    read, wrote = (written[name].sum() / asked for name in ("prompt_tokens", "output_tokens"))
    said = f"A row took {read:,.0f} tokens to ask and {wrote:,.0f} to answer, on average."
    if longest:
        said += f" {longest:,} of {len(written):,} answers were cut at the longest that is allowed."
    if unasked:
        said += f" {unasked:,} prompts left no room for an answer and got none."
    if unanswered:
        said += f" {unanswered:,} rows got a reply that is no answer, and count as wrong."
    return said
