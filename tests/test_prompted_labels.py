"""A classifier whose labels are asked of a language model before it trains (R29, R30)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from tests.scripted_server import Asked, Says, completion, scripted
from tests.small_encoder import CLASSES, write_encoder
from tests.small_language import write_language_model
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.conversation import Message
from rungwise.progress import Lines, Silent
from rungwise.table import Inputs
from rungwise.training.prompting.choosing import Chosen
from rungwise.training.prompting.prompted import Asked as Around


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("labels")
    write_encoder(place / "encoder")
    write_language_model(place / "language")
    return place


def project(folder: Path, place: Path, *settings: str) -> Project:
    made = Project.init(
        place,
        data=write(place.parent / f"{place.name}.csv", rows()[:120]),
        goal=GOAL,
        models=[str(folder / "encoder")],
        settings=("generation.shots=3", "training.epochs=1", *settings),
    )
    made.split()
    made.audit()
    return made


def test_prompts_are_a_rung_of_a_classifier_that_names_who_is_asked(
    folder: Path, tmp_path: Path
) -> None:
    made = project(folder, tmp_path / "task", f"language_model={folder / 'language'}")
    made.climb(rungs=["prompt", "few_shot"])
    found = made.attempts()
    assert [one.rung for one in found] == ["prompt"] * 2 + ["few_shot"] * 3
    assert {one.model.partition("@")[0] for one in found} == {str(folder / "language")}
    assert all(one.details["prompt_tokens"] > 0 for one in found)
    # Few rows: their examples are drawn from the other folds.
    splits = made.status()["splits"]
    assert {one.goal.on for one in found} == {"folds"}
    assert {one.goal.rows for one in found} == {splits["train"] + splits["validation"]}


def test_without_one_both_rungs_are_not_applicable(folder: Path, tmp_path: Path) -> None:
    made = project(folder, tmp_path / "task")
    made.climb(rungs=["prompt"])
    (skipped,) = made.status()["skipped"]
    assert skipped["rung"] == "prompt"
    assert "`language_model` names no language model" in skipped["reason"]


class Leaning:
    """Says yes of whatever it is asked, and a little more so where that is right."""

    name, digest, context = "leaning", "0", 100
    said: ClassVar = {
        "N/A": (3.0, 0.0),
        "[MASK]": (3.0, 0.0),
        "": (3.0, 0.0),
        "a": (2.5, 0.0),
        "b": (3.5, 0),
    }

    def score(self, prompts: Any, options: Any, progress: Any) -> Any:
        return np.array([self.said[prompt[-1].content] for prompt in prompts], float)

    def generate(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("it scores")


def test_what_a_label_gets_whatever_is_asked_is_held_against_it() -> None:
    """A question on which yes gets less than of a question without content is answered by no."""
    none = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    fitted = Chosen(Leaning(), Around("?", None, 0, 4, 0), none, ("yes", "no"))
    told = fitted.predict(Inputs(pl.Series(["1", "2"]), pl.Series(["a", "b"])), Silent())
    assert told.outputs.to_list() == ["no", "yes"]
    assert told.scores is not None
    odds = np.exp(2.5) / np.exp(3.0)  # 2.5 against 0, over 3 against 0
    assert told.scores[0, 0] == pytest.approx(odds / (1 + odds), abs=1e-6)
    assert fitted.prompts(pl.Series(["a"])) == [(Message("system", "?"), Message("user", "a"))]


def test_where_options_cannot_be_scored_the_label_is_read(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that only writes: what it says is a label, names one, or is wrong."""
    says = {"refund": "Refund.", "delivery": "It is about delivery", "access": "I do not know"}
    known = dict(rows())

    def script(asked: Asked) -> Says:
        if "messages" not in asked.body:
            return Says({"error": "no such route"}, status=404)
        return Says(completion(says[known[asked.last]]))

    with scripted(script) as server:
        made = project(folder, tmp_path / "task", f"language_model={server.name}")
        made = Project(made.folder, progress=Lines())
        made.climb(rungs=["prompt"])
        found = made.attempts()
    assert "the label that it writes is read instead" in capsys.readouterr().err
    wrong = [one.details["no_label"] for one in found]
    assert 0 < wrong[0] == wrong[1] < 18, "the rows about access, whose answer names no label"
    assert all(one.goal.value == pytest.approx(1 - wrong[0] / 18) for one in found)
    kept = made.folder / ".rungwise" / "cache" / "answers.jsonl"
    assert len(kept.read_text().splitlines()) == 2 * 18
    assert tuple(sorted(says)) == CLASSES
