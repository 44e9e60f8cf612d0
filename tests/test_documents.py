"""Documents are read from a file or a folder; those that cannot be used are set aside, aloud."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.small_documents import TEXTS, write_documents

from rungwise import Project
from rungwise.data.documents import read_documents
from rungwise.errors import DataError, TaskError
from rungwise.progress import Silent
from rungwise.task import parse
from rungwise.workflow.documents import documents


class Heard(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)


def test_columns_are_found_and_said(tmp_path: Path) -> None:
    path = write_documents(tmp_path / "texts.jsonl")
    found, said = read_documents(path, "texts.jsonl")
    assert dict(found.rows.select("document", "text").iter_rows()) == TEXTS
    assert found.rows["title"].to_list() == list(TEXTS)
    told = " ".join(said)
    assert "`doc_id`" in told and "`title`" in told and "`text`" in told
    assert found.digest != read_documents(_changed(path), "texts.jsonl")[0].digest


def _changed(path: Path) -> Path:
    other = path.with_name("other.jsonl")
    other.write_text(path.read_text().replace("nine", "ten"))
    return other


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_other_formats_and_no_ids(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"texts{suffix}"
    frame = pl.DataFrame({"content": list(TEXTS.values())})
    frame.write_csv(path) if suffix == ".csv" else frame.write_parquet(path)
    found, said = read_documents(path, path.name)
    assert found.rows["text"].to_list() == list(TEXTS.values())
    assert found.rows["document"].n_unique() == len(TEXTS)
    assert any("named by their line" in one for one in said)


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.md").write_text("# The title\n\nBody.\n")
    (tmp_path / "b.txt").write_bytes("Grüße".encode("cp1252"))
    (tmp_path / "c.txt").write_text("  \n")
    (tmp_path / "d.pdf").write_bytes(b"%PDF")
    (tmp_path / "e.txt").write_bytes(bytes(range(256)) * 8)
    found, said = read_documents(tmp_path, "texts")
    assert list(found.rows.select("document", "title").iter_rows()) == [
        ("b.txt", "b"),
        ("deep/a.md", "The title"),
    ]
    assert found.rows["text"][0] == "Grüße"
    assert found.aside["document"].to_list() == ["e.txt", "c.txt"]
    assert any("set aside" in one and "c.txt (no text)" in one for one in said)
    assert any("cp1252" in one for one in said)


def test_repeated_ids_and_empty_texts_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    lines = [
        {"id": "1", "text": "one"},
        {"id": "1", "text": "two"},
        {"id": "2", "text": " "},
        {"id": "3", "text": None},
        {"id": "4", "text": "long " * 200_000},
    ]
    path.write_text("\n".join([*map(json.dumps, lines), "{broken"]))
    found, _ = read_documents(path, path.name)
    assert found.rows["document"].to_list() == ["1", "4"]
    assert found.rows["text"][0] == "one"
    reasons = dict(found.aside.iter_rows())
    assert reasons["1"] == "duplicate id" and reasons["2"] == "no text"
    assert "bad JSON" in reasons["line 6"]


def test_what_holds_no_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_documents(tmp_path / "nowhere.jsonl", "nowhere.jsonl")
    with pytest.raises(DataError, match=r"holds no .txt or .md"):
        read_documents(tmp_path, "texts")
    path = tmp_path / "texts.csv"
    path.write_text("one,other\n1,2\n")
    with pytest.raises(DataError, match="can be told to be the text"):
        read_documents(path, "texts.csv")
    path.write_text("id,text\n1,\n2,\n")
    with pytest.raises(DataError, match=r"None of the 2 documents .* 1 \(no text\)"):
        read_documents(path, "texts.csv")


def about(folder: Path, document: str | None = None) -> list[str]:
    """What is said of rows with their documents."""
    write_documents(folder / "texts.jsonl")
    (folder / "rows.csv").write_text("question,answer,doc_id,other\na,b,parcels,x\nc,d,none,y\n")
    task = parse(
        {
            "task": {"goal": "g", "kind": "generate", "metric": "answer_f1", "target": 0.5},
            "data": {"source": "rows.csv", "documents": "texts.jsonl", "document": document},
        }
    )
    rows = pl.DataFrame({"id": ["r1", "r2"], "source": ["rows.csv"] * 2, "line": [2, 3]})
    heard = Heard()
    found = documents(task, folder, rows, heard)
    assert found is not None
    assert found.of_row == {"r1": "parcels"}
    return heard.lines


def test_rows_may_name_their_document(tmp_path: Path) -> None:
    assert any("`doc_id` of rows.csv names the document" in one for one in about(tmp_path))
    assert not any("names the document" in one for one in about(tmp_path, "doc_id"))
    with pytest.raises(DataError, match="has no column `absent`"):
        about(tmp_path, "absent")
    with pytest.raises(DataError, match="No cell of `other`"):
        about(tmp_path, "other")


def test_a_refused_init_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("question,answer\n" + "what,this\nwhich,that\n" * 9)
    told = {
        "data": tmp_path / "rows.csv",
        "goal": "Answer questions with at least 50 percent answer F1",
    }
    with pytest.raises(DataError, match="There is no file"):
        Project.init(tmp_path / "task", documents=tmp_path / "no.jsonl", metric="answer_f1", **told)  # type: ignore[arg-type]
    path = write_documents(tmp_path / "texts.jsonl")
    labelled = {
        **told,
        "goal": "Classify questions into 2 intents with at least 50 percent accuracy",
    }
    with pytest.raises((DataError, TaskError), match="looks nothing up"):
        Project.init(tmp_path / "task", documents=path, **labelled)  # type: ignore[arg-type]
    assert not (tmp_path / "task").exists()
