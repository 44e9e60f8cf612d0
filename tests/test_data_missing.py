"""Cells that say nothing: no group, no annotator, no id, whatever word stands in them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.data_made import reading_of, task

from rungwise import Project
from rungwise.data.missing import is_missing
from rungwise.data.split import split

WORDS = ["nan", "NaN", "", "  ", "null", "NULL", "None", "n/a", "N/A", "-", "NA", "?", "unknown"]
MORE = [
    "\\N",
    "#REF!",
    "#VALUE!",
    "—",
    "−",
    "...",
    "???",
    "{}",
    "[null]",
    "<nan>",
    "'None'",
    "Ｎ／Ａ",
    "n/d",
]
NAMES = ["0", "-1", "N", "Nan Goldin", "A", "№ 5", "★", "nano", "kA", "false", "нет", "無"]


def content(word: str, missing: int = 20) -> str:
    """Sixty rows of twelve customers, and rows of which nobody knows the customer."""
    lines = ["text,label,customer"]
    lines += [f"question {n} of many,{'ab'[n % 2]},c{n % 12}" for n in range(60)]
    lines += [f"other matter {n} here,{'ab'[n % 2]},{word}" for n in range(missing)]
    return "\n".join(lines)


def test_what_says_nothing_in_other_tongues_and_programs_names_no_group() -> None:
    cells = pl.DataFrame({"cell": [*WORDS, *MORE, None]})
    assert cells.select(is_missing(pl.col("cell")))["cell"].all()
    names = pl.DataFrame({"cell": NAMES})
    assert not names.select(is_missing(pl.col("cell")))["cell"].any()


@pytest.mark.parametrize("word", WORDS)
def test_a_missing_group_is_a_group_of_its_own(tmp_path: Path, word: str) -> None:
    found = reading_of(tmp_path / "rows.csv", content(word), group="customer")
    rows = found.frames["source"]
    assert rows["group"].null_count() == 20
    assert rows["group"].drop_nulls().n_unique() == 12
    said = f"in column `customer` of rows.csv {word!r} (20 rows) is taken as no group"
    assert (said in found.assumptions) is bool(word.strip())
    parts = split(found, task(source="rows.csv", group="customer"))
    assert "20 of 80 rows have no `customer`: each is a group of its own" in parts.assumptions
    assert parts.numbers["groups"] == 12
    homes = [
        name
        for name in ("train", "validation", "test")
        if getattr(parts, name)["group"].null_count()
    ]
    assert len(homes) > 1, "they are not one group, which would lie in one part"


def test_groups_that_are_all_known_need_no_word(tmp_path: Path) -> None:
    found = reading_of(tmp_path / "rows.csv", content("c99"), group="customer")
    assert not any("no group" in one for one in found.assumptions)


def test_nobody_is_named_nan(tmp_path: Path) -> None:
    lines = ["text,label,who"]
    lines += [f"question {n},{'ab'[n % 2]},{('ann', 'nan')[n % 2]}" for n in range(40)]
    found = reading_of(tmp_path / "rows.csv", "\n".join(lines), annotator="who")
    assert found.frames["source"]["annotator"].drop_nulls().unique().to_list() == ["ann"]
    said = "in column `who` of rows.csv 'nan' (20 rows) is taken as no annotator"
    assert said in found.assumptions


def test_an_id_that_is_missing_in_many_rows_is_no_repeated_id(tmp_path: Path) -> None:
    lines = ["text,label,ticket"]
    lines += [f"question {n},{'ab'[n % 2]},{n if n % 4 else 'nan'}" for n in range(40)]
    lines += ["one more,a,NA"]
    found = reading_of(tmp_path / "rows.csv", "\n".join(lines), id="ticket")
    assert found.quarantine["reason"].to_list() == ["no id"] * 10
    assert found.quarantine["id"][0] == "line 2"
    assert "NA" in found.frames["source"]["id"].to_list(), "once, it may be a name"


def test_a_column_that_nobody_named_groups_no_missing_cells(tmp_path: Path) -> None:
    lines = ["text,label,shop"]
    lines += [f"question {n} of many,{'ab'[n % 2]},{('s1', 'nan', '')[n % 3]}" for n in range(90)]
    (tmp_path / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.csv",
        goal="Route requests to two teams with at least 90 percent accuracy",
        settings=("data.input=text", "data.label=label"),
    )
    project.split()
    workspace = project._workspace
    from rungwise.workflow.unnamed_columns import unnamed_columns

    shop = unnamed_columns(workspace, workspace.part("train"))["shop"]
    assert shop.drop_nulls().unique().to_list() == ["s1"]
    assert isinstance(shop, pl.Series) and shop.null_count() > 10
