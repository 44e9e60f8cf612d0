"""Workbooks, packed files, JSON lists, folders of texts; and what lies elsewhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.data_made import reading_of, task
from tests.sentences_by_language import SENTENCES
from tests.workbooks import Cell, write_workbook

from rungwise.data import blocks, gzipped
from rungwise.data.csv_layout import Dialect
from rungwise.data.formats import read_file
from rungwise.data.read import read
from rungwise.data.split import settings
from rungwise.errors import DataError
from rungwise.progress import Silent
from rungwise.workflow.project import Project

ROWS = [(f"question {n}, with a comma", "ab"[n % 2]) for n in range(12)]


# ── spreadsheets ─────────────────────────────────────────────────────────────────────────
def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    sheet: list[list[Cell]] = [
        ["text", "label", "price", "paid", "on"],
        ["a", 1, 1.5, True, "date:45000"],
        [None, None, None, None, None],
        ["b  ", 1.0, 12345678901, False, "date:45000.5"],
        ["c", "1", -0.25, None, None],
    ]
    write_workbook(tmp_path / "a.xlsx", {"Rows": sheet})
    raw, _ = read_file(tmp_path / "a.xlsx", "a.xlsx", ())
    # Serial day 45000 of the 1900 calendar is 15 March 2023.
    assert raw.cells.rows() == [
        ("a", "1", "1.5", "true", "2023-03-15"),
        ("b  ", "1", "12345678901", "false", "2023-03-15 12:00:00"),
        ("c", "1", "-0.25", None, None),
    ]
    assert raw.lines.to_list() == [2, 4, 5]
    assert raw.assumptions == ()


def test_the_sheet_that_is_read_is_said_and_may_be_named(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Cell]]] = {
        "Notes": [[None]],
        "Old": [["text", "label"], ["hidden", "x"]],
        "One": [[None, None], ["text", "label"], ["a", "x"]],
        "Two": [["text", "label"], ["b", "y"]],
    }
    write_workbook(tmp_path / "a.xlsx", sheets, hidden=["Old"])
    raw, _ = read_file(tmp_path / "a.xlsx", "a.xlsx", ())
    assert raw.cells.rows() == [("a", "x")] and raw.lines.to_list() == [3]
    assert raw.assumptions == (
        "sheet `One` of a.xlsx is read, and not `Notes`, `Old`, `Two` (`data.sheet` names one)",
        "row 2 of a.xlsx is taken as the header",
    )
    asked = Dialect.of(task(sheet="Two").data, "a.xlsx")
    assert read_file(tmp_path / "a.xlsx", "a.xlsx", (), dialect=asked)[0].cells.rows() == [
        ("b", "y")
    ]
    with pytest.raises(DataError, match=r"has no sheet `Three`; it has `Notes`, `Old`, `One`"):
        read_file(tmp_path / "a.xlsx", "a.xlsx", (), dialect=Dialect(sheet="Three"))


def test_headers_that_lack_or_repeat_a_name(tmp_path: Path) -> None:
    sheet: list[list[Cell]] = [["text", None, "text"], ["a", "b", "c", "d"], ["e"]]
    write_workbook(tmp_path / "a.xlsx", {"Rows": sheet})
    raw, _ = read_file(tmp_path / "a.xlsx", "a.xlsx", ())
    assert raw.cells.columns == ["text", "column#2", "text#3", "column#4"]
    assert raw.cells.rows() == [("a", "b", "c", "d"), ("e", None, None, None)]


def test_workbooks_of_no_use_are_one_line(tmp_path: Path) -> None:
    write_workbook(tmp_path / "none.xlsx", {"Rows": [[None]]})
    (tmp_path / "torn.xlsx").write_bytes((tmp_path / "none.xlsx").read_bytes()[:200])
    (tmp_path / "csv.xlsx").write_text("text,label\na,x\n")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    for name in ("none.xlsx", "torn.xlsx", "csv.xlsx", "old.xls"):
        with pytest.raises(DataError, match=name) as caught:
            read_file(tmp_path / name, name, ())
        assert "\n" not in str(caught.value)


# ── gzip ─────────────────────────────────────────────────────────────────────────────────
FORMATS: dict[str, Callable[[Path], object]] = {
    "a.csv": lambda path: pl.DataFrame(ROWS, ["text", "label"], orient="row").write_csv(path),
    "a.tsv": lambda path: pl.DataFrame(ROWS, ["text", "label"], orient="row").write_csv(
        path, separator="\t"
    ),
    "a.jsonl": lambda path: pl.DataFrame(ROWS, ["text", "label"], orient="row").write_ndjson(path),
    "a.json": lambda path: path.write_text(
        json.dumps([dict(zip(("text", "label"), row, strict=True)) for row in ROWS], indent=1)
    ),
    "a.parquet": lambda path: pl.DataFrame(ROWS, ["text", "label"], orient="row").write_parquet(
        path
    ),
}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_packed_files_are_read_as_unpacked_ones(
    name: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(blocks, "LARGE", 1)
        monkeypatch.setattr(blocks, "BLOCK", 100)
    FORMATS[name](tmp_path / name)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    cache = tmp_path / "cache"
    raw, digest = read_file(packed, packed.name, (), cache=cache)
    plain, other = read_file(tmp_path / name, name, (), cache=cache)
    assert raw.cells.rows() == plain.cells.rows() == ROWS
    assert raw.lines.to_list() == plain.lines.to_list()
    assert digest != other
    assert not list(cache.glob("unpacked-*")) and not list(cache.glob("lines-*"))


def test_a_bomb_and_a_torn_file_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gzip.compress(b"text,label\n" + b"a,x\n" * 5_000)
    (tmp_path / "torn.csv.gz").write_bytes(whole[:-20])
    (tmp_path / "none.csv.gz").write_bytes(b"text,label\na,x\n")
    (tmp_path / "bomb.csv.gz").write_bytes(whole)
    monkeypatch.setattr(gzipped, "HARMLESS", 1000)
    monkeypatch.setattr(gzipped, "RATIO", 10)
    for name, says in (
        ("torn.csv.gz", "is not a whole gzip file"),
        ("none.csv.gz", "is not a whole gzip file"),
        ("bomb.csv.gz", "unpacks to more than"),
    ):
        with pytest.raises(DataError, match=says):
            read_file(tmp_path / name, name, ())


# ── JSON lists ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"text": "a\\nb", "label": 1.0},\n {"text": "c", "label": "x"}]', ()),
        ('\ufeff[{"text": "a\\nb", "label": 1.0}, {"text": "c", "label": "x"}]\n', ("BOM",)),
        (
            '{"version": 1, "data": [{"text": "a\\nb", "label": 1.0},{"text": "c", "label": "x"}]}',
            ("the list `data` of a.json is read", "of a.json these keys are left out: `version`"),
        ),
        (
            '{"text": "a\\nb", "label": 1.0}\n{"text": "c", "label": "x"}\n',
            ("a.json holds an object a line, and is read as JSONL",),
        ),
    ],
)
def test_json_lists_and_their_wrappers(tmp_path: Path, content: str, said: tuple[str, ...]) -> None:
    (tmp_path / "a.json").write_text(content)
    raw, _ = read_file(tmp_path / "a.json", "a.json", ())
    assert raw.cells.rows() == [("a\nb", "1.0"), ("c", "x")]
    assert raw.lines.to_list() == [1, 2]
    if said != ("BOM",):
        assert raw.assumptions == said


def test_items_that_are_no_objects_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '[{"text": "a", "label": "x"}, 7, {"text": "b", "label": NaN}]'
    )
    raw, _ = read_file(tmp_path / "a.json", "a.json", ())
    assert raw.bad.select("line", "reason").rows() == [
        (2, "bad JSON: not an object"),
        (3, "NaN: NaN is not JSON"),
    ]


def test_a_bad_line_of_objects_costs_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"text": "a"}\n{"text": \n{"text": "b"}\n')
    raw, _ = read_file(tmp_path / "a.json", "a.json", ())
    assert raw.cells["text"].to_list() == ["a", "b"]
    assert raw.bad["line"].to_list() == [2]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"text": "a"},\n{"text": }]', "not valid JSON at line 2"),
        ('[{"text": "a"}', "is missing"),
        ('[{"text": "a"}] x', "something follows"),
        ('{"a": [{"t": 1}], "b": [{"t": 1}]}', "with `a`, `b` as a list"),
        ('{"text": {"0": "a"}, "label": {"0": "x"}}', "with none as a list"),
        ('"text"', "holds no list of objects"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_json_of_no_use_is_one_line(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=says) as caught:
        read_file(tmp_path / "a.json", "a.json", ())
    assert "\n" not in str(caught.value)


def test_alpaca_s_own_form_is_read(tmp_path: Path) -> None:
    rows = [
        {"instruction": f"Say {n}", "input": "" if n % 2 else "aloud", "output": str(n)}
        for n in range(20)
    ]
    (tmp_path / "alpaca_data.json").write_text(json.dumps(rows, indent=4))
    reading = read(task(kind="generate", source="alpaca_data.json"), tmp_path, Silent())
    assert reading.frames["source"]["input"].to_list()[:2] == ["Say 0\n\naloud", "Say 1"]
    assert reading.frames["source"]["expected"].to_list()[:2] == ["0", "1"]


# ── folders of texts ─────────────────────────────────────────────────────────────────────
def folder_of(root: Path) -> Path:
    for label, language in (("spam", "hu"), ("ham", "cs")):
        (root / label / "deep").mkdir(parents=True)
        for n, text in enumerate(SENTENCES[language]):
            place = root / label / ("deep" if n == 5 else ".") / f"{n}.txt"
            place.write_bytes(text.encode("utf-8" if n % 2 else "cp1250"))
    return root


def test_the_folder_is_the_label_and_the_path_the_id(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "mails")
    (root / "README.md").write_text("about")
    (root / "spam" / ".DS_Store").write_text("x")
    (root / "spam" / "scan.png").write_bytes(b"\x89PNG")
    reading = read(task(source="mails"), tmp_path, Silent())
    rows = reading.frames["source"]
    assert rows["id"].to_list() == [
        *(f"ham/{n}.txt" for n in range(5)), "ham/deep/5.txt",
        *(f"spam/{n}.txt" for n in range(5)), "spam/deep/5.txt",
    ]  # fmt: skip
    assert rows["expected"].to_list() == ["ham"] * 6 + ["spam"] * 6
    assert rows["input"].to_list() == [*SENTENCES["cs"], *SENTENCES["hu"]]
    said = "; ".join(reading.assumptions)
    assert (
        "files of mails are left out: .png files (1), hidden (1), not in a class folder (1)" in said
    )
    assert "deeper folders" in said
    assert "read as cp1250" in said and "6 of its 12 texts" in said


def test_a_folder_changes_its_digest_with_any_text(tmp_path: Path) -> None:
    root = folder_of(tmp_path / "mails")
    before = read_file(root, "mails", ())[1]
    assert read_file(root, "mails", ())[1] == before
    (root / "ham" / "0.txt").write_text("another text")
    assert read_file(root, "mails", ())[1] != before


def test_folders_of_no_use_are_one_line(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    linked = folder_of(tmp_path / "linked")
    (linked / "spam" / "link.txt").symlink_to(outside)
    for part in ("train", "test"):
        (tmp_path / "parts" / part).mkdir(parents=True)
        (tmp_path / "parts" / part / "1.txt").write_text("a")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "1.txt").write_text("a")
    for name, says in (
        ("linked", "linked/spam/link.txt is a link that leads out of the folder"),
        ("parts", "are parts"),
        ("flat", "is a folder, not a file, and holds no class folders"),
    ):
        with pytest.raises(DataError, match=says):
            read_file(tmp_path / name, name, ())


# ── elsewhere ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "command"),
    [
        (
            "https://example.org/a/rows.csv?x=1",
            "curl -L -o rows.csv 'https://example.org/a/rows.csv?x=1'",
        ),
        ("s3://bucket/rows.csv", "aws s3 cp s3://bucket/rows.csv ."),
        ("gs://bucket/rows.csv", "gcloud storage cp gs://bucket/rows.csv ."),
        ("hf://datasets/user/name/train.parquet", "hf download --repo-type dataset user/name"),
        (
            "https://huggingface.co/datasets/user/name",
            "hf download --repo-type dataset user/name --local-dir name",
        ),
        ("user/name", "hf download --repo-type dataset user/name --local-dir name"),
    ],
)
def test_what_lies_elsewhere_is_refused_with_the_command_that_gets_it(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        Project.init(tmp_path / "task", data=name, goal="Sort rows with at least 90% accuracy")
    assert command in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "task").exists()


def test_a_file_that_is_not_there_is_no_hub_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file") as caught:
        reading_of(tmp_path / "rows.csv", "text,label\n", validation="data/other.csv")
    assert "hub" not in str(caught.value)


def test_a_folder_is_divided_once_and_again_when_a_text_changes(tmp_path: Path) -> None:
    for label in ("spam", "ham"):
        (tmp_path / "mails" / label).mkdir(parents=True)
        for n in range(30):
            (tmp_path / "mails" / label / f"{n}.txt").write_text(f"{label} number {n}")
    project = Project.init(
        tmp_path / "task", data=tmp_path / "mails", goal="Sort mails with at least 90% accuracy"
    )
    first = project.split()
    assert project.split().id == first.id
    assert len(project.log("split")) == 1
    (tmp_path / "mails" / "spam" / "0.txt").write_text("a new text")
    assert project.split().id != first.id


def test_settings_that_are_not_set_change_no_earlier_split() -> None:
    keys = {"encoding", "delimiter", "quote", "sheet"}
    assert not keys & settings(task()).keys()
    assert settings(task(encoding="cp1250"))["encoding"] == "cp1250"
