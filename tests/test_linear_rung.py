"""The rung `linear`: what it learns, what it saves, and that nothing heavy answers for it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from tests.constructed import attempt as made
from tests.constructed import diagnosed, measured
from tests.small_encoder import accuracy, context, examples

from rungwise import plugins
from rungwise.errors import DataError, ModelError
from rungwise.progress import Silent
from rungwise.protocols import RungContext
from rungwise.release.linear_predictor import LinearPredictor
from rungwise.release.opened import opened
from rungwise.table import Examples, Inputs, Predictions
from rungwise.training import linear
from rungwise.training.linear_classifier import LinearClassifier

PLAIN, BALANCED = {"class_weights": None}, {"class_weights": "balanced"}


def rows(pairs: list[tuple[str, str]]) -> Examples:
    frame = pl.DataFrame(pairs, ["input", "expected"], orient="row").with_row_index("id")
    return Examples.of(frame.with_columns(pl.col("id").cast(pl.String)))


def about(*parts: Examples, **changes: Any) -> RungContext:
    labels = sorted({label for part in parts for label in part.expected})
    return dataclasses.replace(context(Path(), "none"), classes=tuple(labels), **changes)


def fitted(train: Examples, validation: Examples, **changes: Any) -> LinearClassifier:
    return linear.fit(train, validation, about(train, validation, **changes), None)


def answers(classifier: LinearClassifier, texts: list[str]) -> list[str]:
    values = pl.Series("input", texts, dtype=pl.String)
    return classifier.predict(Inputs(values, values), Silent()).outputs.to_list()


TRAIN, VALIDATION = examples(0, 72), examples(72, 24)


def test_it_is_the_model_that_scikit_learn_fits() -> None:
    """The same features and strength by scikit-learn's own classes, to what the solver leaves."""
    ours = fitted(TRAIN, VALIDATION)
    kinds = {
        "words": TfidfVectorizer(
            ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", sublinear_tf=True
        ),
        "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    }
    used = [(name, kinds[name]) for name in ours.details["terms"]]
    features = FeatureUnion(used)
    share = 1 / np.sqrt(len(used))
    peer = LogisticRegression(C=ours.details["strength"], tol=1e-9, max_iter=5000)
    peer.fit(features.fit_transform(TRAIN.inputs.values) * share, TRAIN.expected)
    expected = peer.predict_proba(features.transform(VALIDATION.inputs.values) * share)
    scores = ours.predict(VALIDATION.inputs, Silent()).scores
    assert scores is not None
    assert ours.model.classes == tuple(peer.classes_)
    np.testing.assert_allclose(scores, expected, atol=2e-3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("written in C++", "written in C#"),
        ("balance change: -3 EUR", "balance change: +3 EUR"),
        ("value <5", "value >5"),
        ("cost 5 €", "cost 5 $"),
        ("今日は晴れです", "今日は雨です"),
    ],
)
def test_signs_and_scripts_without_blanks_are_learnt(one: str, other: str) -> None:
    def filled(start: int, count: int) -> Examples:
        pairs = [(f"{text} {n}", label) for n in range(start, start + count)
                 for text, label in ((one, "one"), (other, "other"))]  # fmt: skip
        return rows(pairs)

    classifier = fitted(filled(0, 30), filled(30, 10))
    asked = filled(40, 20)
    assert accuracy(asked.expected, classifier.predict(asked.inputs, Silent())) == 1


def test_terms_and_strength_are_chosen_on_validation() -> None:
    """The best value of the sweep is the one that is kept; of equals the lower loss."""
    details = fitted(TRAIN, VALIDATION).details
    sweep = details["sweep"]
    best = max(sweep, key=lambda each: (each["validation"], -each["validation_loss"]))
    assert list(details["terms"]) == best["terms"]
    assert details["strength"] == best["strength"]
    assert {tuple(each["terms"]) for each in sweep} == set(linear.COMBINATIONS)


def test_if_lower_is_better_the_lowest_is_kept() -> None:
    def wrong(expected: pl.Series, predictions: Predictions) -> float:
        return 1 - accuracy(expected, predictions)

    details = fitted(TRAIN, VALIDATION, score=wrong, greater=False).details
    assert (
        details["strength"]
        == min(details["sweep"], key=lambda each: (each["validation"], each["validation_loss"]))[
            "strength"
        ]
    )


