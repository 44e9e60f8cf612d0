"""Training in epochs, its end, and what is kept of it."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import peft
import polars as pl
import pytest
import torch
from tests.small_encoder import accuracy, context, examples, write_encoder

from rungwise.errors import ModelError
from rungwise.models.language.kept_batches import forget
from rungwise.progress import Silent, Tally
from rungwise.protocols import RungContext
from rungwise.table import Predictions
from rungwise.training import answers, classification, classifier, frozen, loop, trunk, tuning
from rungwise.training.classifier import Classifier
from rungwise.training.heads import Linear
from rungwise.training.part import Part
from rungwise.training.tuning import Wish

TRAIN, VALIDATION = examples(0, 40), examples(40, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("tuning") / "encoder").parent


def tuned(about: RungContext, seed: int = 3, **wish: Any) -> Classifier:
    asked = Wish(
        **{"layers": 1, "adapters": False, "learning_rate": 1e-3, "class_weights": None, **wish}
    )
    return tuning.tune(trunk.of(about, "encoder"), asked, seed, TRAIN, VALIDATION, about)


def scripted(values: list[float]) -> Callable[[pl.Series, Predictions], float]:
    """A score that answers on validation what the script says, call after call."""
    waiting = iter(values)

    def score(expected: pl.Series, predictions: Predictions) -> float:
        on_validation = predictions.ids.to_list() == VALIDATION.inputs.ids.to_list()
        return next(waiting, 0.0) if on_validation else accuracy(expected, predictions)

    return score


def after_the_head(folder: Path, values: list[float], **training: Any) -> Classifier:
    """Tune where validation gives `values`, epoch after epoch, once the head is fitted."""
    about = context(folder, "encoder", **training)
    worse = [1.0 - place / 10 for place in range(frozen.PATIENCE + 1)]  # ends the head's path
    return tuned(dataclasses.replace(about, score=scripted([*worse, *values])))


def test_it_stops_when_nothing_improves_and_keeps_the_best_epoch(folder: Path) -> None:
    fitted = after_the_head(folder, [0.5, 0.7, 0.6, 0.65, 0.9], epochs=9, patience=2)
    assert [point.validation_metric for point in fitted.curve] == [0.5, 0.7, 0.6, 0.65]
    assert fitted.details["best_epoch"] == 2
    assert _loss(fitted) == pytest.approx(fitted.curve[1].validation_loss, abs=1e-6)


def test_among_equals_the_lower_loss_is_kept(folder: Path) -> None:
    fitted = after_the_head(folder, [0.7, 0.7, 0.7], epochs=3, patience=3)
    losses = [point.validation_loss for point in fitted.curve]
    assert fitted.details["best_epoch"] == losses.index(min(losses)) + 1


def test_it_ends_after_the_epochs_of_the_task(folder: Path) -> None:
    fitted = after_the_head(folder, [0.1, 0.2, 0.3, 0.4, 0.5], epochs=3, patience=2)
    assert [point.number for point in fitted.curve] == [1, 2, 3]


def _loss(fitted: Classifier) -> float:
    scores = fitted.predict(VALIDATION.inputs, Silent()).scores
    assert scores is not None
    labels = answers.indices(VALIDATION.expected, fitted.classes).numpy()
    return float(-np.log(scores[np.arange(len(labels)), labels]).mean())


def test_it_starts_from_the_frozen_head(folder: Path) -> None:
    """With a rate of nothing, what is tuned is what was frozen (Kumar et al. 2022)."""
    about = context(folder, "encoder")
    before = frozen.fit(trunk.of(about, "encoder"), TRAIN, VALIDATION, about, None)
    after = tuned(about, learning_rate=1e-30)
    for part in (TRAIN, VALIDATION):
        one, other = (each.predict(part.inputs, Silent()).scores for each in (before, after))
        assert one is not None
        assert other is not None
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_training_learns(folder: Path) -> None:
    fitted = tuned(context(folder, "encoder", epochs=12, patience=12), layers=3)
    losses = [point.train_loss for point in fitted.curve]
    assert losses[-1] < losses[0]
    assert fitted.train_metric == accuracy(TRAIN.expected, fitted.predict(TRAIN.inputs, Silent()))


@pytest.mark.parametrize(("layers", "adapters"), [(1, False), (2, False), (2, True), (None, False)])
def test_only_what_was_wished_for_changes(layers: int | None, adapters: bool, folder: Path) -> None:
    about = context(folder, "encoder")
    fitted = tuned(about, layers=layers, adapters=adapters)
    base = trunk.of(about, "encoder").encoder.network.state_dict()
    assert fitted.change is not None
    state = fitted.change.state()
    assert set(state) <= set(base)
    moved = {name for name, tensor in state.items() if not torch.equal(tensor, base[name])}
    assert moved
    for name in moved:
        if adapters:
            assert base[name].ndim == 2, "adapters change matrices alone"
        if layers is not None:
            assert int(name.split(".")[2]) >= 3 - layers
    if layers is None:
        assert "embeddings.word_embeddings.weight" in moved


def test_a_rate_that_is_far_too_high_ends_in_numbers_not_in_nan(folder: Path) -> None:
    fitted = tuned(context(folder, "encoder", epochs=6), learning_rate=1e30)
    assert fitted.details["diverged"] is True
    values = [point.train_loss for point in fitted.curve]
    assert all(math.isfinite(value) for value in values)
    scores = fitted.predict(VALIDATION.inputs, Silent()).scores
    assert scores is not None
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("layers", "adapters"), [(1, False), (2, True), (None, False)])
def test_an_interrupted_training_goes_on_behind_its_last_epoch(
    layers: int | None, adapters: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SPARED", 0.0)

    class Ends(Silent):
        """Ends the run in the middle of the third epoch; hears what the second run says."""

        def __init__(self) -> None:
            self.said: list[str] = []

        @contextlib.contextmanager
        def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
            def ended(done: Tally) -> None:
                if title.startswith("epoch 3") and done.rows and not self.said:
                    raise KeyboardInterrupt

            yield Tally(rows, tokens, ended)

    plain = context(folder, "encoder", epochs=4)
    whole = tuned(plain, layers=layers, adapters=adapters)
    forget(plain.cache)
    progress = Ends()
    about = dataclasses.replace(plain, progress=progress)
    with pytest.raises(KeyboardInterrupt):
        tuned(about, layers=layers, adapters=adapters)

    def say(message: str) -> None:
        progress.said.append(message)

    progress.said.append("again")
    monkeypatch.setattr(progress, "say", say)
    again = tuned(about, layers=layers, adapters=adapters)
    assert "  going on after epoch 2, where it was interrupted" in progress.said
    same = ("number", "train_loss", "validation_loss", "learning_rate", "gradient_norm")
    assert [[getattr(one, name) for name in same] for one in again.curve] == [
        [getattr(one, name) for name in same] for one in whole.curve
    ]
    assert again.trained_before > 0 == whole.trained_before
    assert whole.change is not None and again.change is not None
    ours = again.change.state()
    assert all(torch.equal(one, ours[name]) for name, one in whole.change.state().items())
    forget(plain.cache)


def test_a_training_of_known_length_goes_on_too_and_is_not_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold's model, or a refit: no epoch is validated, and the next training may be killed."""
    monkeypatch.setattr(loop, "SPARED", 0.0)
    trained: list[str] = []

    class Ends(Silent):
        """Notes each epoch that is trained; the fourth one ends the run."""

        @contextlib.contextmanager
        def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
            if title.startswith("epoch"):
                trained.append(title)
                if len(trained) == 4:
                    raise KeyboardInterrupt
            yield Tally(rows, tokens, lambda _: None)

    plain = context(folder, "encoder", epochs=4)
    known = tuning.Known(head_strength=0.1, epochs=4, best_epoch=3)
    whole = tuned(plain, layers=2, known=known)
    forget(plain.cache)
    about = dataclasses.replace(plain, progress=Ends())
    first = tuned(about, layers=2, known=known)
    with pytest.raises(KeyboardInterrupt):
        tuned(about, layers=1, known=known)
    again = tuned(about, layers=2, known=known)
    assert len(trained) == 4, "what was done is not repeated"
    tuned(about, layers=1, known=known)
    assert [title[:7] for title in trained] == [f"epoch {n}" for n in (1, 2, 3, 1, 1, 2, 3)]
    for one in (first, again):
        assert whole.change is not None and one.change is not None
        ours = one.change.state()
        assert all(torch.equal(value, ours[key]) for key, value in whole.change.state().items())
    forget(plain.cache)


