"""What a release answers, and what it takes to answer: no training stack, checked files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.small_export import CLASSES, MAX_TOKENS, WEIGHTS, export, facts, model, probabilities

from rungwise.errors import DataError, ModelError
from rungwise.progress import Silent
from rungwise.release import predictor as module
from rungwise.release import served_classifier
from rungwise.release.build import build
from rungwise.release.mismatches import mismatches
from rungwise.release.predictor import Predictor
from rungwise.table import Inputs, Predictions

WORDS = [word for word in WEIGHTS if not word.startswith("[")]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("releases"), facts(), export, "# Parcels\n")


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    export(tmp_path)
    return tmp_path


def inputs(*texts: str | None) -> Inputs:
    ids = pl.Series("id", [str(number) for number in range(len(texts))], pl.String)
    return Inputs(ids, pl.Series("input", texts, pl.String))


def answer(predictor: Predictor, *texts: str) -> Predictions:
    return predictor.predict(inputs(*texts), Silent())


def test_answers_are_those_of_the_model(release: Path) -> None:
    predictor = Predictor(release)
    assert (predictor.version, predictor.classes) == ("v1.0", CLASSES)
    given = answer(predictor, "still waiting", "gone missing", "crack")
    assert given.outputs.to_list() == ["late", "lost", "broken"]
    assert given.ids.to_list() == ["0", "1", "2"]
    assert given.classes == CLASSES
    assert given.scores is not None
    assert given.scores.dtype == np.float32
    assert given.scores[0] == pytest.approx(probabilities("still waiting"), abs=1e-6)


@given(st.lists(st.lists(st.sampled_from([*WORDS, "other"]), max_size=2 * MAX_TOKENS), max_size=40))
@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_order_batches_and_padding_change_no_answer(
    release: Path, monkeypatch: pytest.MonkeyPatch, rows: list[list[str]]
) -> None:
    """Rows of any length, in chunks of 7 and batches of 20 tokens, against sums on paper."""
    monkeypatch.setattr(served_classifier, "CHUNK", 7)
    monkeypatch.setattr(module, "POSITIONS", 20)
    texts = [" ".join(words) for words in rows]
    given = answer(Predictor(release), *texts)
    expected = np.array([probabilities(text) for text in texts]).reshape(-1, len(CLASSES))
    assert given.scores == pytest.approx(expected, abs=1e-6)
    assert given.ids.to_list() == [str(number) for number in range(len(texts))]


def test_no_batch_is_larger_than_its_bound(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POSITIONS", 20)
    shapes: list[tuple[int, ...]] = []
    run = onnxruntime.InferenceSession.run

    def watched(session: Any, names: list[str], feeds: dict[str, Any]) -> Any:
        shapes.append(feeds["input_ids"].shape)
        return run(session, names, feeds)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", watched)
    answer(Predictor(release), *(" ".join(["in"] * (1 + number % 9)) for number in range(100)))
    assert sum(rows for rows, _ in shapes) == 100
    assert all(rows * tokens <= 20 for rows, tokens in shapes)


def test_no_rows_and_an_empty_row(release: Path) -> None:
    predictor = Predictor(release)
    nothing = answer(predictor)
    assert len(nothing) == 0
    assert nothing.scores is not None
    assert nothing.scores.shape == (0, 3)
    assert answer(predictor, "").scores == pytest.approx(np.array([probabilities("")]))


def test_a_null_is_refused_by_its_id(release: Path) -> None:
    with pytest.raises(DataError, match="Row 1 has no input"):
        Predictor(release).predict(inputs("gone", None), Silent())


def test_a_changed_file_is_never_loaded(tmp_path: Path) -> None:
    folder = build(tmp_path, facts(), export, "")
    (folder / "labels.json").write_text(json.dumps(["lost", "late", "broken"]))
    with pytest.raises(ModelError, match=r"labels\.json of release v1\.0 has changed"):
        Predictor(folder)


def test_an_export_can_be_asked_before_it_is_a_release(exported: Path) -> None:
    assert answer(Predictor(exported, exported=True), "crack").outputs.to_list() == ["broken"]
    (exported / "head.pt").write_bytes(b"")
    with pytest.raises(ModelError, match=r"head\.pt"):
        Predictor(exported, exported=True)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("serving.json", '{"modality": "image"}', "does not hold what an export writes"),
        ("serving.json", "{", "is not readable JSON"),
        ("labels.json", '["a", "a", "b"]', "does not hold what an export writes"),
        ("labels.json", '["a", "b"]', "2 classes"),
        ("labels.json", None, "is missing"),
        ("tokenizer.json", "{}", "is not a tokenizer"),
        ("model.onnx", "\x80\x04pickle.", "cannot be loaded"),
    ],
)
def test_a_broken_export_says_what_is_wrong(
    exported: Path, name: str, content: str | None, says: str
) -> None:
    (exported / name).unlink()
    if content is not None:
        (exported / name).write_text(content, encoding="latin-1")
    with pytest.raises(ModelError, match=says) as caught:
        answer(Predictor(exported, exported=True), "gone")
    assert "\n" not in str(caught.value)


def test_a_release_of_another_modality_is_refused(tmp_path: Path) -> None:
    export(tmp_path, modality="image")
    with pytest.raises(ModelError, match=r"answers image, not text"):
        Predictor(tmp_path, exported=True)


def test_a_model_with_other_outputs_is_refused(exported: Path) -> None:
    onnx.save(model(output="logits"), exported / "model.onnx")
    with pytest.raises(ModelError, match="gives logits"):
        Predictor(exported, exported=True)


def test_predicting_loads_no_training_stack(release: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "import polars as pl\n"
        "from rungwise.progress import Silent\n"
        "from rungwise.release.opened import opened\n"
        "from rungwise.table import Inputs\n"
        "rows = Inputs(pl.Series(['1']), pl.Series(['gone missing']))\n"
        "predictor = opened(Path(sys.argv[1]))\n"
        "assert predictor.predict(rows, Silent()).outputs.to_list() == ['lost']\n"
        "heavy = {'torch', 'transformers', 'peft', 'sklearn', 'onnx', 'sqlalchemy', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(release)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.strip() == "[]"


def labelled(**labels: str) -> Predictions:
    return Predictions(pl.Series(list(labels)), pl.Series(list(labels.values())), None, CLASSES)


def test_mismatches_are_the_rows_whose_labels_differ() -> None:
    evaluated = labelled(c="late", a="lost", b="late")
    assert mismatches(evaluated, labelled(a="lost", b="late", c="late")) == []
    assert mismatches(evaluated, labelled(a="late", b="lost", c="broken")) == ["c", "a", "b"]


@pytest.mark.parametrize("other", [{"a": "late"}, {"a": "late", "c": "lost"}])
def test_answers_to_other_rows_cannot_be_compared(other: dict[str, str]) -> None:
    with pytest.raises(DataError, match="not about the same rows"):
        mismatches(labelled(a="late", b="lost"), labelled(**other))