def test_class_weights_are_those_of_scikit_learn() -> None:
    """A class of 3 rows among 60 that share its words is found only with weights (R54)."""
    common = [(f"the parcel is late {n}", "late") for n in range(57)]
    rare = [(f"the parcel is late {n} broken", "broken") for n in range(3)]
    part = rows(common + rare)
    plain, weighted = (
        linear.fit(part, part, about(part), weights).model for weights in (None, "balanced")
    )
    at = plain.classes.index("broken")
    asked = pl.Series(["the parcel is late broken"])
    share = [model.probabilities(asked, Silent())[0, at] for model in (plain, weighted)]
    assert share[1] > share[0]


def test_a_class_that_no_training_row_has_is_never_answered() -> None:
    train = rows([("good day", "yes"), ("bad night", "no"), ("good night", "yes"), ("bad", "no")])
    held_out = rows([("good", "yes"), ("strange", "unseen")])
    classifier = fitted(train, held_out)
    scores = classifier.predict(held_out.inputs, Silent()).scores
    assert scores is not None
    assert scores[:, classifier.model.classes.index("unseen")].max() < 1e-12
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-6)


def test_rows_of_a_single_class_and_texts_without_terms_are_answered() -> None:
    train = rows([("a", "yes"), ("b", "yes")])
    assert answers(fitted(train, rows([("c", "yes"), ("d", "no")])), ["x", "", " "]) == ["yes"] * 3
    blank = rows([(" ", "yes"), ("\t", "no"), ("\u00a0", "yes")])
    assert answers(fitted(blank, blank), ["", "anything"]) == ["yes", "yes"]


def test_what_is_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Heard(Silent):
        def __init__(self) -> None:
            self.lines: list[str] = []

        def say(self, message: str) -> None:
            self.lines.append(message)

    heard = Heard()
    monkeypatch.setattr(linear, "ALL_CHARACTERS", 1000)
    monkeypatch.setattr(linear, "CUT_AT", (1, 10_000))
    monkeypatch.setattr(linear, "TERMS", 40)
    monkeypatch.setattr(linear, "CHOOSING", (30, 10**6))
    monkeypatch.setattr(linear, "FITTING", (60, 10**6))
    classifier = fitted(TRAIN, VALIDATION, progress=heard)
    lengths = TRAIN.inputs.values.str.len_chars()
    longest = classifier.details["characters"]
    assert lengths.clip(upper_bound=longest).sum() <= 1000
    assert lengths.clip(upper_bound=longest + 1).sum() > 1000
    assert heard.lines == [
        f"Words and characters are read from the first {longest:,} characters of a text; "
        f"{(lengths > longest).sum():,} of 72 training texts are longer.",
        "Terms and strength are chosen with 30 of 72 training rows; the model is fitted to 60.",
        "The 40 most frequent terms by words are used.",
        "The 40 most frequent terms by characters are used.",
    ]
    assert classifier.details["rows"] == 60
    assert set(classifier.details["terms"].values()) == {40}


def test_rows_are_left_out_before_texts_become_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is cut below 500: half of the characters are then half of the 72 rows."""
    lengths = TRAIN.inputs.values.str.len_chars()
    monkeypatch.setattr(linear, "ALL_CHARACTERS", int(lengths.sum()) // 2)
    details = fitted(TRAIN, VALIDATION).details
    assert details["characters"] == 500
    assert details["rows"] == 36


def test_top_words_tell_the_classes_apart_and_show_no_rare_word() -> None:
    pairs = [(f"refund me {n % 7}", "refund") for n in range(20)]
    pairs += [(f"parcel late {n % 7}", "delivery") for n in range(20)]
    pairs += [("refund for Zebulon", "refund"), ("refund to Zebulon", "refund")]
    words = fitted(rows(pairs), rows(pairs)).top_words()
    assert {"refund", "me"} <= set(words["refund"])
    assert {"parcel", "late"} <= set(words["delivery"])
    assert not set(words["refund"]) & set(words["delivery"])
    assert "zebulon" not in words["refund"]
    assert "top_words" not in fitted(rows(pairs), rows(pairs)).details, "the ledger forgets nothing"


def test_texts_without_blanks_have_runs_of_characters_as_top_words() -> None:
    pairs = [(f"今日は晴れです{chr(0x4E00 + n)}", "fine") for n in range(12)]
    pairs += [(f"明日は雨でしょう{chr(0x4F00 + n)}", "rain") for n in range(12)]
    words = fitted(rows(pairs), rows(pairs)).top_words()
    assert any(word in "今日は晴れです" for word in words["fine"])
    assert any(word in "明日は雨でしょう" for word in words["rain"])


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    fitted(TRAIN, VALIDATION).export(tmp_path)
    return tmp_path


def test_neither_torch_nor_scikit_learn_answers(exported: Path) -> None:
    """A release answers with numpy; to fit needs scikit-learn, and still no torch."""
    code = f"""
