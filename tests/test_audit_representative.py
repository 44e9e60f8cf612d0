"""A production sample against train: a text that is asked often is one draw."""

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

TEXTS = sentences(400, seed=3)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AuditContext:
    rows = [(text, "ab"[n % 2]) for n, text in enumerate(TEXTS)]
    asked = context_of(tmp_path_factory.mktemp("asked"), task(), reading(source=frame(rows)))
    return replace(asked, embeddings=letters)


def found(context: AuditContext, texts: list[str]) -> dict[str, Finding]:
    lines = pl.int_range(2, len(texts) + 2, eager=True)
    sample = pl.DataFrame({"id": lines.cast(pl.String), "input": texts, "line": lines})
    examined = plugins.load("audits", "representative").examine(replace(context, production=sample))
    return {one.code: one for one in examined}


@pytest.mark.parametrize("times", [1, 300])
def test_one_ordinary_text_is_no_shift_however_often_it_is_asked(
    context: AuditContext, times: int
) -> None:
    told = found(context, [TEXTS[0]] * times)
    assert {code for code, one in told.items() if one.severity == "warn"} == {"representative.few"}


def test_a_strange_text_asked_often_is_one_row_of_one_region(context: AuditContext) -> None:
    region = found(context, [*TEXTS[:40], *["zzz qqq jjj"] * 300])["representative.region"]
    assert [row.line for row in region.rows if row.line and row.line > 41] == [42]


def test_lengths_that_differ_about_one_median_are_told_by_what_differs(
    context: AuditContext, tmp_path: Path
) -> None:
    middle = int(np.median([len(text) for text in context.train["input"]]))
    lengths = [middle // 2] * 60 + [middle] + [middle * 2] * 60
    texts = [f"{n:03d}".ljust(length, "x") for n, length in enumerate(lengths)]
    length = found(context, texts)["representative.length"]
    numbers = length.numbers
    assert numbers["train"] == pytest.approx(numbers["production"])
    shares = [numbers["production_share"], numbers["train_share"]]
    assert abs(shares[0] - shares[1]) == pytest.approx(numbers["gap"])
    assert f"{100 * shares[0]:.0f} % of 121 different" in length.title
    assert f"{100 * shares[1]:.0f} % in train" in length.title
