"""Rows in doubt go out as a file, and people's decisions come back onto the record (R14, C5)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.errors import DataError
from rungwise.records import Decision

TEAMS = ("access", "delivery", "refund")
WRONG = range(0, 540, 45)


def planted() -> list[tuple[str, str]]:
    """Twelve rows have another team's label."""
    return [
        (text, TEAMS[(TEAMS.index(label) + 1) % 3] if place in WRONG else label)
        for place, (text, label) in enumerate(rows())
    ]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, encoder: str) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("review")
    data = write(folder / "requests.csv", planted())
    project = Project.init(folder / "task", data=data, goal=GOAL, models=[encoder])
    project.split()
    project.audit()
    project.climb(rungs=["majority"])
    project.audit()
    yield project


@pytest.fixture(scope="module")
def sheet(audited: Project) -> pl.DataFrame:
    """The review file as a person opens it."""
    path = audited.folder / "asked.csv"
    told = audited.review(path)
    frame = pl.read_csv(path, infer_schema=False)
    assert (told.written, told.decided, told.undecided) == (len(frame), 0, len(frame))
    return frame.with_columns(pl.all().fill_null(""))


def test_planted_errors_are_found_with_the_right_label_beside_them(
    audited: Project, sheet: pl.DataFrame
) -> None:
    held = {name: audited._workspace.part(name)["line"] for name in ("train", "validation")}
    truth = {str(n + 2): rows()[n][1] for n in WRONG}
    expected = {str(line) for part in held.values() for line in part} & set(truth)
    found = {row["id"]: row["suggested"] for row in sheet.iter_rows(named=True)}
    assert expected <= set(found)
    assert len(found) <= len(expected) + 5
    assert all(found[row] == truth[row] for row in expected)
    assert set(sheet["split"]) <= {"train", "validation"}
    assert set(sheet["decision"]) == {""}
    assert sheet["reason"].str.starts_with("mislabelled ").all()


def filled(sheet: pl.DataFrame, **cells: str) -> pl.DataFrame:
    """The first row decided on."""
    row = {"decision": "relabel", "by": "Ada"} | cells
    first = pl.int_range(pl.len()) == 0
    return sheet.with_columns(
        pl.when(first).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in row.items()
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_decisions_come_back_once(audited: Project, sheet: pl.DataFrame, kind: str) -> None:
    path = audited.folder / f"decided.{kind}"
    told = filled(sheet, reason=f"seen in {kind}")
    told.write_csv(path) if kind == "csv" else told.write_ndjson(path)
    first, second = audited.review(path), audited.review(path)
    assert (first.decided, second.decided) == (1, 0)
    assert first.undecided == len(sheet) - 1
    row, label = sheet["id"][0], sheet["suggested"][0]
    decision = audited._workspace.state.reviews[row]
    assert decision == Decision("relabel", label, "Ada", f"seen in {kind}")
    assert json.dumps(audited.log("review")[-1].payload["decisions"][row])


def test_what_was_decided_is_not_asked_again(audited: Project, sheet: pl.DataFrame) -> None:
    path = audited.folder / "first.csv"
    filled(sheet, decision="keep").write_csv(path)
    audited.review(path)
    again = audited.folder / "again.csv"
    assert audited.review(again).written == len(sheet) - 1
    assert sheet["id"][0] not in set(pl.read_csv(again, infer_schema=False)["id"])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"decision": "maybe"}, "line 2: column `decision` is 'maybe'. Expected keep, relabel"),
        ({"by": " "}, "line 2: column `by` is empty. Expected the name"),
        ({"label": "refunds"}, "column `label` is 'refunds', which is no class. Did you mean 'ref"),
        ({"id": "nobody"}, "column `id` is 'nobody', which is no row of train or validation"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(
    audited: Project, sheet: pl.DataFrame, cells: dict[str, str], message: str
) -> None:
    path = audited.folder / "wrong.csv"
    filled(sheet, **cells).write_csv(path)
    before = len(audited.log("review"))
    with pytest.raises(DataError) as told:
        audited.review(path)
    assert message in str(told.value)
    assert len(audited.log("review")) == before


def test_the_sealed_part_cannot_be_decided_on(audited: Project, sheet: pl.DataFrame) -> None:
    path = audited.folder / "sealed.csv"
    filled(sheet, id=audited._workspace.part("test")["id"][0]).write_csv(path)
    with pytest.raises(DataError, match="no row of train or validation"):
        audited.review(path)


def test_a_row_is_not_relabelled_as_what_it_is(audited: Project, sheet: pl.DataFrame) -> None:
    path = audited.folder / "same.csv"
    filled(sheet, label=sheet["given"][0]).write_csv(path)
    with pytest.raises(DataError, match="which the row has already"):
        audited.review(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,verdict,by\n2,keep,Ada\n", "no column `decision`; it has `id`, `verdict`"),
        ("a.csv", "id,decisions,by\n2,keep,Ada\n", "Rename `decisions` to `decision`"),
        ("a.txt", "id\n", "ends in .csv or .jsonl"),
        ("b.csv", "", "b.csv is empty"),
        ("c.csv", "id,decision,by\n2,keep,Ada,more\n", "c.csv line 2 cannot be read"),
        ("d.csv", "id,decision,by\n2,keep,Ada\n2,drop,Bob\n", "'2' a second time"),
        ("e.jsonl", '{"id": "2", "decision": "keep"}\n', "no column `by`"),
    ],
)
def test_a_wrong_file_is_one_line(audited: Project, name: str, content: str, message: str) -> None:
    if name == "d.csv":
        row = audited._workspace.part("train")["id"][0]
        content = content.replace("2,", f"{row},")
        message = message.replace("'2'", f"'{row}'")
    path = audited.folder / name
    path.write_text(content)
    with pytest.raises(DataError) as told:
        audited.review(path)
    assert message in str(told.value) and "\n" not in str(told.value)
    path.unlink()


