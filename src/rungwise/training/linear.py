"""Fit logistic regression on TF-IDF features with scikit-learn (the rung `linear`).

Two things are chosen by the goal's metric on validation (R49): the terms (words, characters, or
both), then the strength of the regularisation, up and down from the middle of a path for as long
as it helps. scikit-learn minimises  sum_i w_i · loss_i + ‖W‖² / (2C).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from rungwise.protocols import CHOSEN, ONCE, RungContext
from rungwise.records import Numbers
from rungwise.table import Examples, Inputs
from rungwise.training import answers, tfidf
from rungwise.training.linear_classifier import LinearClassifier
from rungwise.training.linear_model import LinearModel, softmax
from rungwise.training.random_projection import RandomProjection
from rungwise.training.tfidf import Kind, Vocabulary, joined, prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Values of C, from strong to weak regularisation."""
MIDDLE = STRENGTHS.index(10.0)
COMBINATIONS: tuple[tuple[Kind, ...], ...] = (("words",), ("characters",), ("words", "characters"))
SOLVER, TOLERANCE, STEPS = "newton-cg", 1e-5, 300
"""scikit-learn's solver, the largest slope at which it stops, and its steps at most. Weights are
many and rows few, so Newton's few steps, each of a few products with the features, cost a fraction
of the hundred passes over 20 copies of the weights that L-BFGS takes for the same slope."""
ALL_CHARACTERS = 30_000_000
"""Code points that are read of all training texts: long ones are cut, then rows are left out."""
CUT_AT = (500, 10_000)
"""Code points of a text that are always read, and that are read at most."""
TERMS, WEIGHTS = 50_000, 4_000_000
"""Terms of a kind at most, and weights: terms × classes."""
COMMON = 1_000
"""Training rows from which on a term must occur twice."""
CHOOSING, FITTING = (20_000, 4_000_000), (1_000_000, 10_000_000)
"""Training rows at most, and rows × classes, for choosing and for the fit that is kept."""
UNKNOWN = -30.0
"""The bias of a class that no training row has: a probability of about 1e-13."""
SHOWN, FEW, MANY_CLASSES, PUBLIC = 8, 3, 100, 3
"""Top words of a class; how many if there are many classes; rows that a word must occur in."""


@dataclass(frozen=True)
class Choice:
    """Terms that an earlier fit chose, and the strength; None if that is still to be chosen."""

    terms: tuple[Kind, ...]
    strength: float | None


@dataclass(frozen=True)
class _Part:
    """Rows with their labels (n) and, for each kind, sparse features (n, terms)."""

    rows: Examples
    labels: NDArray[np.int64]
    features: dict[Kind, Any]

    def of(self, kinds: Sequence[Kind]) -> Any:
        """Features by several kinds side by side, as `tfidf.joined` weighs them."""
        if len(kinds) == 1:
            return self.features[kinds[0]]
        joined = sparse.hstack([self.features[kind] for kind in kinds], format="csr")
        joined.data *= np.float32(1 / np.sqrt(len(kinds)))
        return joined


@dataclass(frozen=True)
class _Tried:
    """A combination of terms and a strength, and how it did on validation."""

    kinds: tuple[Kind, ...]
    strength: float
    solver: Any
    value: float
    loss: float

    def rank(self, greater: bool) -> tuple[float, float]:
        """By the goal's metric; among equals by the loss."""
        return (self.value if greater else -self.value, -self.loss)

    def summary(self) -> Numbers:
        return {
            "terms": list(self.kinds),
            "strength": self.strength,
            "validation": self.value,
            "validation_loss": self.loss,
            "steps": int(self.solver.n_iter_.max()) if self.solver is not None else 0,
        }


