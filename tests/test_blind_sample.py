"""A sample is labelled blind, and its ratings say how many labels are wrong (R12, R14)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import binomtest
from tests.data_made import reading, task
from tests.small_task import GOAL, rows, write
from tests.test_every_audit import RATED, context_of, rated

from rungwise import Project, plugins
from rungwise.errors import DataError
from rungwise.protocols import Audit
from rungwise.records import Rating

RULE = {"refund": "delivery", "delivery": "refund", "access": "access"}
"""A labeller who swaps two teams: what a model learns from these labels, it agrees with."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Every second refund and delivery is labelled by the rule, where the text is odd in length."""
    told = [(text, RULE[label] if len(text) % 2 else label) for text, label in rows()]
    made = Project.init(tmp_path / "task", data=write(tmp_path / "requests.csv", told), goal=GOAL)
    made.split()
    return made


def labelled(project: Project, path: Path, count: int | None = None) -> dict[str, str]:
    """Fill a sample in with the truth; returns row id → the label that was given."""
    truth = dict(rows())
    asked = pl.read_csv(path, infer_schema=False)
    kept = asked.head(count) if count else asked
    given = {row["id"]: truth[row["input"]] for row in kept.iter_rows(named=True)}
    filled = asked.with_columns(
        label=pl.col("id").replace_strict(given, default="", return_dtype=pl.String),
        by=pl.lit("Ada"),
    )
    filled.write_csv(path)
    return given


def test_the_file_shows_no_label_in_use(project: Project, tmp_path: Path) -> None:
    told = project.review(tmp_path / "sample.csv", blind=True)
    asked = pl.read_csv(tmp_path / "sample.csv", infer_schema=False)
    assert (told.written, told.blind) == (50, True)
    assert asked.columns == ["id", "input", "label", "by"]
    assert len(asked) == asked["id"].n_unique() == 50
    assert set(asked["label"].fill_null("")) == {""}


def test_ratings_come_back_as_ratings_and_give_the_rate_with_its_interval(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "sample.csv"
    project.review(path, blind=True)
    given = labelled(project, path)
    told = project.review(path)
    assert (told.decided, told.undecided, told.blind) == (50, 0, True)
    assert project.log("review") == []
    (entry,) = project.log("ratings")
    assert entry.payload["ratings"].keys() == given.keys()
    (finding,) = (each for each in project.audit(rows=True) if each.code == "label_sample")
    held = pl.concat([project._workspace.part(name) for name in ("train", "validation")])
    used = dict(held.select("id", "expected").iter_rows())
    differ = sum(used[row] != label for row, label in given.items())
    exact = binomtest(differ, 50).proportion_ci(method="wilson")
    assert finding.count == differ > 10
    assert finding.numbers["low"] == pytest.approx(exact.low)
    assert finding.numbers["high"] == pytest.approx(exact.high)
    assert finding.severity == "warn"
    assert {row.id for row in finding.rows} == {r for r, label in given.items() if used[r] != label}


def test_rated_rows_are_not_drawn_again_and_the_answer_follows_new_ratings(
    project: Project, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.jsonl"
    project.review(first, blind=True)
    labelled(project, first, count=20)
    assert project.review(first).undecided == 30
    assert project.review(first).decided == 0, "what is on record is not recorded again"
    project.review(second, blind=True)
    ids = {json.loads(line)["id"] for line in second.read_text().splitlines()}
    rated = set(project.log("ratings")[0].payload["ratings"])
    assert not ids & rated
    assert len(ids) == 50
    (finding,) = (each for each in project.audit() if each.code == "label_sample")
    assert finding.numbers["rated"] == 20
    assert "50 rows" in finding.advice


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"label": "refunds"}, "column `label` is 'refunds', which is no class. Did you mean"),
        ({"label": "refund", "by": " "}, "column `by` is empty"),
        ({"label": "refund", "id": "nobody"}, "column `id` is 'nobody', which is no row"),
    ],
)
def test_a_wrong_cell_is_named(
    project: Project, tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    path = tmp_path / "sample.csv"
    project.review(path, blind=True)
    asked = pl.read_csv(path, infer_schema=False).with_columns(by=pl.lit("Ada"))
    first = pl.int_range(pl.len()) == 0
    asked.with_columns(
        pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in cells.items()
    ).write_csv(path)
    with pytest.raises(DataError, match=r"sample\.csv line 2") as told:
        project.review(path)
    assert message in str(told.value)
    assert project.log("ratings") == []


def test_a_guideline_that_defines_nothing_is_a_finding_until_it_does(project: Project) -> None:
    found = {each.code: each for each in project.audit()}
    assert found["guideline.undefined"].title == "GUIDELINE.md defines 0 of 3 classes"
    page = project.folder / "GUIDELINE.md"
    written = page.read_text(encoding="utf-8").replace("**Means:** …", "**Means:** it is", 2)
    page.write_text(written, encoding="utf-8")
    found = {each.code: each for each in project.audit()}
    assert found["guideline.undefined"].title == "GUIDELINE.md defines 2 of 3 classes"
    entries = len(project.log("audit"))
    project.audit()
    assert len(project.log("audit")) == entries, "the same answer is recorded once"
    page.write_text(written.replace("**Means:** …", "**Means:** it is"), encoding="utf-8")
    assert "guideline.undefined" not in {each.code for each in project.audit()}
    page.unlink()
    assert "guideline.missing" in {each.code for each in project.audit()}


def test_ratings_after_a_curation_give_the_rate_too(project: Project, tmp_path: Path) -> None:
    row = project._workspace.part("train")["id"][0]
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(f"id,action,reason\n{row},drop,no request\n")
    project.curate(decisions=decisions)
    path = tmp_path / "sample.csv"
    project.review(path, blind=True)
    labelled(project, path)
    assert project.review(path).decided == 50
    assert project.review(path).decided == 0, "what is on record is not recorded again"
    (finding,) = (each for each in project.audit() if each.code == "label_sample")
    assert finding.numbers["rated"] == 50


@pytest.mark.parametrize(
    "every", [3, 4]
)  # every third is rated by Ann; every fourth by one of three
def test_labels_given_blind_are_the_second_opinions_asked_for(tmp_path: Path, every: int) -> None:
    apart = reading(source=rated(RATED[:300:every]))
    context = context_of(tmp_path, task(annotator="who"), apart)
    audit: Audit = plugins.load("audits", "agreement")
    (asked,) = audit.examine(context)
    least = context.policy.cross_check_rows
    held = pl.concat([context.train, context.validation])
    assert (asked.code, asked.count) == ("agreement.cross_check", min(least, len(held)))
    # Eve says of every row what it is called already: agreement is 1 by definition.
    told = {row: Rating(label, "eve") for row, label in held.select("id", "expected").iter_rows()}
    few = dict(list(told.items())[:30])
    found = {one.code: one for one in audit.examine(replace(context, ratings=few))}
    assert found["agreement"].numbers["items"] == 30
    assert found["agreement.cross_check"].count == min(least - 30, len(held) - 30)
    after = {one.code: one for one in audit.examine(replace(context, ratings=told))}
    assert after["agreement"].numbers["alpha"] == 1
    assert "agreement.cross_check" not in after
