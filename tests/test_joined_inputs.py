"""Several columns as one input: how they are joined, and where a place in the text stands."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.small_encoder import write_encoder
from typer.testing import CliRunner

from rungwise import Project, task
from rungwise.cli.application import application
from rungwise.data import joined_inputs, spool
from rungwise.data.inputs import read_inputs
from rungwise.data.joined_inputs import join_inputs, place_in_cell, unread_texts
from rungwise.data.raw import Raw, no_bad_rows
from rungwise.data.read import read
from rungwise.errors import DataError, TaskError
from rungwise.progress import Silent

GOAL = "Sort mails into 2 kinds with at least 80 percent accuracy"
MANY = [
    (number, f"Parcel {number} is late", f"Where is it? Write to ann{number}@example.org", "late")
    if number % 2
    else (number, f"Refund for order {number}", "Please return my money soon", "refund")
    for number in range(400)
]
MAILS = MANY[:60]


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def mails(folder: Path, rows: Sequence[Sequence[Any]] = MAILS) -> Path:
    return write(folder / "mails.csv", ("id", "subject", "body", "label"), rows)


def asked(source: str = "mails.csv", **data: Any) -> task.Task:
    return task.parse(
        {
            "task": {"goal": GOAL, "metric": "accuracy", "target": 0.8},
            "data": {"source": source, "input": ["subject", "body"], "id": "id", **data},
        }
    )


def raw(cells: dict[str, list[str | None]]) -> Raw:
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    return Raw(frame, pl.Series(range(len(frame)), dtype=pl.Int64), no_bad_rows())


# ── how columns are joined ───────────────────────────────────────────────────────────────────
def test_columns_are_joined_under_their_names_and_it_is_said(tmp_path: Path) -> None:
    mails(tmp_path)
    reading = read(asked(), tmp_path, Silent())
    first = reading.frames["source"]["input"][0]
    assert first == "subject: Refund for order 0\nbody: Please return my money soon"
    assert (
        "columns `subject`, `body` of mails.csv are joined as the input, as “subject: … ⏎ body: …”"
        in reading.assumptions
    )
    assert not any("not read" in said for said in reading.assumptions)


@pytest.mark.parametrize("missing", ["", None, "nan", "  "])
def test_an_empty_cell_keeps_its_name_and_a_row_without_text_is_set_aside(
    tmp_path: Path, missing: str | None
) -> None:
    lines = [*MAILS, (900, missing, "only a body", "late"), (901, missing, missing, "late")]
    mails(tmp_path, lines)
    reading = read(asked(), tmp_path, Silent())
    by_id = dict(reading.frames["source"].select("id", "input").iter_rows())
    blank = "" if missing in (None, "nan") else missing
    assert by_id["900"] == f"subject: {blank}\nbody: only a body"
    assert "901" not in by_id
    assert reading.quarantine.select("id", "reason").rows() == [("901", "empty input")]


def test_large_texts_are_laid_on_disk_and_joined_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_inputs, "IN_MEMORY", 10)
    monkeypatch.setattr(spool, "BATCH", 8)
    many = raw({"subject": ["one", "x", None, ""], "body": ["two", None, "three", " "]})
    here, name = join_inputs(many, ("subject", "body"))
    there, _ = join_inputs(many, ("subject", "body"), spool.Spool(tmp_path / "joined"))
    assert here.cells[name].to_list() == [
        "subject: one\nbody: two",
        "subject: x\nbody: ",
        "subject: \nbody: three",
        None,
    ]
    assert there.cells[name].equals(here.cells[name])
    assert len(list((tmp_path / "joined").glob("*.arrow"))) > 1


def test_the_name_of_the_joined_column_is_never_one_of_the_files() -> None:
    cells: dict[str, list[str | None]] = {"a": ["1"], "b": ["2"], "a + b": ["3"]}
    joined, name = join_inputs(raw(cells), ("a", "b"))
    assert joined.cells[name].to_list() == ["a: 1\nb: 2"]
    assert joined.cells["a + b"].to_list() == ["3"]


def test_a_column_of_the_input_is_not_guessed_to_be_the_label(tmp_path: Path) -> None:
    rows = [(subject, body, label) for _, subject, body, label in MAILS]
    write(tmp_path / "mails.csv", ("topic", "body", "team"), rows)
    reading = read(asked(input=["topic", "body"], id=None), tmp_path, Silent())
    assert set(reading.frames["source"]["expected"]) == {"late", "refund"}


def test_copies_are_rows_in_which_all_columns_are_equal(tmp_path: Path) -> None:
    same = ("Same subject", "same body", "late")
    rows = [*MAILS, (700, *same), (701, *same), (702, "Same subject", "other body here", "late")]
    project = Project.init(
        tmp_path / "task",
        data=mails(tmp_path, rows),
        goal=GOAL,
        columns={"input": ["subject", "body"], "id": "id"},
    )
    project.split()
    copies = [one for one in project.audit() if one.code.startswith("copies")]
    named = {row.id for one in copies for row in one.rows}
    assert "702" not in named


# ── what is refused ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"input": ["subject", "subject"]}, "named twice"),
        ({"input": []}, "at least one"),
        ({"input": ["subject", ""]}, "none is empty"),
        ({"input": ["subject", "label"], "label": "label"}, "among the columns of the input"),
    ],
)
def test_a_list_of_columns_that_makes_no_sense_is_refused(data: Any, told: str) -> None:
    with pytest.raises(TaskError, match=told):
        asked(**data)


def test_a_list_of_one_column_is_that_column() -> None:
    assert asked(input=["subject"]).data == asked(input="subject").data


def test_an_absent_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    mails(tmp_path)
    with pytest.raises(DataError, match=r"no column `boddy`.*Did you mean `body`"):
        read(asked(input=["subject", "boddy"]), tmp_path, Silent())
    write(tmp_path / "new.csv", ("id", "subject"), [(1, "Parcel late")])
    with pytest.raises(DataError, match="no column `body`"):
        read_inputs(tmp_path / "new.csv", asked(), Silent())


# ── other files ──────────────────────────────────────────────────────────────────────────────
def test_a_file_to_predict_is_joined_in_the_order_of_the_task(tmp_path: Path) -> None:
    new = write(
        tmp_path / "new.csv", ("body", "id", "subject"), [("Where?", 1, "Parcel"), ("", 2, "")]
    )
    reading = read_inputs(new, asked(), Silent())
    assert reading.inputs.values.to_list() == ["subject: Parcel\nbody: Where?"]
    assert [bad.reason for bad in reading.bad] == ["empty input"]


def test_the_users_own_test_file_is_joined_too(tmp_path: Path) -> None:
    mails(tmp_path, MAILS[:50])
    write(tmp_path / "own.csv", ("label", "body", "subject", "id"),
          [(label, body, subject, at) for at, subject, body, label in MAILS[50:]])  # fmt: skip
    reading = read(asked(test="own.csv"), tmp_path, Silent())
    assert reading.frames["test"]["input"][1] == f"subject: {MAILS[51][1]}\nbody: {MAILS[51][2]}"


# ── columns that nobody reads ────────────────────────────────────────────────────────────────
def test_a_column_of_text_that_is_not_read_is_named_with_the_options(tmp_path: Path) -> None:
    mails(tmp_path)
    told = read(asked(input="subject"), tmp_path, Silent()).assumptions
    assert (
        "column `body` of mails.csv holds text and is not read; to read several columns, name "
        "each: `--input subject --input body`"
    ) in told


@pytest.mark.parametrize(
    ("cells", "is_text"),
    [
        (["Where is my parcel?", "It came too late again", "I want my money back"], True),
        (
            [
                "我的包裹在哪里我想要退款谢谢",
                "请把钱退还给我非常感谢你们",
                "包裹已经迟到三天了怎么回事",
            ],
            True,
        ),
        (["ann@example.org", "bob@example.org", "eve@example.org"], False),
        (["https://example.org/a/b/c", "https://example.org/d/e/f", "https://x.org/g"], False),
        (["2024-01-01", "2024-01-02", "2024-01-03"], False),
        (["1", "2", "3"], False),
        (["north region sales team"] * 9, False),
        (["Ann Miller", "Bob Jones", "Eve Smith"], False),
        (["Ludwig van Beethoven", "Clara Schumann", "Fanny Hensel", "Felix Mendelssohn"], False),
        (["Rechnung falsch", "Paket beschädigt", "Frage zur Lieferung", "Umtausch"], True),
        (["Re: card lost", "Refund please", "Late parcel", "Where is it"], True),
        (["Colis abîmé", "Remboursement", "Facture erronée", "Ma commande"], True),
        ([f"Frage zu Bestellung {n % 40}" for n in range(120)], True),
        (["Kleine Frage", "Rechnung falsch", "neue Karte"] * 40, False),
        (["Espresso Machine 300", "Coffee Grinder", "Milk Frother XL"], False),
        (["Bad Homburg", "New York", "Los Angeles"], False),
        (["very satisfied", "not satisfied", "not sure"] * 30, False),
        ([None, "", "nan"], False),
        ([], False),
    ],
)
def test_text_is_told_from_other_columns(cells: list[str | None], is_text: bool) -> None:
    frame = pl.DataFrame({"other": pl.Series(cells, dtype=pl.String)})
    assert unread_texts(frame, []) == (["other"] if is_text else [])
    assert unread_texts(frame, ["other"]) == []


# ── places ───────────────────────────────────────────────────────────────────────────────────
CELL = st.text(st.sampled_from("ab:\n é🙂"), max_size=8) | st.sampled_from(
    ["\nbody: ", "subject: ", "body: x", "\n"]
)


@given(cells=st.lists(CELL, min_size=3, max_size=3), data=st.data())
def test_a_place_in_the_text_is_the_same_text_in_a_cell(
    cells: list[str], data: st.DataObject
) -> None:
    columns = ("subject", "body", "é")
    given_cells = {name: [cell, "text"] for name, cell in zip(columns, cells, strict=True)}
    joined, name = join_inputs(
        raw({key: list(value) for key, value in given_cells.items()}), columns
    )
    text = joined.cells[name][0]
    if text is None:
        assert not any(cell.strip() for cell in cells)
        return
    at = data.draw(st.integers(0, 2))
    start = data.draw(st.integers(0, len(cells[at])))
    end = data.draw(st.integers(start, len(cells[at])))
    before = "\n".join(f"{c}: {cell}" for c, cell in zip(columns[:at], cells[:at], strict=True))
    offset = len(before) + (at > 0) + len(f"{columns[at]}: ")
    assert text[offset + start : offset + end] == cells[at][start:end]
    place = place_in_cell(text, columns, offset + start, offset + end)
    markers = [f"\n{column}: " for column in columns[1:]]
    if any(text.count(marker) != 1 for marker in markers):
        return
    assert place == (columns[at], start, end)


def test_what_is_not_inside_one_cell_has_no_place_in_one() -> None:
    text = "subject: a\nbody: b"
    assert place_in_cell(text, ("subject", "body"), 9, 10) == ("subject", 0, 1)
    assert place_in_cell(text, ("subject", "body"), 0, 10) is None
    assert place_in_cell(text, ("subject", "body"), 9, 18) is None
    assert place_in_cell("subject: a\nbody: b\nbody: c", ("subject", "body"), 9, 10) is None


# ── the whole way ────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A release of the rung `linear` over a subject and a body."""
    folder = tmp_path_factory.mktemp("mails")
    model = write_encoder(folder / "encoder")
    options = f"--data {mails(folder, MANY)} --model {model} --id id --input subject --input body"
    given = ["init", str(folder / "task"), "--goal", GOAL, *options.split()]
    ran = CliRunner().invoke(application, given)
    assert ran.exit_code == 0, ran.output
    assert "input:\n  - subject\n  - body" in (folder / "task" / "rungwise.yaml").read_text()
    project = Project(folder / "task")
    project.split()
    project.audit()
    project.climb(rungs=("majority",))
    project.audit()
    assert project.climb(rungs=("linear",)).reached
    project.test()
    project.ship(confirm_monitoring="Ada")
    return project


