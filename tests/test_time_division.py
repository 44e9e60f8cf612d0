"""Divided by time the test part is the newest rows, and nothing newer is learnt (R9)."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rungwise.cli.application import application
from rungwise.data.time_division import divide_by_time, forward_folds
from rungwise.errors import DataError, TaskError
from rungwise.progress import Silent
from rungwise.workflow.project import Project
from rungwise.workflow.workspace import Workspace

START = datetime(2026, 1, 1)
GOAL = "Route customer questions to two teams with at least 80 percent accuracy"
ROWS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), min_size=3, max_size=120)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([(0.7, 0.15, 0.15), (0.5, 0.5), (0.65, 0.1, 0.25)]))
def test_parts_are_whole_clusters_in_the_order_of_time(
    rows: list[tuple[int, int]], shares: tuple[float, ...]
) -> None:
    times, clusters = (np.array(column) for column in zip(*rows, strict=True))
    newest = {c: times[clusters == c].max() for c in set(clusters.tolist())}
    if len(set(newest.values())) < len(shares):
        with pytest.raises(ValueError, match="distinct times"):
            divide_by_time(times, clusters, shares)
        return
    part = divide_by_time(times, clusters, shares)
    assert set(part.tolist()) == set(range(len(shares)))
    by_cluster = {c: set(part[clusters == c].tolist()) for c in newest}
    assert all(len(places) == 1 for places in by_cluster.values()), "a cluster straddles"
    by_time: dict[int, set[int]] = {}
    for cluster, time in newest.items():
        by_time.setdefault(int(time), set()).update(by_cluster[cluster])
    assert all(len(places) == 1 for places in by_time.values()), "tied times straddle"
    order = [min(by_time[time]) for time in sorted(by_time)]
    assert order == sorted(order)
    for place in range(1, len(shares)):  # what is learnt is older than the part's beginning
        assert times[part < place].max() < min(
            newest[c] for c in by_cluster if place in by_cluster[c]
        )


def test_distinct_times_meet_the_shares_exactly() -> None:
    times = np.random.default_rng(3).permutation(1_000)
    part = divide_by_time(times, np.arange(1_000), (0.7, 0.15, 0.15))
    assert np.bincount(part).tolist() == [700, 150, 150]
    assert times[part == 2].min() == 850 and times[part == 0].max() == 699


def test_a_step_in_time_is_taken_whole_and_the_least_is_kept() -> None:
    times = np.repeat([1, 2, 3, 4, 5], [60, 60, 40, 30, 10])
    part = divide_by_time(times, np.arange(200), (0.65, 0.1, 0.25))
    assert [times[part == place].min() for place in range(3)] == [1, 3, 4]
    part = divide_by_time(times, np.arange(200), (0.65, 0.1, 0.25), least=50)
    assert (part == 2).sum() >= 50


def test_forward_folds_are_answered_from_older_rows() -> None:
    times = np.random.default_rng(4).permutation(200) // 2  # two rows of each time
    fold = forward_folds(times, np.arange(200), 5)
    assert np.unique(fold).tolist() == [-1, 0, 1, 2, 3, 4]
    assert (fold == -1).sum() == 100 and np.bincount(fold[fold >= 0]).tolist() == [20] * 5
    for one in range(5):
        assert times[fold < one].max() < times[fold == one].min()


def write(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label", "customer", "at"), *rows])
    return path


def made(count: int = 240, form: str = "%Y-%m-%d %H:%M") -> list[tuple[str, str, str, str]]:
    """Rows a day apart, shuffled; the text of row n says n in letters, so none are copies."""
    words = ["".join("abcdefghij"[int(d)] * 3 for d in f"{n:03}") for n in range(count)]
    rows = [
        (f"{word} {word[::-1]}", ("fee", "card")[n % 2], "", (START + timedelta(n)).strftime(form))
        for n, word in enumerate(words)
    ]
    return [rows[n] for n in np.random.default_rng(1).permutation(count)]


def project(folder: Path, rows: list[tuple[str, str, str, str]], **options: object) -> Project:
    data = write(folder / "data.csv", rows)
    return Project.init(
        folder / "task", data=data, goal=GOAL, columns={"time": "at"}, **options  # type: ignore[arg-type]
    )  # fmt: skip


def part(task: Project, name: str) -> pl.DataFrame:
    return Workspace(task.folder, Silent()).part(name)  # type: ignore[arg-type]


def test_init_writes_how_rows_are_divided(tmp_path: Path) -> None:
    task = project(tmp_path, made())
    assert "split: time" in (task.folder / "rungwise.yaml").read_text()
    (tmp_path / "b").mkdir()
    data = write(tmp_path / "b" / "data.csv", made())
    drawn = Project.init(tmp_path / "b" / "task", data=data, goal=GOAL, columns={"group": "at"})
    assert "split: random" in (drawn.folder / "rungwise.yaml").read_text()
    (tmp_path / "c").mkdir()
    said = project(tmp_path / "c", made(), settings=("data.split=random",))
    assert "by" not in said.split().numbers
    with pytest.raises(TaskError, match="no column of times"):
        Project.init(tmp_path / "d", data=data, goal=GOAL, settings=("data.split=time",))


def test_the_newest_rows_are_the_test_and_spans_are_said(tmp_path: Path) -> None:
    rows = [*made(300), ("when was this", "fee", "", "soon"), ("nor this", "card", "", "")]
    task = project(tmp_path, rows)
    record = task.split()
    assert record.rows == {"train": 210, "validation": 30, "test": 60}
    assert record.numbers["by"] == "time"
    ends = [(START + timedelta(n)).strftime("%Y-%m-%d") for n in (0, 209, 210, 239, 240, 299)]
    told = "train: {} to {}; validation: {} to {}; test: {} to {}".format(*ends)
    assert any(f"Parts by time (`at`): {told}" in said for said in record.assumptions)
    spans = task.status()["splits"]["spans"]
    parts = ("train", "validation", "test")
    assert [end[:10] for part in parts for end in spans[part]] == ends
    reasons = {row.reason for row in task.quarantined()}
    assert reasons == {"unreadable time: soon", "no time"}
    assert task.split().id == record.id  # nothing is split anew


def test_whoever_divides_by_time_can_read_where_the_task_stands(tmp_path: Path) -> None:
    """The view has more than numbers of rows then; every page that shows it is opened."""
    task = project(tmp_path, made(300))
    task.split()
    for verb in ("status", "checklist", "decide", "report", "log", "verify"):
        ended = CliRunner().invoke(application, [verb, "-C", str(task.folder)])
        assert ended.exit_code == 0, (verb, ended.exception)
        if verb == "status":
            assert "210 train, 30 validation, 60 test (sealed), by time" in ended.output
    assert "Rows: 210 train, 30 validation, 60 test; the test part" in task._repr_html_()


def test_shares_are_told_as_they_came_out_and_folds_only_where_there_are_any(
    tmp_path: Path,
) -> None:
    """Three days of 80, 100 and 120 rows are three parts, whatever shares were asked."""
    day = [START + timedelta(number) for number in (0, 1, 2)]
    times = [day[0]] * 80 + [day[1]] * 100 + [day[2]] * 120
    rows = [
        (text, label, customer, when.isoformat())
        for (text, label, customer, _), when in zip(made(300), times, strict=True)
    ]
    said = project(tmp_path, rows).split().assumptions
    (told,) = [one for one in said if "is divided into" in one]
    assert "train 27 %, validation 33 %, test 40 %, where train 70 %" in told
    assert "rows of one time stay together" in told
    assert "too few times for folds, so rungs are measured on validation alone" in told
    assert not any("cross-validation" in one for one in said)


def test_a_group_follows_its_newest_row(tmp_path: Path) -> None:
    rows = made()
    days = {at: n for n, at in enumerate(sorted(row[3] for row in rows))}
    grouped = [
        (text, label, "old friend" if days[at] in (3, 239) else f"c{days[at]}", at)
        for text, label, _, at in rows
    ]
    data = write(tmp_path / "data.csv", grouped)
    columns = {"time": "at", "group": "customer"}
    task = Project.init(tmp_path / "task", data=data, goal=GOAL, columns=columns)
    record = task.split()
    assert part(task, "test").filter(pl.col("group") == "old friend").height == 2
    assert record.numbers["older_than_their_part"] == 1
    assert any("older than their part: 1;" in one for one in record.assumptions)
    assert record.numbers["spans"]["test"][0][:10] == (START + timedelta(191)).strftime("%Y-%m-%d")


def test_a_label_of_the_newest_rows_alone_stays_there_and_is_said(tmp_path: Path) -> None:
    last = sorted(row[3] for row in made())[-10:]
    rows = [(text, "new" if at in last else label, c, at) for text, label, c, at in made()]
    record = project(tmp_path, rows).split()
    assert record.numbers["unlearnable"] == {"test": {"new": 10}}
    assert any("label 'new' never occurs in train, whose rows are older" in one
               for one in record.assumptions)  # fmt: skip


@pytest.mark.parametrize(
    ("form", "words"),
    [("%d/%m/%Y", "read day first"), ("%m/%d/%Y", "read month first"), ("%s", "seconds")],
)
def test_however_times_are_written_the_parts_are_the_same(
    form: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "iso").mkdir()
    expected = project(tmp_path / "iso", made(form="%Y-%m-%d")).split()
    record = project(tmp_path, made(form=form)).split()
    assert any(words in said for said in record.assumptions)
    assert record.rows == expected.rows


def test_what_cannot_be_divided_by_time_is_refused_with_the_next_step(tmp_path: Path) -> None:
    rows = [
        (text, label, c, f"20{20 + n % 2}-01-01") for n, (text, label, c, _) in enumerate(made())
    ]
    with pytest.raises(
        DataError, match=r"2 distinct times cannot fill 3 parts.*data\.split: random"
    ):
        project(tmp_path, rows).split()
    (tmp_path / "b").mkdir()
    last = sorted(row[3] for row in made())[170:]
    rows = [(text, "card" if at in last else "fee", c, at) for text, label, c, at in made()]
    with pytest.raises(DataError, match="one class only: 'fee'"):
        project(tmp_path / "b", rows).split()
    (tmp_path / "c").mkdir()
    rows = [(text, label, c, "03/04/2026") for text, label, c, _ in made()]
    with pytest.raises(DataError, match="tells the day from the month"):
        project(tmp_path / "c", rows)
    assert not (tmp_path / "c" / "task").exists()


def test_the_users_own_files_win(tmp_path: Path) -> None:
    own = [(f"asked {text}", label, c, at) for text, label, c, at in made()[:60]]
    test = write(tmp_path / "test.csv", own)
    rows = [*made(), ("nobody knows when", "fee", "", "soon")]
    task = project(tmp_path, rows, test=test)
    record = task.split()
    assert record.rows["test"] == 60 and set(record.numbers["spans"]) == {"train", "validation"}
    validation = write(tmp_path / "validation.csv", [(f"and {row[0]}", *row[1:]) for row in own])
    (tmp_path / "b").mkdir()
    both = project(tmp_path / "b", rows, test=test, validation=validation)
    assert both.split().rows["train"] == 241  # no time is needed, so none is missed
