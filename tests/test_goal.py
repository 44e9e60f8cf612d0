"""A goal is one sentence and one number; what it lacks is named (R1, R2)."""

from __future__ import annotations

import pytest

from rungwise.goal import agree, missing, read
from rungwise.goal.named_class import find_class
from rungwise.goal.pairs import Place

EVERYTHING = ("what is predicted from what", "the metric", "the target")


@pytest.mark.parametrize(
    ("sentence", "metric", "target"),
    [
        ("Classify online-banking questions into 77 intents with at least 90 percent accuracy",
         "accuracy", 0.90),
        ("Detect damaged tiles with 90% recall on damaged", "recall[damaged]", 0.90),
        ("Route tickets to the right team, macro F1 0.8", "macro_f1", 0.8),
        ("Decide whether an SMS is spam with at least 98.5 % F1", "macro_f1", 0.985),
        ("Predict churn from call notes with ROC AUC of .75", "roc_auc", 0.75),
    ],
)  # fmt: skip
def test_the_metric_and_the_target_are_read_from_the_sentence(
    sentence: str, metric: str, target: float
) -> None:
    assert missing(sentence, None, None) == ()
    assert read(sentence).metric == metric
    assert read(sentence).target == pytest.approx(target)


@pytest.mark.parametrize(
    ("sentence", "lacks"),
    [
        ("a smart classifier", EVERYTHING),
        ("Make our AI better", EVERYTHING),
        ("classify it", EVERYTHING),
        ("Predict things with 90 percent accuracy", EVERYTHING[:1]),
        ("Classify support tickets by team", EVERYTHING[1:]),
        ("Classify support tickets into 12 teams by accuracy", EVERYTHING[2:]),
        ("", EVERYTHING),
    ],
)
def test_what_a_vague_goal_lacks_is_named(sentence: str, lacks: tuple[str, ...]) -> None:
    assert missing(sentence, None, None) == lacks


def test_options_beside_the_sentence_count() -> None:
    assert missing("Classify support tickets by team", "macro_f1", 0.8) == ()


def test_a_model_from_scratch_is_recognised() -> None:
    assert read("Train a language model from scratch on our manuals").from_scratch
    assert read("Train a network with random initialisation to classify tickets").from_scratch
    assert not read("Classify tickets by team with 90 % accuracy").from_scratch


def test_the_sentence_and_the_metric_must_agree() -> None:
    assert agree("macro_f1", "weighted_f1") and agree("accuracy", "balanced_accuracy")
    assert not agree("accuracy", "recall[refund]")


@pytest.mark.parametrize(
    ("words", "classes", "meant"),
    [
        ("1", ("-1", "0"), None),
        ("A", ("A-", "B"), None),
        ("masse", ("Maße", "x"), None),
        ("level -1", ("level_1", "x"), None),
        ("5", ("<5", ">5"), None),
        ("REFUND", ("Refund", "refund"), None),
        ("-1", ("-1", "1"), "-1"),
        ("c++", ("C++", "C#"), "C++"),
        ("level-1", ("level_1", "x"), "level_1"),
        ("card arrival rows", ("Card_Arrival", "x"), "Card_Arrival"),
        ("Non toxic", ("non-toxic", "toxic"), "non-toxic"),
    ],
)
def test_a_class_that_is_named_is_no_other(
    words: str, classes: tuple[str, ...], meant: str | None
) -> None:
    assert find_class(Place(words, follows=False), classes) == meant
