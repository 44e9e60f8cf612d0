"""The same text under two labels (R12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import polars as pl

from rungwise.data.label_spelling import spellings
from rungwise.data.normalise import normalised
from rungwise.data.together import references, together
from rungwise.plugins import modality_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

SAME = ("folded", "annotator")


class Conflicts:
    """Finds texts of train and validation that carry more than one label.

    Labels of one text by several annotators are the business of `agreement`: here each person
    is held against himself. Spellings of one label are the business of `labels`. The labels of the
    test part are sealed, so it is not looked at.
    """

    requirement: ClassVar[str] = "R12"
    title: ClassVar[str] = "The same text with two labels"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """One finding with every row of such texts, each beside one with another label."""
        rows = together({"train": context.train, "validation": context.validation})
        rows = rows.with_columns(modality_of(context.task).copy_keys(rows["input"]).alias("folded"))
        rows = rows.with_columns(_classes(rows["expected"], context.policy.distinct_labels))
        rows = rows.filter(pl.col("class").n_unique().over(SAME) > 1)
        if rows.is_empty():
            return []
        paired = rows.join(
            _first_of_each_label(rows),
            on=SAME,
            how="left",
            maintain_order="left_right",
            nulls_equal=True,
        ).filter(pl.col("class") != pl.col("other_class"))
        beside = paired.unique("id", keep="first", maintain_order=True)
        beside = beside.with_columns(text=normalised(beside["input"])).sort("text", "line")
        texts = rows["folded"].n_unique()
        shown = beside.row(0, named=True)
        return [
            Finding(
                code="conflicts",
                severity="warn",
                title=(
                    f"{texts:,} {'text carries' if texts == 1 else 'texts carry'} more than one "
                    f"label, in {len(rows):,} rows: such as {shown['expected']!r} and "
                    f"{shown['other_expected']!r}"
                ),
                advice=(
                    "Decide each text by the guideline and correct the file: a wrong label hurts "
                    "more than a missing row."
                ),
                requirement=self.requirement,
                count=len(rows),
                rows=references(beside),
                numbers={"texts": texts, "rows": len(rows)},
            )
        ]


def _classes(labels: pl.Series, distinct: Iterable[str]) -> pl.Series:
    """Labels (n), each in the spelling of its class that stands for all (n)."""
    counts = dict(labels.drop_nulls().value_counts().sort(labels.name).iter_rows())
    same = {label: one.kept for one in spellings(counts, distinct) for label in one.rows}
    return labels.replace(same).alias("class")


def _first_of_each_label(rows: pl.DataFrame) -> pl.DataFrame:
    firsts = rows.unique([*SAME, "class"], keep="first", maintain_order=True)
    names = ("id", "part", "line", "expected", "class")
    return firsts.select(*SAME, *(pl.col(name).alias(f"other_{name}") for name in names))
