"""Personal data and secrets in what is trained on and measured on (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl

from rungwise.data.columns import inputs
from rungwise.data.joined_inputs import cell_texts, longest_cells, outside_headers
from rungwise.data.personal.detect import detect
from rungwise.data.personal.json_sentences import sentences_alone
from rungwise.data.personal.kinds.name import without_lone
from rungwise.data.personal.lower_case import without_places_and_dates
from rungwise.data.personal.measured import (
    OTHER,
    PRECISION,
    TextKinds,
    for_learnt_reader,
    text_kinds,
)
from rungwise.data.personal.reading import Reading, tiers_together
from rungwise.data.personal.redact import without_placeholders
from rungwise.data.together import references, together
from rungwise.evaluation.wording import agreeing, counted
from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding, RowReference, Severity, Span

CALLED = {
    "address": "postal addresses",
    "card": "payment card numbers",
    "email": "e-mail addresses",
    "iban": "bank account numbers (IBAN)",
    "ip": "internet (IP) addresses",
    "name": "names of people",
    "phone": "telephone numbers",
    "secret": "keys, tokens or passwords",
    "ssn": "social security numbers",
}
"""In words; a kind that is not listed is called by its name."""
NAMED = 3
"""Kinds of text that are named if nothing was measured in any."""
IGNORED = (
    "`policy.personal_model_rows` has no effect: patterns and the learnt reader find more than the "
    "language model did. Remove it from rungwise.yaml."
)
LOOK = "look at some with `--show`."


class Personal:
    """Finds values of every kind in `rungwise.data.personal.kinds`, with their places.

    Reads the inputs of all parts, the sealed one included, and the expected outputs of train and
    validation where these are texts. No title, no advice and no number quotes a value.
    """

    requirement: ClassVar[str] = "R18"
    title: ClassVar[str] = "Personal data and secrets in the texts"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ("text",)
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding a kind; one each on rows that no reader could check, or was meant to."""
        if context.policy.personal_model_rows:
            context.progress.say(IGNORED)
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        findings = self._in_column(rows, "input", context)
        if not kind_of(context.task).labels:
            findings += self._in_column(rows, "expected", context)
        return findings

    def _in_column(self, rows: pl.DataFrame, column: str, context: AuditContext) -> list[Finding]:
        columns = inputs(context.task.data) if column == "input" else ()
        looked = looked_at(rows[column], context, columns)
        findings = [
            _finding(rows, looked, kind, column, context)
            for kind in looked.spans["kind"].unique().sort()
        ]
        if looked.unchecked:
            findings.append(_unchecked(rows, looked.unchecked, column, context))
        if looked.kinds is not None and looked.kinds.left_out:
            findings.append(_rules_alone(looked.kinds, column))
        return findings


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a column.

    Attributes:
        spans: Columns of `detect.SCHEMA`.
        by_rules: Those that rules found.
        unchecked: Rows (from 0) that a model could not check in time.
        tiers: Which tiers have looked, in words.
        kinds: What kind of text each row is; None if nobody asked, as nothing could look.
    """

    spans: pl.DataFrame
    by_rules: pl.DataFrame
    unchecked: tuple[int, ...]
    tiers: str
    kinds: TextKinds | None


def looked_at(texts: pl.Series, context: AuditContext, columns: Sequence[str] = ()) -> Looked:
    """Have every tier that may look at texts (n) look at them.

    If several columns are joined, rules read the whole text, as `Name: Jo Li` says more than its
    cell; readers of words read each cell alone, as they take the name of a column for a person.
    """
    patterns = outside_headers(detect(texts, progress=context.progress), texts, columns)
    asked = context.people is not None or len(patterns)
    kinds = text_kinds(longest_cells(texts, columns)) if asked else None
    if kinds is not None:
        patterns = _told_apart(patterns, texts, kinds)
    reading = _learnt(texts, kinds, context, columns) if kinds is not None else None
    return Looked(
        tiers_together(patterns, [reading] if reading else []),
        patterns,
        reading.unchecked if reading else (),
        "patterns, learnt reader" if reading else "patterns",
        kinds if context.people is not None or kinds is None else replace(kinds, left_out=""),
    )


def _told_apart(spans: pl.DataFrame, texts: pl.Series, kinds: TextKinds) -> pl.DataFrame:
    """Spans of rules; in news, commands and the like a name alone needs a cue."""
    others = (kinds.of_row == OTHER).gather(spans["row"])
    kept = without_lone(spans.filter(others), texts)
    return pl.concat([spans.filter(~others), kept]).sort("row", "start")


def _learnt(
    texts: pl.Series, kinds: TextKinds, context: AuditContext, columns: Sequence[str]
) -> Reading | None:
    """People, addresses and numbers by the reader that comes along, in rows that it may read."""
    if context.people is None:
        return None
    chosen = kinds.readable.arg_true().cast(pl.Int64)
    if chosen.is_empty():
        return None
    asked = texts.gather(chosen)
    size, most = int(asked.str.len_chars().sum()), context.policy.personal_characters
    reading: Reading | str
    if size > most:
        reading = f"{size:,} characters are more than `policy.personal_characters` ({most:,})"
    else:
        rows = "rows" if texts.name == "input" else "expected answers"
        context.progress.say(
            f"A learnt reader looks for names and addresses in {len(asked):,} {rows}."
        )
        cells = cell_texts(without_placeholders(asked), columns)
        cells = sentences_alone(cells)
        cells = cells.filter(for_learnt_reader(cells["text"]))
        reading = context.people(cells["text"])
    if isinstance(reading, str):
        context.progress.say(f"Names and addresses are looked for by rules alone: {reading}.")
        return None
    in_rows = _in_rows(reading, cells)
    spans = without_places_and_dates(in_rows.spans, asked)
    moved = spans.with_columns(chosen.gather(spans["row"]).alias("row"))
    return Reading(moved, tuple(int(chosen[row]) for row in in_rows.unchecked))


def _in_rows(reading: Reading, cells: pl.DataFrame) -> Reading:
    """What was found in cells, as places in the rows that they were taken from."""
    owner, begin = (cells[name].gather(reading.spans["row"]) for name in ("row", "start"))
    spans = reading.spans.with_columns(
        owner.alias("row"), pl.col("start") + begin, pl.col("end") + begin
    )
    return Reading(spans, tuple(sorted({int(cells["row"][cell]) for cell in reading.unchecked})))


def _rules_alone(kinds: TextKinds, column: str) -> Finding:
    left = int((~kinds.readable).sum())
    texts = "rows" if column == "input" else "expected texts"
    return Finding(
        code="personal.rules_alone" if column == "input" else "personal.rules_alone_in_output",
        severity="info",
        title=(
            f"Rules alone look for names and addresses in {left:,} of {len(kinds.of_row):,} "
            f"{texts}: {kinds.left_out}"
        ),
        advice=(
            "The learnt reader was measured on English messages, and takes other words for names "
            "elsewhere. Rules miss rare names without a cue such as `Dear`: read some rows "
            "yourself before you pass the texts on."
        ),
        requirement="R18",
        count=left,
        numbers={"rows": left, "texts": kinds.of_row.value_counts().rows()},
    )


def _unchecked(
    rows: pl.DataFrame, unchecked: tuple[int, ...], column: str, context: AuditContext
) -> Finding:
    left = rows[list(unchecked)]
    seconds = context.policy.personal_seconds
    return Finding(
        code="personal.unchecked" if column == "input" else "personal.unchecked_output",
        severity="warn",
        title=(
            f"{len(left):,} of {len(rows):,} rows are not known to be clean: they could not be "
            f"read for names within {seconds:g} s each"
        ),
        advice=(
            "Read them yourself, or raise `policy.personal_seconds`. Patterns and checksums have "
            "looked at them."
        ),
        requirement="R18",
        count=len(left),
        rows=references(left),
        numbers={"unchecked": len(left), "seconds": seconds},
    )


def _finding(
    rows: pl.DataFrame, looked: Looked, kind: str, column: str, context: AuditContext
) -> Finding:
    spans = looked.spans.filter(kind=kind)
    by_row = spans.group_by("row", maintain_order=True).agg("start", "end")
    hit = rows[by_row["row"]].select("id", "part", "line").hstack(by_row.select("start", "end"))
    by_part = {part: int((hit["part"] == part).sum()) for part in ("train", "validation", "test")}
    by_rules = looked.by_rules.filter(kind=kind)["row"].n_unique()
    blocks = kind in context.policy.personal_blocks and by_part["train"] > 0
    severity: Severity = "block" if blocks else "warn"
    where = ", ".join(f"{count:,} in {part}" for part, count in by_part.items() if count)
    code = f"personal.{kind}" if column == "input" else f"personal.{kind}_in_output"
    trust, numbers = _trust(looked, kind, by_row["row"])
    return Finding(
        code=code,
        severity=severity,
        title=(
            f"{counted(len(hit), 'input' if column == 'input' else 'expected output')} "
            f"{agreeing(len(hit), 'holds', 'hold')} "
            f"{CALLED.get(kind, kind)}: {where}"
        ),
        advice=f"{_advice(kind, code, by_part['train'], blocks)} {trust}",
        requirement="R18",
        count=len(hit),
        rows=tuple(
            RowReference(
                id,
                part,
                line,
                spans=tuple(Span(*place, kind) for place in zip(starts, ends, strict=True)),
            )
            for id, part, line, starts, ends in hit.iter_rows()
        ),
        numbers={
            "rows": len(hit),
            "values": len(spans),
            "by_rules": by_rules,
            "tiers": looked.tiers,
            **numbers,
            **by_part,
        },
    )


def _trust(looked: Looked, kind: str, rows: pl.Series) -> tuple[str, dict[str, object]]:
    """How often such a finding was right in texts of these kinds, in words and as numbers.

    The numbers are those of the kind of text that most rows are; `texts_rows` says how many.
    """
    assert looked.kinds is not None, "the kind of text is told wherever something was found"
    counts = looked.kinds.of_row.gather(rows).alias("texts").value_counts(name="rows")
    shares = list(counts.sort("rows", "texts", descending=[True, False]).iter_rows())
    judged = {texts: PRECISION.get(texts, {}).get(kind) for texts, _ in shares}
    measured = {texts: one for texts, one in judged.items() if one is not None}
    texts, most = shares[0]
    first = measured.get(texts)
    numbers: dict[str, object] = {"texts": texts, "texts_rows": most, "precision": None}
    if first is not None:
        numbers |= {"precision": round(first.precision, 4), "judged": first.rows}
    if not measured:
        named = " or ".join(texts for texts, _ in shares[:NAMED])
        return f"How often this is right was not measured in {named}: {LOOK}", numbers
    parts = [
        f"in {texts} {measured[texts].right:,} of {measured[texts].rows:,} such rows were right "
        f"when they were measured{'' if len(shares) == 1 else f' ({count:,} of yours)'}"
        for texts, count in shares
        if texts in measured
    ]
    said = "; ".join(parts)
    if left := sum(count for texts, count in shares if texts not in measured):
        said += f"; for the other {left:,} it was not measured"
    return f"{said[0].upper()}{said[1:]}. `--show` prints some of yours.", numbers


def _advice(kind: str, code: str, trained: int, blocks: bool) -> str:
    placeholder, command = f"`<{kind.upper()}>`", f"rungwise curate --accept {code}"
    if blocks:
        return (
            f"Nothing may learn them: `{command}=redact` replaces them by {placeholder} in the "
            f"training rows, `{command}` drops the rows. `policy.personal_blocks` lists the kinds "
            "that hold the climb."
        )
    if not trained:
        return (
            "No training row holds them, and validation rows are redacted before what is shipped "
            "learns from them: nothing is to be redacted."
        )
    return (
        "Ask whether the task needs them, as a model can repeat what it has learnt; else "
        f"`{command}=redact` replaces them by {placeholder} in the training rows."
    )
