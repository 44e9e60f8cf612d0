"""A project made of frames, a release that answers frames, and records that show themselves."""

from __future__ import annotations

import dataclasses
import hashlib
import html.parser
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.small_task import GOAL, rows
from tests.test_earlier_projects import unpacked

import rungwise
from rungwise import progress
from rungwise.data.frames import table_of
from rungwise.errors import DataError, InputError, TaskError
from rungwise.evaluation.paired import Comparison
from rungwise.workflow.project import Project
from rungwise.workflow.release import Release

ROWS = pl.DataFrame(rows(), schema=["text", "label"], orient="row")


class Heard(progress.Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def frame(kind: str) -> Any:
    if kind == "polars":
        return ROWS
    if kind == "lazy":
        return ROWS.lazy()
    if kind == "categorical":
        return ROWS.with_columns(pl.col("label").cast(pl.Categorical))
    if kind == "arrow":
        return ROWS.to_arrow()
    if kind.startswith("pandas"):
        made = pd.DataFrame(ROWS.to_dict(as_series=False))
        if kind == "pandas categorical":
            made["label"] = made["label"].astype("category")
        if kind == "pandas nullable":
            made = made.convert_dtypes()
        return made
    named = datasets.Dataset.from_dict(ROWS.to_dict(as_series=False))
    return named.class_encode_column("label") if kind == "class labels" else named


KINDS = ["polars", "lazy", "categorical", "arrow", "pandas", "pandas categorical",
         "pandas nullable", "dataset", "class labels"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_made_of_a_frame(kind: str, tmp_path: Path) -> None:
    said = Heard()
    project = Project.init(tmp_path / "task", data=frame(kind), goal=GOAL, progress=said)
    assert project.check()["classes"] == sorted(set(ROWS["label"]))
    assert project.check()["rows"] == len(ROWS)
    (kept,) = project.folder.glob("data-*.parquet")

    assert kept.stem.removeprefix("data-") == hashlib.sha256(kept.read_bytes()).hexdigest()[:12]
    assert any(kept.name in one for one in said.said)


def test_filters_of_a_data_set_hold(tmp_path: Path) -> None:
    given = frame("class labels").shuffle(seed=1).select(range(60))
    project = Project.init(tmp_path / "task", data=given, goal=GOAL)
    assert project.check()["rows"] == 60


def test_an_index_that_says_something_is_kept_aloud(tmp_path: Path) -> None:
    made = frame("pandas").set_index(pd.Index([f"T{n}" for n in range(len(ROWS))], name="ticket"))
    said = Heard()
    project = Project.init(
        tmp_path / "task", data=made, goal=GOAL, columns={"id": "ticket"}, progress=said
    )
    (kept,) = project.folder.glob("*.parquet")
    assert pl.read_parquet(kept)["ticket"][:2].to_list() == ["T0", "T1"]
    assert "the index of `data` is kept as the column `ticket`" in said.said


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        (None, []),
        ([5, 3], ["index"]),
        (pd.RangeIndex(0, 4, 2), ["index"]),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), ["index_0", "index_1"]),
    ],
)
def test_only_the_place_of_a_row_is_no_information(index: Any, columns: list[str]) -> None:
    found = table_of(pd.DataFrame({"text": ["x", "y"]}, index=index))
    assert found is not None
    assert found.arrow.column_names == ["text", *columns]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 0], [1, None, 0]),  # pandas makes floats of it
        ([1.5, None, 0.0], [1.5, None, 0.0]),
        (["1", 2, None], ["1", "2", None]),
        ([True, None, "x"], ["True", None, "x"]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        (pd.array(["a", None], dtype="string"), ["a", None]),
        (pd.Categorical(["b", None, "a"]), ["b", None, "a"]),
    ],
)
def test_what_pandas_made_of_a_type_is_undone(values: Any, expected: list[Any]) -> None:
    found = table_of(pd.DataFrame({"label": values}))
    assert found is not None
    assert found.arrow["label"].to_pylist() == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (datasets.DatasetDict(train=frame("dataset")), "dataset['train']"),
        (frame("dataset").to_iterable_dataset(), "streamed"),
        (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "several columns `text`"),
        (pl.DataFrame({"text": [object()]}), "Python objects"),
        (5, "`data` is a int"),
        ({"text": ["a"]}, "`data` is a dict"),
        (None, "`data` is None"),
        ("", "`data` is ''"),
        (pl.DataFrame({"0": ["a"], "1": ["b"]}), "in Python `columns={'input': …}`)."),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(
    given: Any, words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refused:
        Project.init(tmp_path / "task", data=given, goal=GOAL)
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_init_takes_its_file_away(tmp_path: Path) -> None:
    with pytest.raises(TaskError):
        Project.init(tmp_path / "task", data=ROWS, goal="Route requests")
    assert list(tmp_path.iterdir()) == []


def test_neither_pandas_nor_datasets_is_imported(tmp_path: Path) -> None:
    program = """
import sys
import polars
from rungwise.data.frames import table_of
table_of(polars.DataFrame({"text": ["a"]}))
assert not {"pandas", "datasets"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


# -- answers


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return unpacked("small-classify", tmp_path_factory.mktemp("earlier"))


@pytest.fixture(scope="module")
def release(project: Project) -> Release:
    return project.release("v1.0")


ANSWERS = ["label", "confidence", "review", "release"]
TEXTS = ["where is my parcel", "money back", None]


def test_texts_come_back_as_a_frame(release: Release) -> None:
    found = release.predict(TEXTS)
    assert isinstance(found, pl.DataFrame)
    assert found.columns == ["text", *ANSWERS]
    assert found["text"].to_list() == TEXTS
    assert found["label"].is_null().to_list() == [False, False, True]
    assert found["release"].unique().to_list() == ["v1.0"]
    shares = found["confidence"][:2]
    assert shares.is_between(0, 1).all()


@pytest.mark.parametrize(
    "given",
    [
        tuple(TEXTS),
        pl.Series(TEXTS),
        np.array(TEXTS, dtype=object),
        pa.array(TEXTS).to_pylist(),
        pl.DataFrame({"text": TEXTS}),
        pl.DataFrame({"text": TEXTS}).lazy(),
        pa.table({"text": TEXTS}),
        datasets.Dataset.from_dict({"text": TEXTS}),
        [{"text": text} for text in TEXTS],
    ],
)
def test_every_kind_of_texts_has_the_same_answers(release: Release, given: Any) -> None:
    assert release.predict(given).equals(release.predict(TEXTS))


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_pandas_comes_back_as_pandas_with_its_index(release: Release, dtype: str) -> None:
    expected = release.predict(TEXTS)
    given = pd.DataFrame({"price": [1, 2, 3], "text": pd.Series(TEXTS).astype(dtype)})
    given.index = pd.Index([7, 5, 5], name="ticket")
    before = given.copy()
    found = release.predict(given)
    assert isinstance(found, pd.DataFrame)
    assert list(found.columns) == ["price", "text", *ANSWERS]
    pd.testing.assert_frame_equal(given, before)
    pd.testing.assert_frame_equal(found[["price", "text"]], given)
    labels = [None if pd.isna(one) else one for one in found["label"]]
    assert labels == expected["label"].to_list()
    series = release.predict(given["text"])
    assert list(series.columns) == ["text", *ANSWERS]
    assert list(series.index) == [7, 5, 5]


def test_the_users_own_columns_keep_their_names(release: Release) -> None:
    given = pd.DataFrame({"text": ["a parcel"], "label": ["mine"]})
    found = release.predict(given)
    assert list(found.columns) == ["text", "label", "rungwise_label", *ANSWERS[1:]]
    assert found["label"][0] == "mine"


def test_one_text_and_a_file(release: Release, tmp_path: Path) -> None:
    assert len(release.predict("where is my parcel")) == 1
    pl.DataFrame({"text": TEXTS}).write_parquet(tmp_path / "new.parquet")
    assert release.predict(tmp_path / "new.parquet")["label"].to_list() == (
        release.predict(TEXTS)["label"].to_list()
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1, 2], "Item 0 of the texts is a int"),
        (5, "A int is no input"),
        ([], "no text"),
        (pl.DataFrame({"words": [1.5], "others": [2.5]}), "frame"),
    ],
)
def test_what_cannot_be_answered_is_refused(release: Release, given: Any, words: str) -> None:
    with pytest.raises(InputError) as refused:
        release.predict(given)
    assert words in str(refused.value)


def test_no_such_release(project: Project) -> None:
    with pytest.raises(InputError, match=r"Known: v1\.0"):
        project.release("v9.9")
    assert repr(project.release()) == f"Release('v1.0', {str(project.folder / 'releases/v1.0')!r})"


# -- what a notebook shows


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


KNOWN_TAGS = {"div", "strong", "table", "thead", "tr", "th", "td", "p"}


def checked(shown: str) -> str:
    """Well-formed HTML of plain tables."""
    tags = Tags()
    tags.feed(shown)
    assert tags.open == []
    assert tags.seen <= KNOWN_TAGS
    return shown


def test_project_attempt_and_comparison_show_themselves(project: Project) -> None:
    first, *_, last = project.attempts()
    shown = checked(project._repr_html_())
    assert all(f"{attempt.goal.value:.4f}" in shown for attempt in (first, last))
    assert "Next: " in shown and "v1.0" in shown
    assert f"{last.goal.value:.4f}" in checked(last._repr_html_())
    compared = Comparison(0.125, 0.05, 0.2, None, 0.5, 0.01, 96, None)
    shown = checked(compared._repr_html_())
    assert "0.125" in shown and "96" in shown and "relative_gain" not in shown


def test_what_is_shown_is_escaped_and_without_personal_values(project: Project) -> None:
    attempt = project.attempts()[0]
    goal = dataclasses.replace(attempt.goal, metric="recall[jane.doe@example.org]")
    shown = checked(
        dataclasses.replace(attempt, rung="<script>alert(1)</script>", goal=goal)._repr_html_()
    )
    assert "&lt;script&gt;" in shown
    assert "jane.doe@example.org" not in shown and "&lt;EMAIL&gt;" in shown


def test_a_folder_without_a_task_shows_its_error(tmp_path: Path) -> None:
    assert "rungwise.yaml" in checked(Project(tmp_path)._repr_html_())


def test_the_package_lists_its_public_names() -> None:
    assert dir(rungwise) == sorted(["Project", "__version__"])
    assert set(rungwise.__all__) == set(dir(rungwise))
    assert all(hasattr(rungwise, name) for name in dir(rungwise))


def test_progress_is_shown_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def where(shell: object) -> progress.Progress:
        fake = type("IPython", (), {"get_ipython": staticmethod(lambda: shell)})
        monkeypatch.setitem(sys.modules, "IPython", fake)
        return progress.for_library()

    kernel = type("Shell", (), {"kernel": object()})()
    assert isinstance(where(kernel), progress.Cell | progress.Bars)
    assert isinstance(where(object()), progress.Lines | progress.Bars)
    assert isinstance(where(None), progress.Silent)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert not isinstance(where(None), progress.Silent)
