"""`python -m benchmarks.audit.labels`: label errors that people confirmed, against cleanlab.

Given labels and out-of-sample probabilities of Northcutt, Athalye and Mueller (2021); people
looked only at rows that a confident-learning filter had flagged. Precision is therefore given
twice: over all rows, where a row that nobody looked at counts as right, and over reviewed rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray

from benchmarks.audit.data import folder
from benchmarks.rows import Row, arguments, show
from rungwise.evaluation.label_noise import doubts

PEER = "cleanlab"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Probabilities (n, classes), labels (n), and what people said of some rows."""

    name: str
    scores: NDArray[np.float64]
    given: NDArray[np.int64]
    places: NDArray[np.int64]
    wrong: NDArray[np.bool_]


def main() -> None:
    """Run the comparison as the command line says."""
    told = arguments(__doc__).parse_args()
    show(rows(), as_json=told.json)


def rows() -> Iterator[Row]:
    """Every row of this comparison."""
    for data in (of_arrays("20news"), of_arrays("cifar10"), of_reviews()):
        yield from compared(data)


def compared(data: Reviewed) -> Iterator[Row]:
    """Precision at the number of rows that the peer flags, and average precision."""
    flagged = np.flatnonzero(find_label_issues(data.given, data.scores, n_jobs=1))
    peer = -get_label_quality_scores(data.given, data.scores)
    ours = doubts(data.scores, data.given).wrong
    error = np.zeros(len(data.given), bool)
    error[data.places[data.wrong]] = True
    count, name = len(flagged), f"label_errors, {data.name}"
    best = min(1.0, error.sum() / count)
    top, theirs = error[_first(ours, count)].mean(), error[flagged].mean()
    about = f"{name}: {count:,} of {len(error):,} rows (at best {best:.4f})"
    yield row(about, "precision", top, theirs, f"{PEER}, default")
    seen = np.intersect1d(flagged, data.places)
    among = data.places[_first(ours[data.places], len(seen))]
    best = min(1.0, error.sum() / len(seen))
    about = f"{name}: {len(seen):,} of {len(data.places):,} reviewed (at best {best:.4f})"
    yield row(about, "precision", error[among].mean(), error[seen].mean(), f"{PEER}, default")
    about = f"{name}: reviewed rows ({data.wrong.mean():.4f} are wrong)"
    us, them = (average_precision(one[data.places], data.wrong) for one in (ours, peer))
    yield row(about, "average precision", us, them, f"{PEER}, quality score")


def row(about: str, metric: str, ours: float, peer: float, name: str) -> Row:
    """A quality as both: rounded as the number, in full beside it."""
    told, theirs = float(ours), float(peer)
    return Row(about, metric, told, theirs, name, told, theirs)


def average_precision(score: NDArray[np.float64], wrong: NDArray[np.bool_]) -> float:
    """Mean precision at each wrong row; ties in the order of the rows."""
    hit = wrong[_first(score, len(score))]
    return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit].mean())


def of_arrays(name: str) -> Reviewed:
    """20news or CIFAR-10."""
    at = folder("label_errors")
    with np.load(at / f"{name}_given_and_pyx.npz") as arrays:
        given, scores = arrays["given"].astype(np.int64), arrays["pyx"].astype(np.float64)
    told = pl.read_csv(at / f"{name}_human_review.csv")
    wrong = (told["verdict"] != "non_error").to_numpy()
    scores /= scores.sum(1, keepdims=True)
    return Reviewed(name, scores, given, told["index"].to_numpy(), wrong)


def of_reviews() -> Reviewed:
    """The whole IMDB test set; the verdicts join by name."""
    at = folder("label_errors")
    with np.load(at / "imdb_given_and_pyx_all25000.npz") as arrays:
        given, names = arrays["given"].astype(np.int64), arrays["name"].tolist()
        positive = np.clip(arrays["p_pos"].astype(np.float64), 0, 1)
    place = {name: row for row, name in enumerate(names)}
    lines = (at / "imdb_reviews.jsonl").read_text(encoding="utf-8").strip().split("\n")
    told = [row for line in lines if (row := json.loads(line))["reviewed"]]
    places = np.array([place[row["id"]] for row in told])
    wrong = np.array([row["verdict"] != "non_error" for row in told])
    return Reviewed("imdb", np.stack([1 - positive, positive], 1), given, places, wrong)


def _first(score: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.argsort(-score, kind="stable")[:count]


if __name__ == "__main__":
    main()
