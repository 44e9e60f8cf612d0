"""When near copies across the parts warn, when they block, and how deep is looked (R21)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from tests.data_made import frame, reading, task
from tests.sentences import edited, sentences
from tests.test_every_audit import context_of

from rungwise import Project, plugins
from rungwise.records import Finding

SOURCE = sentences(200, seed=11)
FRESH = sentences(60, seed=12)


def findings(folder: Path, copied: int, group: str | None = None) -> dict[str, Finding]:
    """Audit a test file of 60 rows of which so many are edits of training rows."""
    made = [edited(text, 2, seed=n) for n, text in enumerate(SOURCE[:copied])]
    source = [(text, "ab"[n % 2], None if n else group) for n, text in enumerate(SOURCE)]
    test = [(text, "ab"[n % 2], group) for n, text in enumerate([*made, *FRESH[copied:]])]
    asked = task(test="t.csv", group="g" if group else None)
    own = frame(test).with_columns(source=pl.lit("t.csv"))
    context = context_of(folder, asked, reading(source=frame(source), test=own))
    return {one.code: one for one in plugins.load("audits", "near_copies").examine(context)}


def test_a_few_warn_and_each_names_its_pair(tmp_path: Path) -> None:
    finding = findings(tmp_path, copied=6)["near_copies.test"]
    assert finding.severity == "warn"
    assert finding.count == len(finding.rows) >= finding.numbers["rows"] == 6
    assert all(row.split != "test" and row.other for row in finding.rows)
    assert {row.other.split for row in finding.rows if row.other} == {"test"}
    assert all(row.score is not None and 0.5 <= row.score <= 1 for row in finding.rows)


def test_many_block(tmp_path: Path) -> None:
    finding = findings(tmp_path, copied=30)["near_copies.test"]
    assert finding.severity == "block"
    assert finding.numbers["share_sure_or_copied"] > 0.2


def test_one_that_shares_its_group_blocks(tmp_path: Path) -> None:
    finding = findings(tmp_path, copied=1, group="one customer")["near_copies.test"]
    assert (finding.severity, finding.numbers["share_a_source"]) == ("block", 1)


def test_unrelated_files_give_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, copied=0) == {}


def test_another_depth_asks_again_and_its_answer_is_in_force(tmp_path: Path) -> None:
    texts = [*SOURCE, *(edited(text, 2, seed=n) for n, text in enumerate(SOURCE[:20]))]
    rows = pl.DataFrame({"text": texts, "label": ["ab"[n % 2] for n in range(len(texts))]})
    rows.write_csv(tmp_path / "rows.csv")
    project = Project.init(
        tmp_path / "project",
        data=tmp_path / "rows.csv",
        goal="Tell two kinds of sentences apart with at least 80 percent accuracy",
    )
    project.split()

    def depth(found: tuple[Finding, ...]) -> str:
        (told,) = [one.numbers["depth"] for one in found if one.code == "near_copies.repeated"]
        return str(told)

    assert depth(project.audit()) == "deep"
    assert depth(project.audit(depth="fast")) == "fast"
    assert depth(project.audit()) == "fast"
