"""Rows that resemble no other: copies neither set the fence nor hide, and silence is explained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data_made import frame, reading, task
from tests.letters import letters
from tests.sentences import sentences
from tests.test_every_audit import context_of

from rungwise import plugins
from rungwise.protocols import AuditContext
from rungwise.records import Finding

USUAL = [(text, "ab"[n % 2]) for n, text in enumerate(sentences(130, seed=3))]
ODD = ("zzzz qqqq jjjj xxxx", "a")


@pytest.fixture
def context(tmp_path: Path) -> AuditContext:
    asked = context_of(tmp_path, task(), reading(source=frame(USUAL)))
    odd = frame([ODD]).select(asked.train.columns).with_columns(id=pl.lit("odd"))
    return replace(asked, train=pl.concat([asked.train, odd]), embeddings=letters)


def examined(context: AuditContext, name: str = "outliers") -> dict[str, Finding]:
    return {one.code: one for one in plugins.load("audits", name).examine(context)}


def repeated(context: AuditContext, times: int) -> AuditContext:
    """Every row so many times, as if several people had rated it."""
    rows = {
        part: pl.concat(
            [
                getattr(context, part).with_columns(id=pl.col("id") + f"@{person}")
                for person in range(times)
            ]
        )
        for part in ("train", "validation")
    }
    return replace(context, **rows)


def test_a_row_is_found_and_its_copies_hide_nothing_and_set_no_fence(context: AuditContext) -> None:
    once, thrice = (examined(repeated(context, times))["outliers"] for times in (1, 3))
    assert once.rows[0].id == "odd@0" and len(once.rows) <= 2
    assert {row.id for row in thrice.rows[:3]} == {"odd@0", "odd@1", "odd@2"}
    assert thrice.count == 3 * once.count
    assert all(row.other and not row.other.id.startswith("odd") for row in thrice.rows[:3])
    assert once.numbers["fence"] == thrice.numbers["fence"]
    assert once.numbers["texts"] == thrice.numbers["texts"]


def test_two_texts_five_hundred_times_are_too_few_to_tell(context: AuditContext) -> None:
    one, other = context.train[:1], context.validation[:1]
    two = replace(context, train=pl.concat([one] * 500), validation=pl.concat([other] * 500))
    (told,) = examined(two).values()
    assert (told.code, told.severity) == ("outliers.unchecked", "info")
    assert "1 different text" in told.title


def test_texts_that_are_all_alike_to_the_model_are_not_searched(context: AuditContext) -> None:
    alike = replace(context, embeddings=lambda texts: np.ones((len(texts), 4), np.float32))
    assert set(examined(alike)) == {"outliers.unchecked"}


@pytest.mark.parametrize("name", ["outliers", "truncation"])
def test_without_a_model_the_reason_is_told(context: AuditContext, name: str) -> None:
    without = replace(context, embeddings=lambda _: "no model m-1", cut=lambda _: "no model m-1")
    (told,) = examined(without, name).values()
    assert (told.code, told.severity) == (f"{name}.unchecked", "info")
    assert "no model m-1" in told.title
