"""`rungwise predict` from files, texts and standard input, into every format."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.test_earlier_projects import unpacked
from typer.testing import CliRunner

from rungwise.cli.application import application
from rungwise.errors import DataError, InputError, StorageError
from rungwise.workflow.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return unpacked("small-classify", tmp_path_factory.mktemp("earlier"))


NEW = "ticket,text,price\nA7,where is it,1.50\nB8,,2\nA7,where is it,03\nbroken row\n"


def test_csv_comes_back_as_csv_with_the_answers_behind(project: Project, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(NEW)
    assert project.predict(tmp_path / "new.csv", output=tmp_path / "out.csv") == 4
    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert found.columns == [
        "ticket", "text", "price", "label", "confidence", "review", "release",
    ]  # fmt: skip
    assert found["ticket"].to_list() == ["A7", "B8", "A7", None]
    assert found["price"].to_list() == ["1.50", "2", "03", None]
    assert found["label"].is_null().to_list() == [False, True, False, True]
    assert found["label"][0] == found["label"][2]


@pytest.mark.parametrize("way", ["path", "symlink", "hard link"])
def test_answers_never_take_the_place_of_what_is_asked(
    project: Project, tmp_path: Path, way: str
) -> None:
    asked = tmp_path / "new.csv"
    asked.write_text(NEW)
    target = asked if way == "path" else tmp_path / "same.csv"
    if way == "symlink":
        target.symlink_to(asked)
    elif way == "hard link":
        target.hardlink_to(asked)
    with pytest.raises(InputError, match="is the file that is asked"):
        project.predict(asked, output=target)
    assert asked.read_text() == NEW


def test_answers_never_take_the_place_of_the_tasks_own_rows(project: Project) -> None:
    source = project.folder / project._workspace.task.data.source
    before = source.read_bytes()
    with pytest.raises(InputError, match="is a file of the task"):
        project.predict(texts=["where is it"], output=source)
    assert source.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(project: Project, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"there is no folder .*absent"):
        project.predict(texts=["where is it"], output=tmp_path / "absent" / "out.csv")


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out.tsv"])
def test_other_formats_say_the_same(project: Project, tmp_path: Path, name: str) -> None:
    (tmp_path / "new.csv").write_text(NEW)
    project.predict(tmp_path / "new.csv", output=tmp_path / "out.csv")
    project.predict(tmp_path / "new.csv", output=tmp_path / name)
    labels = pl.read_csv(tmp_path / "out.csv")["label"].to_list()
    if name.endswith("parquet"):
        found = pl.read_parquet(tmp_path / name)["label"].to_list()
    elif name.endswith("tsv"):
        found = pl.read_csv(tmp_path / name, separator="\t")["label"].to_list()
    else:
        rows = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        found = [row["label"] for row in rows]
        assert [row.get("error") for row in rows] == [
            None, "empty input", None, "wrong number of fields: 1 instead of 3",
        ]  # fmt: skip
        assert [row["id"] for row in rows] == ["2", "3", "4", "5"]
    assert found == labels


def test_numbers_of_parquet_stay_numbers(project: Project, tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": ["a", "b"], "n": [1, None], "x": [0.5, 2.0], "b": [True, False]})
    frame.write_parquet(tmp_path / "new.parquet")
    project.predict(tmp_path / "new.parquet", output=tmp_path / "out.parquet")
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.select(frame.columns).equals(frame)


def test_the_label_that_a_row_has_is_kept_apart(project: Project, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("text,label\nhello,mine\n")
    project.predict(tmp_path / "new.csv", output=tmp_path / "out.csv")
    found = pl.read_csv(tmp_path / "out.csv")
    assert found["label"].to_list() == ["mine"]
    assert found["rungwise_label"].to_list() != ["mine"]


def test_texts_are_answered_on_standard_output(
    project: Project, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert project.predict(texts=["hello there", " ", "bye"]) == 3
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [row["text"] for row in rows] == ["hello there", " ", "bye"]
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["label"] is None and rows[1]["error"] == "empty input"


@pytest.mark.parametrize(
    "content",
    [
        "text,n\nhello there,1\n",
        '{"text": "hello there", "n": 1}\n',
        "text\thello\nhello there\t1\n",
    ],
)
def test_standard_input_is_told_by_its_content(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(content.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert project.predict("-", output=tmp_path / "out.jsonl") == 1
    (row,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert row["text"] == "hello there"
    assert row["label"]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"refund me", ["refund me"]),
        (b"refund\n", ["refund"]),
        (b"refund me, please\nwhere is it\n", ["refund me, please", "where is it"]),
        (b"I want a refund; now\r\nwhere is it\r\n", ["I want a refund; now", "where is it"]),
        (b'["refund me", "where, is it"]', ["refund me", "where, is it"]),
        ("wo ist mein P\xe4ckchen".encode("cp1252"), ["wo ist mein P\xe4ckchen"]),
    ],
)
def test_lines_without_names_of_columns_are_texts(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    texts: list[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert project.predict("-", output=tmp_path / "out.csv") == len(texts)
    found = pl.read_csv(tmp_path / "out.csv")
    assert found["text"].to_list() == texts
    assert found["label"].null_count() == 0


def test_nothing_is_said_of_labels(project: Project, tmp_path: Path) -> None:
    from rungwise.data.inputs import read_inputs
    from rungwise.progress import Silent

    (tmp_path / "new.csv").write_text("text\nhello\n")
    reading = read_inputs(tmp_path / "new.csv", project._workspace.task, Silent())
    assert not [said for said in reading.assumptions if "label" in said]


def test_what_cannot_be_asked_is_one_line(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new.csv").write_text("text\nhello\n")
    with pytest.raises(InputError, match="Nothing is given to answer"):
        project.predict()
    with pytest.raises(InputError, match="Both a file and a text"):
        project.predict(tmp_path / "new.csv", texts=["a"])
    with pytest.raises(InputError, match="names no format"):
        project.predict(tmp_path / "new.csv", output=tmp_path / "out.xlsx")
    with pytest.raises(DataError, match="is an address"):
        project.predict("https://example.org/new.csv")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(DataError, match="standard input is empty"):
        project.predict("-")


def test_a_file_to_predict_may_be_written_otherwise_than_the_task_says(
    project: Project, tmp_path: Path
) -> None:
    new = tmp_path / "new.csv"
    new.write_text("text\nMuñoz\nNuñez\n", encoding="cp1252")
    with pytest.raises(DataError, match=r"Say which it is: `--encoding cp1252`"):
        project.predict(new)
    folder = project._workspace.folder
    command = ["predict", str(new), "-C", str(folder), "-o", str(tmp_path / "out.csv")]
    result = CliRunner().invoke(application, [*command, "--encoding", "cp1252"])
    assert result.exit_code == 0, result.output
    assert pl.read_csv(tmp_path / "out.csv")["text"].to_list() == ["Muñoz", "Nuñez"]
    new.write_text("text#note\n'where # is it'#2\n")
    written = {"delimiter": "#", "quote": "'"}
    assert project.predict(new, output=tmp_path / "out.csv", written=written) == 1
    assert pl.read_csv(tmp_path / "out.csv")["text"].to_list() == ["where # is it"]