def test_spans_count_code_points_of_the_users_own_cell(shipped: Project) -> None:
    ran = CliRunner().invoke(application, ["audit", "--json", "-C", str(shipped.folder)])
    found = {one["code"]: one for one in json.loads(ran.stdout)["findings"]}
    bodies = {str(at): body for at, _, body, _ in MANY}
    rows = found["personal.email"]["rows"]
    assert len(rows) == len(MANY) // 2
    for row in rows:
        (span,) = row["spans"]
        assert span["column"] == "body"
        address = bodies[row["id"]][span["start"] : span["end"]]
        assert address == f"ann{row['id']}@example.org"


def test_a_release_of_the_linear_rung_answers_a_new_file(shipped: Project, tmp_path: Path) -> None:
    """Trained, tested and shipped without torch's models; the card says what the files are."""
    new = write(
        tmp_path / "new.csv",
        ("body", "subject"),
        [("Please return my money", "Refund"), ("Where is it?", "Parcel is late"), (None, None)],
    )
    shipped.predict(new, output=tmp_path / "answers.jsonl")
    told = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [one.get("label") for one in told] == ["refund", "late", None]
    release = shipped.folder / "releases" / "v1.0"
    manifest = json.loads((release / "manifest.json").read_text())
    assert manifest["rung"] == "linear"
    about = json.loads((release / "release.json").read_text())
    assert about["task"]["data"]["input"] == ["subject", "body"]
    card = (release / "README.md").read_text()
    assert "linear.safetensors" in card and "model.onnx" not in card
    assert not (release / "model.onnx").exists()


def test_the_report_and_the_checklist_tell_of_the_linear_rung(
    shipped: Project, tmp_path: Path
) -> None:
    page = shipped.report(tmp_path / "report.html").read_text()
    words = page.partition('id="top-words"')[2].partition("</details>")[0]
    assert all(f"<bdi>{word}</bdi>" in words for word in ("please", "money", "refund"))
    assert "example" not in words, "part of an address that the audit found"
    assert "New classifier, no base model changed: linear" in shipped.checklist()


def test_a_second_column_can_be_added_in_the_file_and_the_rows_are_divided_anew(
    tmp_path: Path,
) -> None:
    mails(tmp_path)
    project = Project.init(
        tmp_path / "task", data=tmp_path / "mails.csv", goal=GOAL, columns={"input": "subject"}
    )
    one = project.split().id
    again = Project(tmp_path / "task", settings=("data.input=[subject, body]",))
    assert again.split().id != one
