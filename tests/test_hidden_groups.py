"""A column that the task gives no meaning may name groups: the audit says which (R21)."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from tests.made_texts import WORDS
from tests.small_task import GOAL

from rungwise import Project
from rungwise.records import Finding


def file_of(path: Path, *, depends: bool) -> Path:
    """Sixty customers with eight rows each, who keep to their own words and, or not, to a label."""
    draw = random.Random(5)
    rows = []
    for customer in range(60):
        own, label = draw.sample(WORDS, 7), draw.choice(["refund", "access", "delivery"])
        for _ in range(8):
            said = " ".join(draw.sample(own, 4) if depends else draw.sample(WORDS, 4))
            rows.append((said, label, f"name {WORDS[customer]}", "web", draw.random()))
    draw.shuffle(rows)
    columns = ["text", "label", "customer", "channel", "weight"]
    pl.DataFrame(rows, columns, orient="row").write_csv(path)
    return path


def found(tmp_path: Path, *, depends: bool, **columns: str) -> list[Finding]:
    data = file_of(tmp_path / "requests.csv", depends=depends)
    shares = ("policy.validation_share=0.15", "policy.test_share=0.15")
    project = Project.init(
        tmp_path / "task", data=data, goal=GOAL, columns=columns, settings=shares
    )
    project.split()
    return [one for one in project.audit() if one.code == "hidden_groups"]


def test_the_column_of_customers_is_named_with_what_it_would_change(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, depends=True)
    assert finding.numbers["by"] == "the column `customer`"
    assert finding.numbers["groups"] == 60
    assert finding.numbers["at_random"] > finding.numbers["grouped"] + 0.2


def test_a_column_goes_before_an_id_that_tells_little_more_and_lines_are_named(
    tmp_path: Path,
) -> None:
    """The id has the customer of every row, the column errs in three."""
    data = file_of(tmp_path / "requests.csv", depends=True)
    table = pl.read_csv(data).with_row_index("row").with_columns(who=pl.col("customer"))
    astray = pl.when(pl.col("row") % 160 == 7).then(pl.col("who").shift(1)).otherwise(pl.col("who"))
    turn = pl.int_range(pl.len()).over("who").cast(pl.String)
    named = table.select("text", "label", file="who" + pl.col("who") + "-" + turn, customer=astray)
    named.write_csv(data)
    project = Project.init(tmp_path / "task", data=data, goal=GOAL, columns={"id": "file"})
    project.split()
    (finding,) = [one for one in project.audit() if one.code == "hidden_groups"]
    assert finding.numbers["by"] == "the column `customer`"
    assert (
        finding.numbers["also"]["the id without its last number"]["drop"]
        > (finding.numbers["drop"])
    )
    assert "`data.group` to 'customer'" in finding.advice
    for lines in finding.numbers["largest"]:
        assert len({named["customer"][line - 2] for line in lines}) == 1
    assert ", ".join(map(str, finding.numbers["largest"][0])) in finding.title


def test_customers_who_say_what_everybody_says_are_no_groups(tmp_path: Path) -> None:
    assert found(tmp_path, depends=False) == []


def test_nothing_is_looked_for_where_a_group_was_named(tmp_path: Path) -> None:
    assert found(tmp_path, depends=True, group="customer") == []


def test_a_file_that_was_changed_since_is_not_read_beside_its_old_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = file_of(tmp_path / "requests.csv", depends=True)
    project = Project.init(tmp_path / "task", data=data, goal=GOAL)
    project.split()
    data.write_text(data.read_text() + "another row,refund,name bar,web,0.5\n")
    codes = {one.code for one in project.audit()}
    assert "hidden_groups" not in codes


def test_digits_of_other_scripts_break_nothing(tmp_path: Path) -> None:
    rows = [(f"order {n} is late", "ab"[n % 2]) for n in range(150)]
    rows += [("where is ٣ of mine", "a"), ("my １２ parcels", "b"), ("order ७ is late", "a")]
    pl.DataFrame(rows, ["text", "label"], orient="row").write_csv(tmp_path / "rows.csv")
    project = Project.init(tmp_path / "task", data=tmp_path / "rows.csv", goal=GOAL)
    project.split()
    assert project.audit()


def shared(tmp_path: Path, customers: range, **columns: str) -> list[Finding]:
    """What is said of a test file of these customers, beside a file of customers 0 to 59."""
    for name, asked in (("train.csv", range(60)), ("test.csv", customers)):
        draw = random.Random(len(name))
        rows = [
            (" ".join(draw.sample(WORDS, 6)), draw.choice(["refund", "access"]), f"c{who}", "web")
            for who in asked
            for _ in range(8)
        ]
        frame = pl.DataFrame(rows, ["text", "label", "customer", "channel"], orient="row")
        frame.write_csv(tmp_path / name)
    project = Project.init(
        tmp_path / "task",
        data=tmp_path / "train.csv",
        test=tmp_path / "test.csv",
        goal=GOAL,
        columns=columns,
    )
    project.split()
    return [one for one in project.audit() if one.code.startswith(("shared_columns", "hidden"))]


def test_customers_that_the_test_file_shares_are_told_though_no_score_changes(
    tmp_path: Path,
) -> None:
    (finding,) = shared(tmp_path, range(45, 75))
    assert (finding.code, finding.severity) == ("shared_columns.test", "warn")
    assert finding.numbers == {"column": "customer", "shares": {"customer": 0.5}}
    assert finding.count == len(finding.rows) and {row.split for row in finding.rows} == {"train"}


def test_a_test_file_of_other_customers_is_not(tmp_path: Path) -> None:
    assert shared(tmp_path, range(60, 80)) == []


def test_customers_who_are_named_as_groups_are_left_to_overlap(tmp_path: Path) -> None:
    assert shared(tmp_path, range(45, 75), group="customer") == []