def test_nothing_to_learn_by_is_said(folder: Path) -> None:
    """A head of zeros that stays as it is hands no gradient down to the blocks."""
    about = context(folder, "encoder")
    opened = trunk.of(about, "encoder")
    part = Part(TRAIN, opened.encode(TRAIN.inputs.values),
                answers.indices(TRAIN.expected, about.classes))  # fmt: skip
    head = Linear.of(torch.zeros(3, opened.width), torch.zeros(3)).requires_grad_(False)
    module = copy.deepcopy(opened.encoder).requires_grad_(True)
    schedule = classification.Schedule(
        epochs=1, batch_size=8, patience=1, learning_rate=1e-3, head_rate=1e-3, seed=1
    )
    with pytest.raises(ModelError, match=r"gradient is 0 in epoch 1 of 1.*Name another base model"):
        classification.train(opened, module, head, part, part, schedule, about)


def test_weights_turn_the_loss_towards_the_rare_class(folder: Path) -> None:
    rare = [place for place, label in enumerate(TRAIN.expected) if label == "refund"][:2]
    kept = [place for place, label in enumerate(TRAIN.expected) if label != "refund"] + rare
    few = dataclasses.replace(
        TRAIN,
        inputs=dataclasses.replace(
            TRAIN.inputs,
            ids=TRAIN.inputs.ids.gather(kept),
            values=TRAIN.inputs.values.gather(kept),
        ),
        expected=TRAIN.expected.gather(kept),
    )
    about = context(folder, "encoder")
    opened = trunk.of(about, "encoder")
    shares = []
    for weights in (None, "balanced"):
        asked = Wish(layers=1, adapters=False, learning_rate=1e-3, class_weights=weights)
        fitted = tuning.tune(opened, asked, 3, few, VALIDATION, about)
        scores = fitted.predict(VALIDATION.inputs, Silent()).scores
        assert scores is not None
        shares.append(scores[:, about.classes.index("refund")].mean())
    assert shares[1] > shares[0]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks for it