def fit(
    train: Examples,
    validation: Examples,
    context: RungContext,
    class_weights: str | None,
    known: Choice | None = None,
) -> LinearClassifier:
    """Count terms, choose, and fit to all rows that the limits allow.

    What is `known` is not chosen again; where that is all, validation is not read.
    """
    longest = _longest(train, context)
    chooses = known is None or known.strength is None
    rows, some = _rows(train, longest, context, chooses=chooses)
    kinds = tfidf.KINDS if known is None else known.terms
    vocabularies = {kind: _vocabulary(kind, rows, longest, context) for kind in kinds}
    tried: list[_Tried] = []
    fitted, solver, choice = None, None, known
    if chooses:
        chooser = _Chooser(
            _part(some, vocabularies, longest, context),
            _part(validation, vocabularies, longest, context),
            class_weights,
            context,
            COMBINATIONS if known is None else (known.terms,),
        )
        tried = list(chooser.sweep())
        best = max(tried, key=lambda one: one.rank(context.greater))
        choice = Choice(best.kinds, best.strength)
        if len(some) == len(rows):
            fitted, solver = chooser.learnt, best.solver
    assert choice is not None and choice.strength is not None, "what was open is chosen now"
    chosen = {kind: vocabularies[kind] for kind in choice.terms}
    fitted = fitted or _part(rows, chosen, longest, context)
    features = fitted.of(choice.terms)
    solver = solver or _solved(features, fitted.labels, choice.strength, class_weights)
    weight, bias = _arrays(solver, fitted.labels, len(context.classes), features.shape[1])
    projection = RandomProjection(len(weight))
    model = LinearModel(tuple(chosen.values()), longest, weight, bias, context.classes, projection)
    details: Numbers = {
        "terms": {kind: len(each) for kind, each in chosen.items()},
        "strength": choice.strength,
        "rows": len(fitted.rows),
        "characters": longest,
        "sweep": [one.summary() for one in tried],
        CHOSEN: {"terms": list(choice.terms), "strength": choice.strength},
        ONCE: ["terms", "strength"],
    }
    reached = _score(features @ weight + bias, fitted, context)[0]

    def words() -> dict[str, list[str]]:
        counted = [vocabularies.get(kind) or _vocabulary(kind, rows, longest, context)
                   for kind in tfidf.KINDS]  # fmt: skip
        return _top_words(model, counted)

    return LinearClassifier(model, reached, details, words)


@dataclass(frozen=True)
class _Chooser:
    """Fits candidates to some rows and compares them on validation."""

    learnt: _Part
    held_out: _Part
    class_weights: str | None
    context: RungContext
    combinations: tuple[tuple[Kind, ...], ...]

    def sweep(self) -> Iterator[_Tried]:
        """Every combination in the middle of the path, then the best one's strengths."""
        middle = [self._try(kinds, MIDDLE, None) for kinds in self.combinations]
        yield from middle
        start = max(middle, key=self._rank)
        for direction in (1, -1):
            best, last = start, start
            for at in range(MIDDLE + direction, len(STRENGTHS) if direction > 0 else -1, direction):
                last = self._try(start.kinds, at, last.solver)
                yield last
                if self._rank(last) <= self._rank(best):
                    break
                best = last
            if best is not start:
                return

    def _rank(self, tried: _Tried) -> tuple[float, float]:
        return tried.rank(self.context.greater)

    def _try(self, kinds: tuple[Kind, ...], at: int, start: Any) -> _Tried:
        features, labels = self.learnt.of(kinds), self.learnt.labels
        solver = _solved(features, labels, STRENGTHS[at], self.class_weights, start)
        weight, bias = _arrays(solver, labels, len(self.context.classes), features.shape[1])
        logits = self.held_out.of(kinds) @ weight + bias
        value, loss = _score(logits, self.held_out, self.context)
        return _Tried(kinds, STRENGTHS[at], solver, value, loss)


def _solved(
    features: Any,
    labels: NDArray[np.int64],
    strength: float,
    class_weights: str | None,
    start: Any = None,
) -> Any:
    """A fitted solver, from another one's solution on; None if the rows have a single class."""
    if not features.shape[1] or labels.min() == labels.max():
        return None
    solver = LogisticRegression(
        C=strength,
        solver=SOLVER,
        tol=TOLERANCE,
        max_iter=STEPS,
        class_weight=class_weights,
        warm_start=True,
    )
    if start is not None:
        solver.classes_, solver.n_features_in_ = start.classes_, start.n_features_in_
        solver.coef_, solver.intercept_ = start.coef_.copy(), start.intercept_.copy()
    with warnings.catch_warnings():
        # What was reached by then is compared on validation like everything else.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", r"(?i)(the )?line search")
        return solver.fit(features, labels)


def _arrays(
    solver: Any, labels: NDArray[np.int64], classes: int, features: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features, classes) and bias (classes) over every class of the task."""
    weight = np.zeros((features, classes), np.float32)
    bias = np.full(classes, UNKNOWN, np.float32)
    if solver is None:
        counts = np.bincount(labels, minlength=classes)
        bias[counts > 0] = np.log(counts[counts > 0] / counts.sum())
        return weight, bias
    coefficients, intercept = solver.coef_, solver.intercept_
    if len(solver.classes_) == 2:  # one row, of the second class against the first
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    weight[:, solver.classes_] = coefficients.T
    bias[solver.classes_] = intercept
    return weight, bias


def _score(logits: NDArray[np.float32], part: _Part, context: RungContext) -> tuple[float, float]:
    """The goal's metric, and the mean cross-entropy in nats, which tells equals apart."""
    scores = softmax(np.asarray(logits, np.float32))
    predictions = answers.of(part.rows.inputs.ids, scores, context.classes)
    right = scores[np.arange(len(scores)), part.labels]
    loss = -float(np.log(np.maximum(right, np.finfo(np.float32).tiny)).mean())
    return context.score(part.rows.expected, predictions), loss


