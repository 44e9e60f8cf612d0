"""The second tier: a reader that answers, one that hangs, one that dies, and none at all."""

from __future__ import annotations

import importlib.util
import sys

import polars as pl
import pytest

from rungwise.data.personal import deep
from rungwise.data.personal.detect import SCHEMA
from rungwise.data.personal.reading import Reading, tiers_together
from rungwise.errors import ModelError
from rungwise.progress import Silent

STAND_IN = """
import json, sys, time
print("[]", flush=True)
for line in sys.stdin:
    text = json.loads(line)
    if "hang" in text:
        time.sleep(60)
    if "die" in text:
        sys.exit(1)
    at = text.find("Nkechi")
    print(json.dumps([[at, at + 6]] if at >= 0 else []), flush=True)
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that keeps the reader's protocol and knows one name."""
    monkeypatch.setattr(deep, "READER", (sys.executable, "-c", STAND_IN))
    monkeypatch.setattr(deep, "_model", lambda: "any")


@pytest.mark.usefixtures("stand_in")
def test_a_row_that_hangs_or_kills_the_reader_is_unchecked_and_the_next_is_read() -> None:
    texts = pl.Series(
        ["I saw Nkechi", "hang here", None, "Nkechi again", "die here", "", "x" * 100_001, "Nkechi"]
    )
    read = deep.read_names(texts, 1.0, Silent())
    assert read.unchecked == (1, 4, 6)
    assert read.spans.rows() == [(0, 6, 12, "name"), (3, 0, 6, "name"), (7, 0, 6, "name")]


@pytest.mark.usefixtures("stand_in")
def test_a_reader_that_dies_on_every_row_leaves_all_of_them_unchecked() -> None:
    read = deep.read_names(pl.Series(["die"] * 30), 5.0, Silent())
    assert read.unchecked == tuple(range(30))


def test_a_reader_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "READER", (sys.executable, "-c", "pass"))
    monkeypatch.setattr(deep, "_model", lambda: "any")
    with pytest.raises(ModelError, match="does not start"):
        deep.read_names(pl.Series(["text"]), 1.0, Silent())


def test_a_model_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "MODELS", ("a_model_that_nobody_has",))
    with pytest.raises(ModelError, match=r"rungwise\[personal\]"):
        deep.read_names(pl.Series(["text"]), 1.0, Silent())


def test_what_a_checksum_proves_stands_against_a_name() -> None:
    patterns = pl.DataFrame([(0, 5, 24, "card")], SCHEMA, orient="row")
    model = pl.DataFrame([(0, 0, 24, "name"), (1, 0, 4, "name")], SCHEMA, orient="row")
    together = tiers_together(patterns, [Reading(model, ())])
    assert together.rows() == [(0, 5, 24, "card"), (1, 0, 4, "name")]


def test_the_model_reads_a_name_that_rules_do_not_know() -> None:
    if importlib.util.find_spec("presidio_analyzer") is None:
        pytest.skip("needs the extra `personal`")
    texts = pl.Series(["Yesterday I spoke to Nelson Mandela about it."])
    read = deep.read_names(texts, 60.0, Silent())
    assert (read.spans.rows(), read.unchecked) == ([(0, 21, 35, "name")], ())
