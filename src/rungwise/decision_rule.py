"""From probabilities to an answer: label, confidence, and whether a person should look at it.

The rule is data. It is proposed on validation, confirmed by the one look at the test, kept in the
manifest of a release, and applied here alone: by `test`, by `predict`, by the server and by the
sample of production.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Decided:
    """Answers to rows, in their order.

    Attributes:
        probabilities: Calibrated, float32 (n, classes).
        labels: Place of each label among the classes, int64 (n).
        confidence: Probability of that label, float32 (n).
        review: Whether a person should look at it (n); None if the rule has no threshold for that.
        embeddings: float32 (n, width); None if the release has none.
        distances: Cosine distance of each row to the reference of the release, float32 (n); None
            without embeddings.
    """

    probabilities: NDArray[numpy.float32]
    labels: NDArray[numpy.int64]
    confidence: NDArray[numpy.float32]
    review: NDArray[numpy.bool_] | None
    embeddings: NDArray[numpy.float32] | None = None
    distances: NDArray[numpy.float32] | None = None


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """Thresholds of a release; without any, the most probable class is answered.

    Attributes:
        temperature: The logits are divided by it (Guo et al. 2017, "On Calibration of Modern Neural
            Networks"); 1 leaves the probabilities as they are.
        label: The class that has a threshold of its own; "" if none has.
        least: The calibrated probability from which `label` is answered; below it, the most
            probable of the other classes is.
        review: The confidence below which a row goes to review; None: no row does.
        distance: The distance to the reference above which a row goes to review; None: no row does.
    """

    temperature: float = 1.0
    label: str = ""
    least: float | None = None
    review: float | None = None
    distance: float | None = None

    def calibrated(self, scores: NDArray[numpy.float32]) -> NDArray[numpy.float32]:
        """Probabilities at the rule's temperature (n, classes); the largest stays the largest."""
        import numpy as np

        if self.temperature == 1.0 or not len(scores):
            return scores
        with np.errstate(divide="ignore"):
            logits = np.log(scores.astype(np.float64)) / self.temperature
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        scaled: NDArray[np.float32] = (shares / shares.sum(axis=1, keepdims=True)).astype(
            np.float32
        )
        # Rounded to float32, two classes may have become equal that were not.
        best = scores.argmax(axis=1)
        tied = np.flatnonzero(scaled.argmax(axis=1) != best)
        scaled[tied, best[tied]] = np.nextafter(scaled[tied].max(axis=1), np.float32(2))
        return scaled

    def labels(
        self, probabilities: NDArray[numpy.float32], classes: Sequence[str]
    ) -> NDArray[numpy.int64]:
        """Place of the label of each row (n), from calibrated probabilities (n, classes).

        `classes` may be some of the release's: the options of a question.
        """
        import numpy as np

        labels = probabilities.argmax(axis=1) if len(probabilities) else np.empty(0, np.int64)
        if self.least is None or self.label not in classes or len(classes) < 2:
            return labels
        place = [*classes].index(self.label)
        taken = probabilities[:, place] >= np.float32(self.least)
        others = probabilities.copy()
        others[:, place] = -1
        return np.where(taken, place, others.argmax(axis=1)) if len(others) else labels

    def decide(
        self,
        probabilities: NDArray[numpy.float32],
        classes: Sequence[str],
        embeddings: NDArray[numpy.float32] | None = None,
        distances: NDArray[numpy.float32] | None = None,
    ) -> Decided:
        """Answers to rows whose calibrated probabilities (n, classes) are given."""
        import numpy as np

        labels = self.labels(probabilities, classes)
        confidence = probabilities[np.arange(len(labels)), labels]
        review = None
        if self.review is not None:
            review = confidence < np.float32(self.review)
            if self.distance is not None and distances is not None:
                review |= distances > np.float32(self.distance)
        return Decided(probabilities, labels, confidence, review, embeddings, distances)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold, as validation proposes it.

    Attributes:
        threshold: Confidence below which a row goes to review.
        coverage: Share of the validation rows that is answered.
        error: Share of wrong answers among these.
        chance: That so many test rows certify it, by the validation rows (beta-binomial).
        rows: Validation rows.
    """

    threshold: float
    coverage: float
    error: float
    chance: float
    rows: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the test said of a threshold.

    Attributes:
        verdict: `certified`; `estimate` if the test rows cannot stand for those to come, or were
            seen before; `none` if the bound is above what may be wrong.
        reason: That, in one sentence.
        allowed: Share of the given answers that may be wrong.
        level: Confidence of the bound, one-sided.
        rows, answered, wrong: Test rows; those that are answered; wrong answers among them.
        bound: Upper bound of the share of wrong answers among those given; 1 if none is given.
        far: Rows that go to review for their distance alone.
        confidence, distance: The thresholds that were tested, also where the release carries none.
        calibration_before, calibration_after: Expected calibration error on the test rows at
            temperature 1, and at that of the release.
    """

    verdict: Literal["certified", "estimate", "none"]
    reason: str
    allowed: float
    level: float
    rows: int
    answered: int
    wrong: int
    bound: float
    far: int = 0
    confidence: float | None = None
    distance: float | None = None
    calibration_before: float | None = None
    calibration_after: float | None = None

    @property
    def coverage(self) -> float:
        """Share of the test rows that is answered."""
        return self.answered / self.rows if self.rows else 0.0


def gathered(rows: Sequence[tuple[Decided, int]]) -> Decided:
    """Rows of several batches of one release, each given by its batch and its place there."""
    import numpy as np

    columns: dict[str, Any] = {}
    for field in Decided.__slots__:
        cells = [(getattr(batch, field), place) for batch, place in rows]
        known = all(column is not None for column, _ in cells)
        columns[field] = np.stack([column[place] for column, place in cells]) if known else None
    return Decided(**columns)
