"""Weekly spot checks: rows out, labels back, and what they tell of quality (R74)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.small_sample import week
from tests.workbooks import write_workbook
from typer.testing import CliRunner, Result

from rungwise import Project
from rungwise.cli.application import application
from rungwise.data import spot_check_file
from rungwise.errors import DataError, InputError, StorageError
from rungwise.workflow.programmes import begun
from rungwise.workflow.spot_checks import labelled_rows, missed_weeks, spot_evidence
from rungwise.workflow.watched import due

START = datetime.now(UTC).date()
WEEK = timedelta(weeks=1)


@pytest.fixture
def project(shipped: Path, tmp_path: Path) -> Project:
    """A release whose first day is today, with 20 rows to label a week."""
    folder = Path(shutil.copytree(shipped, tmp_path / "task"))
    path = folder / "rungwise.yaml"
    path.write_text(path.read_text().replace("weekly_rows: 100", "weekly_rows: 20"))
    return Project(folder)


def monitor(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(application, ["monitor", words[0], "-C", str(folder), *words[1:]])


def filled(path: Path, truth: Mapping[str, str], by: str = "Kim") -> pl.DataFrame:
    """The file of a draw, labelled rightly."""
    rows = pl.read_csv(path, infer_schema_length=0)
    return rows.with_columns(label=pl.col("input").replace_strict(truth), by=pl.lit(by))


def labelled(project: Project, number: int, truth: Mapping[str, str]) -> None:
    """Draw a week on the day after it and label it rightly."""
    file = project.folder / f"{number}.csv"
    project.draw_spot_check(file, day=START + number * WEEK)
    filled(file, truth).write_csv(file)
    project.read_spot_labels(file, day=START + number * WEEK)


def test_a_week_goes_out_blind_and_comes_back(project: Project) -> None:
    truth = week(project.folder, START, 200)
    out = monitor(project.folder, "draw", "--on", str(START + WEEK))
    assert out.exit_code == 0, out.output
    path = project.folder / "spot-check-v1.0-week-01.csv"
    rows = pl.read_csv(path, infer_schema_length=0)
    assert rows.columns == ["id", "input", "label", "by"]
    assert len(rows) == 20
    filled(path, truth).write_csv(path)
    back = monitor(project.folder, "labels", str(path), "--on", str(START + WEEK))
    assert back.exit_code == 0, back.output
    assert "20 new labels on record" in back.output
    assert "Quality in the newest weeks" in back.output
    again = monitor(project.folder, "labels", str(path), "--on", str(START + WEEK))
    assert "0 new labels on record.\n20 labels were there before." in again.output
    assert len(Project(project.folder).log("spot_labels")) == 1
    assert project.verify().entries


def test_the_first_week_is_drawn_when_it_is_over_and_a_file_is_never_overwritten(
    project: Project,
) -> None:
    week(project.folder, START, 50)
    with pytest.raises(InputError, match=rf"Week 1 of v1\.0 ends on {START + WEEK}"):
        project.draw_spot_check(day=START + timedelta(days=6))
    first = project.draw_spot_check(day=START + WEEK)
    with pytest.raises(StorageError, match="exists, perhaps with labels in it"):
        project.draw_spot_check(day=START + WEEK)
    again = project.draw_spot_check(project.folder / "again.csv", day=START + WEEK)
    assert again.again
    assert Path(again.path).read_bytes() == Path(first.path).read_bytes()
    assert len(project.log("spot_draw")) == 1
    with pytest.raises(InputError, match=r"Week 2 of v1\.0 is not over"):
        project.draw_spot_check(week=2, day=START + WEEK)


def test_drawn_rows_stay_when_the_sample_is_gone(project: Project) -> None:
    truth = week(project.folder, START, 50)
    path = Path(project.draw_spot_check(day=START + WEEK).path)
    shutil.rmtree(project.folder / ".rungwise" / "sample")
    filled(path, truth).write_csv(path)
    assert project.read_spot_labels(path, day=START + WEEK).fresh == 20
    assert len(labelled_rows(project._workspace)) == 20


def test_an_empty_week_and_a_week_of_one_row_are_weeks(project: Project) -> None:
    out = monitor(project.folder, "draw", "--on", str(START + WEEK))
    assert out.exit_code == 0 and "has no request in the sample" in out.output
    truth = week(project.folder, START + WEEK, 1)
    labelled(Project(project.folder), 2, truth)
    space = Project(project.folder)._workspace
    found = spot_evidence(space, begun(space, START + 2 * WEEK), START + 5 * WEEK)
    assert found.missed == (3, 4)
    assert len(found.evidence) == 5
    assert found.interval is not None and found.interval.labels == 1
    assert found.interval.high - found.interval.low > 0.4


def test_requests_that_came_after_an_empty_draw_are_drawn(project: Project) -> None:
    assert project.draw_spot_check(day=START + WEEK).rows == 0
    space = Project(project.folder)._workspace
    assert due(space, START + WEEK) is None
    assert missed_weeks(space, begun(space, START), START + 2 * WEEK) == ()
    week(project.folder, START, 30)  # imported a day late
    found = due(space, START + WEEK)
    assert found is not None and found.command == ("monitor draw",)
    assert missed_weeks(space, begun(space, START), START + 2 * WEEK) == (1,)
    assert Project(project.folder).draw_spot_check(day=START + WEEK).rows == 20
    assert due(Project(project.folder)._workspace, START + WEEK) != found


def test_a_missed_week_is_an_alarm_once_and_late_labels_count(project: Project) -> None:
    truth = week(project.folder, START, 60)
    day = START + 2 * WEEK
    first = monitor(project.folder, "draw", "--on", str(day)).output
    assert "Week 1 of v1.0 has neither a draw nor a label" in first
    later = monitor(project.folder, "draw", "--week", "1", "--on", str(day))
    assert "Alarm" not in later.output
    path = project.folder / "spot-check-v1.0-week-01.csv"
    filled(path, truth).write_csv(path)
    found = Project(project.folder).read_spot_labels(path, day=day + WEEK)
    assert (found.fresh, found.late) == (20, 20)
    space = Project(project.folder)._workspace
    assert 1 not in missed_weeks(space, begun(space, day), day)


def test_a_clock_that_jumps_is_one_alarm_a_programme(project: Project) -> None:
    out = monitor(project.folder, "draw", "--on", str(START + 11 * WEEK)).output
    weeks = ", ".join(map(str, range(1, 11)))
    assert f"Weeks {weeks} of v1.0 have neither a draw nor a label" in out
    assert out.count("Alarm a") == 1
    later = monitor(project.folder, "draw", "--on", str(START + 12 * WEEK)).output
    assert "Alarm" not in later  # week 11 was drawn, and had no requests
    again = monitor(project.folder, "draw", "--on", str(START + 27 * WEEK)).output
    assert "Alarm a2 of v1.0 in task, for Ola: Weeks 14, 15," in again
    assert again.count("Alarm a") == 1


def test_generated_texts_are_judged_or_corrected(tmp_path: Path) -> None:
    drawn = pl.DataFrame(
        {"row": list("abcdef"), "text": ["=1+1", *"bcdef"], "answer": list("ABCDEF")}
    )
    path = tmp_path / "texts.csv"
    spot_check_file.write(drawn, path, texts=True)
    rows = pl.read_csv(path, infer_schema_length=0)
    assert rows.columns == ["id", "input", "answer", "verdict", "corrected", "by"]
    assert rows["input"][0] == "'=1+1"  # no spreadsheet runs it
    said = rows.with_columns(
        verdict=pl.Series(["pass", "FAIL", "", "", "fail", ""]),
        corrected=pl.Series(["", "", "D", " C ", "x", ""]),
        by=pl.lit("Kim"),
    )
    said.write_csv(path)
    found = spot_check_file.read(path, drawn, ())
    assert {row: (label.right, label.label) for row, label in found.labels} == {
        "a": (True, ""), "b": (False, ""), "c": (False, "D"), "d": (False, "C"), "e": (False, "x")
    }  # fmt: skip
    assert found.blank == 1
    same = said.with_columns(corrected=pl.col("answer").str.to_lowercase(), verdict=pl.lit("pass"))
    same.write_csv(path)
    with pytest.raises(DataError, match=r"line 2: `verdict` is pass and `corrected` is another"):
        spot_check_file.read(path, drawn, ())
    said.with_columns(verdict=pl.lit("good")).write_csv(path)
    with pytest.raises(DataError, match=r"line 2: column `verdict` is 'good'"):
        spot_check_file.read(path, drawn, ())


def test_a_column_that_was_sorted_alone_is_refused(tmp_path: Path) -> None:
    drawn = pl.DataFrame(
        {"row": ["1", "2", "3"], "text": ["c", "a", "b"], "answer": ["Yes", "no", "no"]}
    )
    path = tmp_path / "labels.csv"
    spot_check_file.write(drawn, path, texts=False)
    rows = pl.read_csv(path, infer_schema_length=0).with_columns(
        label=pl.Series(["yes", "no", "yes"]), by=pl.lit("Kim")
    )
    rows.with_columns(pl.col("input").sort()).write_csv(path)
    with pytest.raises(DataError, match=r"line 2: `input` is another request than '1'"):
        spot_check_file.read(path, drawn, ("no", "yes"))
    rows.sort("input").write_csv(path)
    found = spot_check_file.read(path, drawn, ("no", "yes"))
    assert {row: label.right for row, label in found.labels} == {"1": True, "2": True, "3": False}


def test_twenty_seven_weeks_have_numbers_of_their_own(project: Project) -> None:
    day = START + 14 * WEEK
    week(project.folder, START + 13 * WEEK, 30)
    found = project.draw_spot_check(day=day)
    assert (found.week, Path(found.path).name) == (14, "spot-check-v1.0-week-14.csv")
    first_of_next = Project(project.folder).draw_spot_check(day=START + 13 * WEEK)
    assert (first_of_next.week, first_of_next.rows) == (13, 0)
    numbers = [one.payload["number"] for one in Project(project.folder).log("programme")]
    assert sorted(numbers) == [1, 2]


@pytest.mark.parametrize(("wrong", "alarm"), [(0.0, False), (1.0, True), (0.05, False)])
def test_a_fall_is_evidence_and_what_was_promised_is_none(
    project: Project, wrong: float, alarm: bool
) -> None:
    for number in (1, 2):
        truth = week(project.folder, START + (number - 1) * WEEK, 100, wrong=wrong)
        labelled(project, number, truth)
    space = Project(project.folder)._workspace
    programme = begun(space, START + 2 * WEEK)
    found = spot_evidence(space, programme, START + 2 * WEEK)
    assert (found.evidence[-1] * programme.shares["spot checks"] >= 20) == alarm
    assert found.interval is not None
    assert found.interval.low <= 1 - wrong <= found.interval.high
    told = monitor(project.folder, "check", "--on", str(START + 2 * WEEK)).output
    assert ("Alarm a1" in told) == alarm
    assert (", right is '" in told) == alarm
    assert ("First: `rungwise refresh" in told) == alarm
    assert "Alarm a1" not in monitor(project.folder, "check", "--on", str(START + 2 * WEEK)).output
    items = [one.text for one in Project(project.folder).checklist_items()]
    assert any("2 of 13 weeks have labels" in one for one in items)
    replayed = Project(project.folder)._workspace
    assert spot_evidence(replayed, programme, START + 2 * WEEK) == found


def spoilt(how: str, rows: pl.DataFrame, path: Path) -> None:
    """What spreadsheets and people make of a file."""
    if how == "with a mark, semicolons and capitals":
        path.write_bytes(b"\xef\xbb\xbf" + rows.rename({"label": "Label"}).write_csv(
            separator=";").encode())  # fmt: skip
    elif how == "in another order, with further columns":
        rows.with_columns(note=pl.lit("x")).sample(fraction=1, shuffle=True, seed=1).select(
            "by", "note", "label", "id", "input").write_csv(path)  # fmt: skip
    elif how == "with half of the rows":
        rows.head(10).write_csv(path)
    elif how == "as a workbook":
        write_workbook(path, {"labels": [rows.columns, *rows.iter_rows()]})
    elif how == "with ids as numbers":
        numbers = rows.with_columns(id=pl.col("id").str.strip_chars_start("0"))
        numbers.write_csv(path)
    else:
        rows.with_columns(pl.col("label").str.to_uppercase(), pl.col("by") + " ").write_csv(path)


@pytest.mark.parametrize(
    ("how", "fresh"),
    [("with a mark, semicolons and capitals", 20), ("in another order, with further columns", 20),
     ("with half of the rows", 10), ("as a workbook", 20), ("with ids as numbers", 20),
     ("in capitals, with spaces", 20)],
)  # fmt: skip
def test_a_file_comes_back_as_spreadsheets_leave_it(project: Project, how: str, fresh: int) -> None:
    truth = week(project.folder, START, 80)
    path = Path(project.draw_spot_check(day=START + WEEK).path)
    file = path.with_suffix(".xlsx") if how == "as a workbook" else path
    spoilt(how, filled(path, truth), file)
    found = project.read_spot_labels(file, day=START + WEEK)
    assert (found.fresh, found.never_drawn) == (fresh, ())
    assert labelled_rows(project._workspace)["right"].mean() == pytest.approx(0.95, abs=0.2)


def test_contradictions_duplicates_and_rows_never_drawn(project: Project) -> None:
    truth = week(project.folder, START, 80)
    path = Path(project.draw_spot_check(day=START + WEEK).path)
    rows = filled(path, truth)
    foreign = rows.head(1).with_columns(id=pl.lit("9999-0001"), input=pl.lit("never asked"))
    pl.concat([rows, rows.head(3), foreign]).write_csv(path)
    found = project.read_spot_labels(path, day=START + WEEK)
    assert (found.fresh, found.never_drawn) == (20, ("9999-0001",))
    other = rows.head(2).with_columns(label=pl.lit("none"), by=pl.lit("Ada"))
    other.write_csv(path)
    found = project.read_spot_labels(path, day=START + WEEK)
    assert sorted(found.contradicted) == sorted(rows["id"].head(2))
    assert found.evidence.interval is not None and found.evidence.interval.labels == 18
    other.head(1).with_columns(by=pl.lit("Bo")).write_csv(path)
    assert len(project.read_spot_labels(path, day=START + WEEK).contradicted) == 1
    other.head(1).with_columns(by=pl.lit("Kim")).write_csv(path)  # Kim corrects herself
    assert project.read_spot_labels(path, day=START + WEEK).corrected == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [({"label": pl.lit("refnd")}, r"line 2: column `label` is 'refnd', which is no class\. "
      r"Did you mean 'refund'"),
     ({"by": pl.lit("")}, r"line 2: column `by` is empty"),
     ({"id": pl.first("id"), "input": pl.first("input")},
      r"Kim labels '.*' otherwise than in line 2")],
)  # fmt: skip
def test_what_cannot_be_used_is_named_and_nothing_is_recorded(
    project: Project, change: dict[str, pl.Expr], said: str
) -> None:
    truth = week(project.folder, START, 80)
    path = Path(project.draw_spot_check(day=START + WEEK).path)
    filled(path, truth).with_columns(**change).write_csv(path)
    with pytest.raises(DataError, match=said):
        project.read_spot_labels(path, day=START + WEEK)
    assert project.log("spot_labels") == []
    filled(path, truth).drop("label").write_csv(path)
    with pytest.raises(DataError, match="has no column `label`"):
        project.read_spot_labels(path, day=START + WEEK)


def test_before_a_draw_there_is_nothing_to_label(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("id,label,by\na,refund,Kim\n")
    result = monitor(project.folder, "labels", str(path))
    assert result.exit_code == 1
    assert "No request was drawn to be labelled. Draw a week first" in str(result.exception)
