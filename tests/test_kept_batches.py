"""A rung that is killed while it answers goes on behind its last batch, and ends the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.small_language import write_language_model

from rungwise.conversation import Message
from rungwise.models.language import decoding, label_trie
from rungwise.models.language.kept_batches import KeptBatches, forget
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent
from rungwise.training.language.everything import Everything
from rungwise.training.language.tuned import Tuned
from rungwise.training.prompting.prompted import Asked, Prompted

QUESTIONS = [(Message("user", "room " * (n % 7 + 1) + str(n)),) for n in range(20)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalLanguageModel:
    from pathlib import Path as Here

    from rungwise.models.language import Language

    folder = write_language_model(tmp_path_factory.mktemp("models") / "small")
    return Language().open(str(folder), Here())


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "POSITIONS", 120)
    monkeypatch.setattr(label_trie, "LOGITS", 1 << 14)


class Killed(Exception):
    """What ends a run between two batches."""


class KilledAfter(KeptBatches):
    """Ends the work after some batches, and counts what is found and what is kept."""

    def __init__(self, cache: Path, batches: int) -> None:
        super().__init__(cache, "a state")
        self.left, self.found, self.computed = batches, 0, 0

    def find(self, asked: Any) -> Any:
        batch = super().find(asked)
        self.found += batch is not None
        return batch

    def keep(self, asked: Any, batch: Any, seconds: float) -> None:
        super().keep(asked, batch, seconds)
        self.left, self.computed = self.left - 1, self.computed + 1
        if self.left < 0:
            raise Killed


def answers(model: LocalLanguageModel, kept: KeptBatches | None, longest: int = 6) -> Any:
    return model.generate(QUESTIONS, Silent(), max_tokens=longest, kept=kept)


def test_what_was_answered_is_not_asked_again_and_answers_are_the_same(
    model: LocalLanguageModel, tmp_path: Path
) -> None:
    whole = answers(model, None)
    for batches in (0, 1):
        with pytest.raises(Killed):
            answers(model, KilledAfter(tmp_path, batches))
    last = KilledAfter(tmp_path, 1_000)
    assert answers(model, last) == whole
    assert (last.found, last.computed > 0) == (3, True)
    assert last.seconds > 0
    again = KilledAfter(tmp_path, 1_000)
    assert answers(model, again) == whole
    assert again.computed == 0
    other = KilledAfter(tmp_path, 1_000)
    answers(model, other, longest=5)
    assert other.found == 0, "answers under another limit are other answers"
    forget(tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_half_a_line_of_a_killed_process_is_asked_again(
    model: LocalLanguageModel, tmp_path: Path
) -> None:
    whole = answers(model, KeptBatches(tmp_path, "a state"))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-30])
    torn = KilledAfter(tmp_path, 1_000)
    assert answers(model, torn) == whole
    assert torn.computed == 1


def test_scores_of_labels_are_kept_too(model: LocalLanguageModel, tmp_path: Path) -> None:
    options = ["yes", "no", "perhaps"]
    whole = model.score(QUESTIONS, options, Silent())
    with pytest.raises(Killed):
        model.score(QUESTIONS, options, Silent(), kept=KilledAfter(tmp_path, 1))
    last = KilledAfter(tmp_path, 1_000)
    np.testing.assert_array_equal(model.score(QUESTIONS, options, Silent(), kept=last), whole)
    assert last.found == 2 and last.computed > 0


def test_other_weights_are_another_state(model: LocalLanguageModel, tmp_path: Path) -> None:
    none = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    prompted = Prompted(model, Asked("Answer.", None, 0, 6, 0), none)
    name = "model.norm.weight"
    weight = dict(model.network.named_parameters())[name]
    paths = set()
    for factor in (1.0, 2.0, 2.0):
        tuned = Tuned(prompted, {name: weight * factor}, Everything(), tmp_path)
        assert tuned.kept is not None
        paths.add(tuned.kept._path)
    assert len(paths) == 2
    assert Tuned(prompted, {}, Everything()).kept is None, "what is restored is asked anew"
