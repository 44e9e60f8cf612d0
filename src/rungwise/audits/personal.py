"""Personal data and secrets in what is trained on and measured on (R18)."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from rungwise.data.personal.deep import read_names
from rungwise.data.personal.detect import detect
from rungwise.data.personal.reading import Reading, tiers_together
from rungwise.data.together import references, together
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


class Personal:
    """Finds values of every kind in `rungwise.data.personal.kinds`, with their places.

    Reads the inputs of all parts, the sealed one included, and the expected outputs of train and
    validation where these are texts. No title, no advice and no number quotes a value.
    """

    requirement: ClassVar[str] = "R18"
    title: ClassVar[str] = "Personal data and secrets in the texts"
    stage: ClassVar[Stage] = "content"
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding a kind; one on rows that a model could not check in time."""
        parts = {"train": context.train, "validation": context.validation, "test": context.test}
        rows = together(parts)
        findings = self._in_column(rows, "input", context)
        if context.task.task.kind == "generate":
            findings += self._in_column(rows, "expected", context)
        return findings

    def _in_column(self, rows: pl.DataFrame, column: str, context: AuditContext) -> list[Finding]:
        spans, unchecked, tiers = _spans(rows[column], context)
        findings = [
            _finding(rows, spans.filter(pl.col("kind") == kind), kind, column, tiers, context)
            for kind in spans["kind"].unique().sort()
        ]
        return findings + ([_unchecked(rows, unchecked, column, context)] if unchecked else [])


def _spans(texts: pl.Series, context: AuditContext) -> tuple[pl.DataFrame, tuple[int, ...], str]:
    """What was found, rows that are unchecked, and which tiers have looked."""
    patterns = detect(texts, progress=context.progress)
    tiers: dict[str, Reading | None] = {"learnt reader": _learnt(texts, context)}
    if asked := context.policy.personal_model_rows:
        tiers["language model"] = _language(texts, asked, context)
    readings = {name: reading for name, reading in tiers.items() if reading is not None}
    unchecked = sorted({row for reading in readings.values() for row in reading.unchecked})
    looked = ", ".join(("patterns", *readings))
    return tiers_together(patterns, [*readings.values()]), tuple(unchecked), looked


def _learnt(texts: pl.Series, context: AuditContext) -> Reading | None:
    """People, addresses and numbers by the reader that comes along, where it can look."""
    if context.people is None:
        return None
    size, most = int(texts.str.len_chars().sum()), context.policy.personal_characters
    reading: Reading | str
    if size > most:
        reading = f"{size:,} characters are more than `policy.personal_characters` ({most:,})"
    else:
        rows = "rows" if texts.name == "input" else "expected answers"
        context.progress.say(
            f"A learnt reader looks for names and addresses in {len(texts):,} {rows}."
        )
        reading = context.people(texts)
    if isinstance(reading, str):
        context.progress.say(f"Names and addresses are looked for by rules alone: {reading}.")
        return None
    return reading


def _language(texts: pl.Series, asked: int, context: AuditContext) -> Reading | None:
    """Names by a language model, where the rows are few enough."""
    if len(texts) > asked:
        context.progress.say(
            f"No language model looks for names: {len(texts):,} rows are more than "
            f"`policy.personal_model_rows` ({asked:,})."
        )
        return None
    context.progress.say(f"A language model reads {len(texts):,} rows for names.")
    return read_names(texts, context.policy.personal_seconds, context.progress)


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
    rows: pl.DataFrame,
    spans: pl.DataFrame,
    kind: str,
    column: str,
    tiers: str,
    context: AuditContext,
) -> Finding:
    by_row = spans.group_by("row", maintain_order=True).agg("start", "end")
    hit = rows[by_row["row"]].select("id", "part", "line").hstack(by_row.select("start", "end"))
    by_part = {part: int((hit["part"] == part).sum()) for part in ("train", "validation", "test")}
    blocks = kind in context.policy.personal_blocks and by_part["train"] > 0
    severity: Severity = "block" if blocks else "warn"
    where = ", ".join(f"{count:,} in {part}" for part, count in by_part.items() if count)
    return Finding(
        code=f"personal.{kind}" if column == "input" else f"personal.{kind}_in_output",
        severity=severity,
        title=(
            f"{len(hit):,} {'inputs hold' if column == 'input' else 'expected outputs hold'} "
            f"{CALLED.get(kind, kind)}: {where}"
        ),
        advice=_advice(kind, blocks),
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
        numbers={"rows": len(hit), "values": len(spans), "tiers": tiers, **by_part},
    )


def _advice(kind: str, blocks: bool) -> str:
    if blocks:
        return (
            f"Nothing may learn them: replace them by `<{kind.upper()}>` in the training rows, or "
            "drop the rows. `policy.personal_blocks` lists the kinds that hold the climb."
        )
    return (
        f"Ask whether the task needs them; else replace them by `<{kind.upper()}>` before "
        "training: a model can repeat what it has learnt."
    )
