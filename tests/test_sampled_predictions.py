"""`predict` fills the sample of production with what it answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application

TEXTS = ("refund order 1841 please", "reset my password, ada@example.com", "where is the desk")


@pytest.fixture
def task(shipped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped, tmp_path / "task"))


def predict(task: Path, *arguments: str) -> str:
    result = CliRunner().invoke(application, ["predict", "-C", str(task), *arguments])
    assert result.exit_code == 0, result.output
    return result.stderr


def written(path: Path, ids: bool = False) -> str:
    lines = ["id,text" if ids else "text"]
    lines += [f'q{place},"{text}"' if ids else f'"{text}"' for place, text in enumerate(TEXTS)]
    path.write_text("\n".join([*lines, "q9," if ids else '""']) + "\n")
    return str(path)


def test_answers_are_kept_as_they_were_given(task: Path, tmp_path: Path) -> None:
    said = predict(task, written(tmp_path / "new.csv"), "-o", str(tmp_path / "answers.csv"))
    assert "3 rows are kept, redacted, in the sample of production" in said
    rows = Project(task).sample().rows
    assert rows["text"].to_list() == [TEXTS[0], "reset my password, <EMAIL>", TEXTS[2]]
    answers = (tmp_path / "answers.csv").read_text().splitlines()
    assert [line.split(",")[-4] for line in answers[1:4]] == rows["answer"].to_list()
    assert rows["probabilities"].list.len().to_list() == [3, 3, 3]
    assert rows["probabilities"].list.max().to_list() == rows["confidence"].to_list()
    assert rows["embedding"].null_count() == 0
    assert rows["source"].to_list() == ["predict"] * 3
    assert rows["size"][0] == len(TEXTS[0])  # `linear` counts code points


def test_two_files_without_ids_stay_apart_and_one_file_twice_counts_once(
    task: Path, tmp_path: Path
) -> None:
    file = written(tmp_path / "new.csv")
    predict(task, file)
    predict(task, file)
    sample = Project(task).sample()
    assert (len(sample.rows), sample.repeated) == (3, 3)
    (tmp_path / "new.csv").write_text("text\nI want my money back\n")
    predict(task, file)
    ids = Project(task).sample().rows["id"]
    assert ids.n_unique() == 4
    assert ids.str.starts_with("new.csv@").all()


def test_nothing_is_kept_if_nobody_wants_it_or_the_release_is_elsewhere(
    task: Path, tmp_path: Path
) -> None:
    file = written(tmp_path / "new.csv")
    assert "sample" not in predict(task, file, "--no-sample")
    away = shutil.copytree(task / "releases" / "v1.0", tmp_path / "v1.0")
    assert "sample" not in predict(task, file, "--release", str(away))
    assert Project(task).sample().rows.is_empty()


def test_a_sample_that_cannot_be_written_fails_no_answer(task: Path, tmp_path: Path) -> None:
    (task / ".rungwise" / "sample").write_text("a file")
    said = predict(task, written(tmp_path / "new.csv"), "-o", str(tmp_path / "answers.csv"))
    assert "The sample of production is not complete" in said
    assert len((tmp_path / "answers.csv").read_text().splitlines()) == 5