def test_answers_are_computed_once_and_again_where_the_cache_is_gone(audited: Project) -> None:
    from rungwise.workflow.derived_inputs import DerivedInputs

    folder = audited.folder / ".rungwise" / "cache" / "out_of_fold"
    notes = list(folder.glob("*.json"))
    assert len(notes) == 1
    first = DerivedInputs(audited._workspace).out_of_fold()
    os.utime(notes[0], (0, 0))
    again = DerivedInputs(audited._workspace).out_of_fold()
    assert notes[0].stat().st_mtime == 0  # nothing was written: what was kept was read
    notes[0].write_text("torn")
    once_more = DerivedInputs(audited._workspace).out_of_fold()
    assert not isinstance(first, str) and not isinstance(again, str)
    assert not isinstance(once_more, str)
    assert first.ids.equals(again.ids) and first.outputs.equals(once_more.outputs)


def test_expected_texts_are_written_without_names(tmp_path: Path) -> None:
    people = ("Marie Dupont", "Peter Novak", "John Miller", "Emily Watson")
    asked = [f"Please move booking {n} of {people[n % 4]} to the next day" for n in range(120)]
    asked[7] = asked[63] = "zxcv qwer !!! lorem ipsum dolor sit amet 000 foo bar"
    answers = [f"Dear {people[n % 4]}, booking {n} was moved" for n in range(120)]
    data, old = tmp_path / "mails.csv", tmp_path / "old.csv"
    pl.DataFrame({"text": asked, "answer": answers}).write_csv(data)
    lines = [str(n + 2) for n in range(120)]
    pl.DataFrame({"id": lines, "label": ["Done."] * 120}).write_csv(old)
    goal = "Answer booking mails with at least 90 percent exact match"
    project = Project.init(tmp_path / "task", data=data, goal=goal, columns={"label": "answer"})
    project.split()
    project.import_predictions(old, "bot")
    path = tmp_path / "asked.csv"
    project.review(path)
    given = pl.read_csv(path, infer_schema=False)["given"]
    assert len(given) and given.str.starts_with("Dear <NAME>").all()
