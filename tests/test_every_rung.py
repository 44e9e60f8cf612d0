"""One suite over every rung there is, those of other packages included."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.documentation import DOCS, blocks, headings
from tests.small_documents import about_documents
from tests.small_encoder import CLASSES, accuracy, context, examples, write_encoder
from tests.small_language import write_language_model
from tests.small_pairs import supervised

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.objects import canonical
from rungwise.progress import Silent
from rungwise.protocols import CHOSEN, Fitted, Rung, RungContext
from rungwise.records import Evidence, Measurement, Numbers, from_json, to_json
from rungwise.release.opened import opened
from rungwise.table import Inputs, Predictions, Preferences
from rungwise.training.language import quantised

NAMES = plugins.names("rungs")
# A rung that serves both kinds of task is tried at each.
CASES = [f"{name} {kind}" for name in NAMES for kind in ("classify", "generate")
         if kind in plugins.load("rungs", name, kind).kinds
         and (name, kind) != ("current", "generate")
         and (name != "qlora" or find_spec(quantised.LIBRARY))]  # fmt: skip
TRAIN, VALIDATION = examples(0, 48), examples(48, 24)
NO_ROWS = examples(0, 0)
STEPS = {"climb", "tune", "full"}
CHOOSES = {"majority", "zero_shot", "nearest", "linear", "frozen", "unfreeze", "lora", "full"}


@dataclass(frozen=True)
class Tried:
    """A rung with what it made of its first configuration."""

    name: str
    rung: Rung
    context: RungContext
    configuration: Numbers
    fitted: Fitted
    predictions: Predictions


@pytest.fixture(scope="module")
def without_repacking() -> Iterator[None]:
    """Four bits as on a GPU: some processors repack them in a form that nothing learns from."""
    with pytest.MonkeyPatch.context() as changed:
        if find_spec(quantised.LIBRARY):
            changed.setattr("bitsandbytes.nn.modules.has_avx512bf16", lambda: False)
        yield


@pytest.fixture(scope="module")
def tried(
    tmp_path_factory: pytest.TempPathFactory, without_repacking: None
) -> Callable[[str], Tried]:
    """Each rung fitted once, on 48 rows and a tiny encoder with random weights."""
    folder = tmp_path_factory.mktemp("climb")
    write_encoder(folder / "encoder")
    write_language_model(folder / "language")

    @cache
    def fit(case: str) -> Tried:
        name, kind = case.split()
        about = surroundings(folder, kind)
        if name == "preference":
            about = chosen_or_not(about)
        rung: Rung = plugins.load("rungs", name, kind)
        configuration = rung.propose(about, [])
        assert configuration is not None
        fitted = rung.fit(configuration, 5, TRAIN, VALIDATION, about)
        predictions = fitted.predict(VALIDATION.inputs, Silent())
        return Tried(name, rung, about, configuration, fitted, predictions)

    return fit


def surroundings(folder: Path, kind: str) -> RungContext:
    """A context in which every rung can be tried: a model folder, and imported answers."""
    if kind == "generate":
        return about_documents(context(folder, "language", kind=kind, epochs=1), "encoder")
    everyone = pl.concat([part.inputs.ids for part in (TRAIN, VALIDATION)])
    answers = pl.DataFrame({"id": everyone, "output": [CLASSES[1]] * len(everyone)})
    about = context(folder, "encoder", imported={"rules-2024": answers})
    asked = about.task.model_copy(update={"language_model": "language"})
    return dataclasses.replace(about, task=asked)


def chosen_or_not(about: RungContext) -> RungContext:
    """A context in which supervised tuning was tried, and every row has a rejected answer."""
    ids = pl.concat([part.inputs.ids for part in (TRAIN, VALIDATION)])
    known = pl.DataFrame([ids.alias("id"), pl.Series("rejected", ["no"] * len(ids))])
    return dataclasses.replace(
        about, preferences=lambda: Preferences(known), attempts=(supervised(),)
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_says_where_it_stands(name: str) -> None:
    rung: Rung = plugins.load("rungs", name)
    assert isinstance(rung.height, int)
    assert isinstance(rung.trains, bool)
    assert rung.needs_model in {True, False, "language"}
    assert rung.step in STEPS
    assert rung.kinds
    assert set(rung.kinds) <= {"classify", "generate"}
    assert isinstance(rung.modalities, tuple)


def test_every_rung_has_a_place_of_its_own() -> None:
    heights = [plugins.load("rungs", name).height for name in NAMES]
    assert len(set(heights)) == len(heights)


@pytest.mark.parametrize("name", NAMES)
def test_what_trains_nothing_stands_below_what_trains(name: str) -> None:
    rung: Rung = plugins.load("rungs", name)
    others = [plugins.load("rungs", other) for other in NAMES]
    if rung.trains:
        assert all(other.height < rung.height for other in others if not other.trains)


@pytest.mark.parametrize("name", CASES)
def test_it_can_be_tried_here(name: str, tried: Callable[[str], Tried]) -> None:
    one = tried(name)
    excuse = one.rung.excuse(one.context)
    # A processor computes with four bits too, which is how it is tested; it gains nothing by it.
    assert excuse is None or (name == "qlora generate" and "CUDA GPU" in excuse)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("values", [(0.5,), (0.5, 0.6, 0.7, 0.8), (0.8, 0.7, 0.6, 0.5)])
def test_proposals_end_and_follow_from_the_record_alone(
    name: str, values: tuple[float, ...], tried: Callable[[str], Tried]
) -> None:
    one = tried(name)
    done: list[Evidence] = []
    while True:
        proposed = one.rung.propose(one.context, done)
        again = plugins.load("rungs", one.name, one.context.task.task.kind)
        assert proposed == again.propose(one.context, list(done))
        if proposed is None:
            break
        assert proposed not in [dict(each.configuration) for each in done]
        canonical(dict(proposed))  # JSON without NaN: it is hashed and kept
        done.append(evidence(one, proposed, values[len(done) % len(values)]))
        assert len(done) <= 12
    assert done


@pytest.mark.parametrize("name", CASES)
def test_every_input_is_answered_in_order(name: str, tried: Callable[[str], Tried]) -> None:
    predictions = tried(name).predictions
    assert predictions.ids.to_list() == VALIDATION.inputs.ids.to_list()
    assert predictions.classes == tried(name).context.classes
    assert len(predictions.outputs) == len(VALIDATION)
    if predictions.scores is None:
        return
    assert predictions.scores.dtype == np.float32
    assert predictions.scores.shape == (len(VALIDATION), len(CLASSES))
    assert predictions.scores.min() >= 0
    np.testing.assert_allclose(predictions.scores.sum(1), 1, atol=1e-5)
    best = [CLASSES[place] for place in predictions.scores.argmax(1)]
    assert predictions.outputs.to_list() == best


@pytest.mark.parametrize("name", CASES)
def test_an_answer_does_not_depend_on_its_neighbours(
    name: str, tried: Callable[[str], Tried]
) -> None:
    one = tried(name)
    backwards = np.arange(len(VALIDATION))[::-1].copy()
    turned = Inputs(
        VALIDATION.inputs.ids.gather(backwards), VALIDATION.inputs.values.gather(backwards)
    )
    again = one.fitted.predict(turned, Silent())
    assert again.outputs.to_list() == one.predictions.outputs.to_list()[::-1]
    alone = one.fitted.predict(
        Inputs(VALIDATION.inputs.ids[:1], VALIDATION.inputs.values[:1]), Silent()
    )
    assert alone.outputs[0] == one.predictions.outputs[0]
    if alone.scores is not None and one.predictions.scores is not None:
        np.testing.assert_allclose(alone.scores, one.predictions.scores[:1], atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_no_input_gives_no_answer(name: str, tried: Callable[[str], Tried]) -> None:
    empty = pl.Series([], dtype=pl.String)
    predictions = tried(name).fitted.predict(Inputs(empty, empty), Silent())
    assert len(predictions) == 0
    assert len(predictions.outputs) == 0


@pytest.mark.parametrize("name", CASES)
def test_what_is_restored_answers_the_same(
    name: str, tried: Callable[[str], Tried], tmp_path: Path
) -> None:
    one = tried(name)
    one.fitted.save(tmp_path)
    restored = one.rung.restore(one.configuration, tmp_path, one.context)
    again = restored.predict(VALIDATION.inputs, Silent())
    assert again.outputs.to_list() == one.predictions.outputs.to_list()
    assert restored.curve == one.fitted.curve
    assert restored.train_metric == one.fitted.train_metric
    if one.predictions.scores is not None:
        assert again.scores is not None
        np.testing.assert_allclose(again.scores, one.predictions.scores, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_written_that_runs_when_it_is_read(
    name: str, tried: Callable[[str], Tried], tmp_path: Path
) -> None:
    tried(name).fitted.save(tmp_path)
    written = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {".json", ".safetensors"}


@pytest.mark.parametrize("name", CASES)
def test_the_export_gives_the_same_labels(
    name: str, tried: Callable[[str], Tried], tmp_path: Path
) -> None:
    one = tried(name)
    try:
        one.fitted.export(tmp_path)
    except ModelError as refusal:
        assert refusal.next_step
        assert one.predictions.scores is None, "only what gives no probabilities cannot"
        assert one.predictions.written is None, "nor is it text"
        return
    answered = opened(tmp_path, exported=True).predict(VALIDATION.inputs, Silent())
    assert answered.classes == one.context.classes
    assert answered.outputs.to_list() == one.predictions.outputs.to_list()
    if one.predictions.written is not None:
        assert answered.written is not None
        assert answered.written.equals(one.predictions.written)
        return
    assert answered.scores is not None
    assert one.predictions.scores is not None
    np.testing.assert_allclose(answered.scores, one.predictions.scores, atol=1e-5)
    if one.rung.needs_model != "language":
        about = json.loads((tmp_path / "backbone.json").read_text())
        assert about["name"] == ("encoder" if one.rung.needs_model else None)


@pytest.mark.parametrize("name", CASES)
def test_the_seed_decides(name: str, tried: Callable[[str], Tried], tmp_path: Path) -> None:
    one = tried(name)
    # With a cache of its own, so that nothing is found again that was computed before.
    fresh = dataclasses.replace(one.context, cache=tmp_path)
    again = one.rung.fit(one.configuration, 5, TRAIN, VALIDATION, fresh)
    assert [_timeless(point) for point in again.curve] == [
        _timeless(point) for point in one.fitted.curve
    ]
    assert again.train_metric == one.fitted.train_metric
    predictions = again.predict(VALIDATION.inputs, Silent())
    if predictions.scores is not None:
        assert one.predictions.scores is not None
        assert np.array_equal(predictions.scores, one.predictions.scores)
    if one.fitted.curve:
        other = one.rung.fit(one.configuration, 6, TRAIN, VALIDATION, one.context)
        assert other.curve[0].train_loss != one.fitted.curve[0].train_loss


@pytest.mark.parametrize("name", CASES)
def test_with_its_own_choices_it_needs_no_validation_rows(
    name: str, tried: Callable[[str], Tried], tmp_path: Path
) -> None:
    one = tried(name)
    chosen = one.fitted.details.get(CHOSEN)
    if chosen is None:
        assert name not in {f"{one} classify" for one in CHOOSES}, "a rung of labels tells it"
        return
    canonical(to_json(chosen))
    everything = {**one.configuration, **chosen}
    again = one.rung.fit(everything, 5, TRAIN, NO_ROWS, one.context)
    predictions = again.predict(VALIDATION.inputs, Silent())
    assert predictions.ids.to_list() == VALIDATION.inputs.ids.to_list()
    assert again.details[CHOSEN] == chosen
    # The same rows, the same choices and the same seed: the same model, up to rounding.
    assert predictions.outputs.to_list() == one.predictions.outputs.to_list()
    if predictions.scores is not None:
        assert one.predictions.scores is not None
        np.testing.assert_allclose(predictions.scores, one.predictions.scores, atol=0.02)
    again.save(tmp_path)
    restored = one.rung.restore(everything, tmp_path, one.context)
    assert restored.predict(VALIDATION.inputs, Silent()).outputs.equals(predictions.outputs)


BASELINES = [case for case in CASES if not plugins.load("rungs", case.split()[0]).trains]


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_looks_at_no_label_of_validation(
    name: str, tried: Callable[[str], Tried]
) -> None:
    one = tried(name)
    turned = dataclasses.replace(VALIDATION, expected=VALIDATION.expected.reverse())
    fitted = one.rung.fit(one.configuration, 5, TRAIN, turned, one.context)
    predictions = fitted.predict(VALIDATION.inputs, Silent())
    assert predictions.outputs.to_list() == one.predictions.outputs.to_list()
    assert fitted.train_metric == one.fitted.train_metric


@pytest.mark.parametrize("name", CASES)
def test_its_curve_and_details_can_be_kept(name: str, tried: Callable[[str], Tried]) -> None:
    fitted = tried(name).fitted
    canonical(to_json(fitted.details))
    canonical(to_json(fitted.curve))
    for place, point in enumerate(fitted.curve):
        assert point.number == place + 1
        assert point.train_loss > 0
        assert point.validation_loss > 0
        assert point.gradient_norm is not None
        assert point.gradient_norm > 0
        assert point.learning_rate is not None
        assert 0 < point.learning_rate <= tried(name).configuration["learning_rate"]
        assert point.validation_metric is not None
    if fitted.curve:
        assert max(point.validation_metric or 0 for point in fitted.curve) == pytest.approx(
            accuracy(VALIDATION.expected, tried(name).predictions)
        ), "the best epoch is the one that is kept"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_explained_with_an_example_that_runs(name: str) -> None:
    page = DOCS / "rungs.md"
    assert name in headings(page)
    section = page.read_text(encoding="utf-8").partition(f"\n## `{name}`\n")[2]
    section = section.partition("\n## ")[0]
    assert any(block.code.strip() in section for block in blocks(page, "python"))


def evidence(one: Tried, configuration: Numbers, value: float) -> Evidence:
    """A record of an attempt as the workflow would write it, with a given goal value."""
    goal = Measurement("accuracy", value, None, None, len(VALIDATION), "validation")
    lagging = Measurement("recall[refund]", 0.1, 0.0, 0.2, 8, "validation")
    others = [
        Measurement(f"recall[{each}]", 0.9, 0.8, 1.0, 8, "validation") for each in CLASSES[:2]
    ]
    record = Evidence(
        id=canonical(dict(configuration)),
        rung=one.name,
        height=one.rung.height,
        trains=one.rung.trains,
        configuration=configuration,
        seed=5,
        data="",
        model="",
        goal=goal,
        metrics=(),
        per_class=(lagging, *others),
        curve=one.fitted.curve,
        train_metric=one.fitted.train_metric,
        predictions="",
        artefact="",
        seconds=0.0,
        peak_mb=0.0,
        versions={},
        details=one.fitted.details,
    )
    return from_json(Evidence, json.loads(canonical(to_json(record))))


def _timeless(point: Any) -> Any:
    return dataclasses.replace(point, seconds=0.0)