import sys, polars as pl
from pathlib import Path
from rungwise.progress import Silent
from rungwise.release.opened import opened
from rungwise.table import Inputs
values = pl.Series(["I want my money back"])
release = opened(Path({str(exported)!r}), exported=True)
print(release.predict(Inputs(values, values), Silent()).outputs[0])
heavy = {{"torch", "transformers", "sklearn", "scipy", "onnxruntime", "tokenizers"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
from rungwise.training import linear
from rungwise.rungs.linear import Linear
assert "torch" not in sys.modules
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.stderr == ""
    assert ran.stdout == "refund\n"


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("vocabulary.json", lambda path: path.unlink()),
        ("vocabulary.json", lambda path: path.write_text("{")),
        ("vocabulary.json", lambda path: path.write_text("[]")),
        ("vocabulary.json", lambda path: path.write_text('{"words": ["a"], "characters": []}')),
        ("labels.json", lambda path: path.write_text('["one", "two"]')),
        ("labels.json", lambda path: path.write_text('["one", "one", "two"]')),
        ("linear.safetensors", lambda path: path.write_bytes(path.read_bytes()[:200])),
        ("linear.safetensors", lambda path: path.unlink()),
        ("serving.json", lambda path: path.write_text('{"kind": "linear"}')),
    ],
)
def test_a_damaged_release_is_refused(exported: Path, name: str, damage: object) -> None:
    assert callable(damage)
    damage(exported / name)
    with pytest.raises(ModelError):
        opened(exported, exported=True)


def test_a_pickle_beside_it_is_refused(exported: Path) -> None:
    (exported / "vectoriser.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match=r"vectoriser\.pkl"):
        opened(exported, exported=True)


def test_a_row_without_a_text_is_an_error(exported: Path) -> None:
    values = pl.Series(["a", None])
    with pytest.raises(DataError, match="Row 2"):
        LinearPredictor(exported, exported=True).predict(
            Inputs(pl.Series(["1", "2"]), values), Silent()
        )


def test_what_it_writes_is_described_for_those_who_read_it(exported: Path) -> None:
    serving = json.loads((exported / "serving.json").read_text())
    assert serving["kind"] == "linear"
    assert serving["rows"] == len(TRAIN)


# ── its place among the others ───────────────────────────────────────────────────────────────
def test_it_says_nothing_about_a_base_model() -> None:
    majority, low = made("majority", measured(0.20)), made("linear", measured(0.25, 0.22, 0.28))
    assert plugins.load("diagnoses", "poor_fit").read(diagnosed(low, majority)) is None
    frozen = made("frozen", measured(0.25, 0.22, 0.28))
    assert plugins.load("diagnoses", "poor_fit").read(diagnosed(frozen, majority)) is not None


def test_tuned_rungs_are_compared_with_frozen_and_not_with_it() -> None:
    linear_, frozen = made("linear", measured(0.90)), made("frozen", measured(0.80))
    lora = made("lora", measured(0.85))
    diagnosis = plugins.load("diagnoses", "worse_than_frozen")
    assert diagnosis.read(diagnosed(lora, linear_, frozen)) is None
    assert diagnosis.read(diagnosed(linear_, frozen)) is None


@pytest.mark.parametrize("name", ["unfreeze", "lora", "full"])
def test_tuned_rungs_begin_with_the_class_weights_of_frozen(name: str) -> None:
    above = [
        made("linear", measured(0.95), configuration=BALANCED),
        made("frozen", measured(0.80), configuration=PLAIN),
    ]
    told = context(Path(), "encoder", attempts=above)
    assert plugins.load("rungs", name).propose(told, [])["class_weights"] is None