def test_the_adapter_is_a_peft_folder_that_peft_lays_over_the_base_model(
    folder: Path, tmp_path: Path
) -> None:
    """Read by peft's own loader over transformers' own model: the same embeddings."""
    about = context(folder, "encoder")
    fitted = tuned(about, layers=2, adapters=True)
    fitted.save(tmp_path)
    opened = trunk.of(about, "encoder")
    adapted = opened.backbone.network("eager")
    wrapped: Any = peft.PeftModel.from_pretrained(adapted, tmp_path / "adapter").eval()
    encoded = opened.encode(VALIDATION.inputs.values)
    values, mask = opened.tensors(encoded, np.arange(6))
    with torch.no_grad():
        hidden = wrapped(input_ids=values, attention_mask=mask).last_hidden_state
    weights = mask[..., None]
    mean = torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)
    assert fitted.change is not None
    boundary = fitted.change.boundary
    ours = opened.tuned(fitted.change.module, boundary, encoded, Silent())[:6]
    np.testing.assert_allclose(ours, mean.numpy(), atol=1e-5)
    about_it = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert about_it["base_model_name_or_path"] == "encoder"
    touched = {name.split(".")[2] for name in about_it["target_modules"]}
    assert touched == {"1", "2"}


def test_predicting_gives_the_same_with_and_without_the_cache(folder: Path) -> None:
    about = context(folder, "encoder")
    fitted = tuned(about, layers=2)
    with_cache = fitted.predict(VALIDATION.inputs, Silent()).scores
    fresh = dataclasses.replace(about, cache=folder / "another")
    fitted.save(folder / "kept")
    restored = classifier.restore(folder / "kept", fresh)
    without = restored.predict(VALIDATION.inputs, Silent()).scores
    assert with_cache is not None
    assert without is not None
    np.testing.assert_allclose(with_cache, without, atol=1e-6)
    assert not (folder / "another").exists()


def test_a_base_model_that_has_changed_is_not_restored(folder: Path, tmp_path: Path) -> None:
    about = context(folder, "encoder")
    tuned(about).save(tmp_path / "kept")
    write_encoder(tmp_path / "encoder", sizes={"hidden_dropout_prob": 0})
    with pytest.raises(ModelError, match="has changed since it was used"):
        classifier.restore(tmp_path / "kept", dataclasses.replace(about, folder=tmp_path))