def _longest(train: Examples, context: RungContext) -> int:
    """How many code points are read of a text, so that all together stay within the limit."""
    lengths = train.inputs.values.str.len_chars().to_numpy()
    low, high = CUT_AT
    while low < high:
        middle = (low + high + 1) // 2
        fits = np.minimum(lengths, middle).sum() <= ALL_CHARACTERS
        low, high = (middle, high) if fits else (low, middle - 1)
    if cut := int((lengths > low).sum()):
        context.progress.say(
            f"Words and characters are read from the first {low:,} characters of a text; "
            f"{cut:,} of {len(lengths):,} training texts are longer."
        )
    return low


def _vocabulary(kind: Kind, train: Examples, longest: int, context: RungContext) -> Vocabulary:
    texts = context.progress.over(train.inputs.values, f"Counting {kind}", len(train))
    least = 2 if len(train) >= COMMON else 1
    most = max(1, min(TERMS, WEIGHTS // (2 * len(context.classes))))
    found = tfidf.learn(kind, (prepared(text, longest) for text in texts), least, most)
    if len(found) == most:
        context.progress.say(f"The {most:,} most frequent terms by {kind} are used.")
    return found


def _rows(
    train: Examples, longest: int, context: RungContext, *, chooses: bool
) -> tuple[Examples, Examples]:
    """The rows that the model is fitted to, and those that terms and strength are chosen with."""
    classes = len(context.classes)
    characters = np.minimum(train.inputs.values.str.len_chars().to_numpy(), longest).mean()
    within = int(ALL_CHARACTERS / max(float(characters), 1.0))
    rows = _spread(train, min(within, FITTING[0], FITTING[1] // classes))
    some = _spread(rows, min(CHOOSING[0], CHOOSING[1] // classes))
    if chooses and len(some) < len(train):
        context.progress.say(
            f"Terms and strength are chosen with {len(some):,} of {len(train):,} training rows; "
            f"the model is fitted to {len(rows):,}."
        )
    return rows, some


def _spread(rows: Examples, most: int) -> Examples:
    """At most so many rows, evenly spread."""
    if len(rows) <= most:
        return rows
    at = pl.Series(np.linspace(0, len(rows) - 1, max(most, 1)).astype(np.int64))
    inputs = Inputs(rows.inputs.ids.gather(at), rows.inputs.values.gather(at))
    return Examples(inputs, rows.expected.gather(at))


def _part(
    rows: Examples, vocabularies: dict[Kind, Vocabulary], longest: int, context: RungContext
) -> _Part:
    places = dict(zip(context.classes, range(len(context.classes)), strict=True))
    labels = rows.expected.replace_strict(places, return_dtype=pl.Int64).to_numpy().copy()
    texts = [prepared(text, longest) for text in rows.inputs.values]
    features = {
        kind: _matrix(vocabulary, texts, context) for kind, vocabulary in vocabularies.items()
    }
    return _Part(rows, labels, features)


def _matrix(vocabulary: Vocabulary, texts: Sequence[str], context: RungContext) -> Any:
    """Sparse features, float32 (rows, terms)."""
    title = f"Weighing {vocabulary.kind}"
    weighed = [vocabulary.weigh(text) for text in context.progress.over(texts, title, len(texts))]
    ends = np.cumsum([0, *(len(places) for places, _ in weighed)])
    places = np.concatenate([places for places, _ in weighed])
    values = np.concatenate([values for _, values in weighed])
    return sparse.csr_array((values, places, ends), shape=(len(texts), len(vocabulary)))


def _top_words(model: LinearModel, counted: Sequence[Vocabulary]) -> dict[str, list[str]]:
    """The words that speak loudest for each class when the model reads them alone.

    A word that few training rows have is not shown: it may be a name. Texts without blanks have
    no words that return; there the runs of characters stand for them.
    """
    found = [
        [term for term, seen in zip(each.terms, each.seen, strict=True)
         if seen >= PUBLIC and " " not in term]
        for each in counted
    ]  # fmt: skip
    words = found[0] or found[1]
    logits = np.zeros((len(words), len(model.classes)), np.float32)
    for row, word in enumerate(words):
        places, values = joined(model.vocabularies, word)
        logits[row] = values @ model.weight[places]
    logits -= logits.mean(1, keepdims=True)
    count = SHOWN if len(model.classes) <= MANY_CLASSES else FEW
    top = np.argsort(-logits, axis=0, kind="stable")[:count]
    return {
        label: [words[at] for at in top[:, place] if logits[at, place] > 0]
        for place, label in enumerate(model.classes)
    }
