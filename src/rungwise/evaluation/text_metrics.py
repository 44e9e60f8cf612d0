"""Metrics of generated texts, each from numbers that add up over rows (R2, R65).

A metric is prepared once (what each row contributes) and then evaluated for many weightings of
the rows at once, so that every one has an interval: see `score_metrics`. All run from 0 to 1.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rungwise.evaluation.answers import Answers
from rungwise.evaluation.final_values import (
    same_answer,
    same_number,
    states_answer,
    states_number,
)
from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_fields import compared, tree
from rungwise.evaluation.numbers_within import is_number
from rungwise.evaluation.score_metrics import Prepared, Values, Weights, divide
from rungwise.evaluation.tokenisation import Words, pieces, words

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
ORDERS = 4
"""BLEU counts n-grams of 1 to 4 words."""


def exact_match(given: Answers) -> Prepared:
    """The share of rows whose text is the expected one, but for white space around it."""
    return _mean(given, lambda expected, output: float(expected.strip() == output.strip()))


def normalised_match(given: Answers) -> Prepared:
    """The same but for case, punctuation, articles and white space; signs count: see `folding`."""
    return _mean(given, lambda expected, output: float(folded(expected) == folded(output)))


def final_number(given: Answers) -> Prepared:
    """The share of rows that end in the expected number: see `final_values`."""
    return _mean(given, lambda expected, output: float(same_number(expected, output)))


def final_answer(given: Answers) -> Prepared:
    """The share of rows that end in the expected answer but for case, punctuation and articles."""
    return _mean(given, lambda expected, output: float(same_answer(expected, output)))


def end_in_numbers(given: Answers) -> bool:
    """Whether most of the expected texts are numbers, or say which number is their answer."""
    expected = [wanted for wanted, _ in texts(given)]
    return 2 * sum(is_number(one) or states_number(one) for one in expected) > len(expected)


def end_in_answers(given: Answers) -> bool:
    """Whether an expected text says which part of it is the answer."""
    return any(states_answer(wanted) for wanted, _ in texts(given))


def answer_f1(given: Answers) -> Prepared:
    """Mean F1 of the words that an answer shares with the expected one.

    Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text"; in scripts
    without spaces of the characters, as Cui et al. 2019 have it.
    """
    return _mean(given, _shared_words)


def rouge_l(given: Answers, cut: Words = words) -> Prepared:
    """Mean F1 of the longest common subsequence of words (Lin 2004, "ROUGE")."""
    from rapidfuzz.distance import LCSseq

    def of_row(expected: str, output: str) -> float:
        wanted, told = cut(expected), cut(output)
        if not wanted or not told:
            return float(wanted == told)
        return 2 * LCSseq.similarity(wanted, told) / (len(wanted) + len(told))

    return _mean(given, of_row)


def chrf(given: Answers) -> Prepared:
    """Mean over rows of chrF2: F of character n-grams (Popović 2015), as sacrebleu has it."""
    from sacrebleu.metrics.chrf import CHRF

    scorer = CHRF()
    return _mean(
        given, lambda expected, output: scorer.sentence_score(output, [expected]).score / 100
    )


def bleu(given: Answers, tokenizer: str | None = None) -> Prepared:
    """BLEU of all rows together (Papineni et al. 2002), as sacrebleu has it."""
    from sacrebleu.metrics.bleu import BLEU

    scorer = BLEU(effective_order=False, tokenize=tokenizer)
    of_one = BLEU(effective_order=True, tokenize=tokenizer)

    def of_row(expected: str, output: str) -> Sequence[float]:
        told = of_one.sentence_score(output, [expected])
        return (*told.counts, *told.totals, told.sys_len, told.ref_len)

    def combined(sums: Values) -> float:
        counts, totals = sums[:ORDERS].tolist(), sums[ORDERS : 2 * ORDERS].tolist()
        length, wanted = int(sums[-2]), int(sums[-1])
        score: float = scorer.compute_bleu(
            counts, totals, length, wanted, smooth_method="exp", max_ngram_order=ORDERS
        ).score
        return min(1.0, score / 100)  # sums of logarithms may end a hair above

    rows = _table(given, of_row)

    def value(weights: Weights) -> Values:
        return np.array([combined(sums) for sums in _sums(rows, weights).T])

    return value


def json_valid(given: Answers) -> Prepared:
    """The share of rows whose whole text is one JSON value."""
    return _mean(given, lambda _, output: float(tree(output) is not None))


def json_fields(part: str) -> Callable[[Answers], Prepared]:
    """`precision`, `recall` or `f1` of the fields of all rows together.

    A field is a path and the value at its end; items of lists are paired such that most fields
    agree. A text that is no JSON has none.
    """

    def prepared(given: Answers) -> Prepared:
        rows = _table(given, compared)

        def value(weights: Weights) -> Values:
            right, told, wanted = _sums(rows, weights)
            if part == "precision":
                return np.nan_to_num(divide(right, told))
            if part == "recall":
                return np.nan_to_num(divide(right, wanted))
            return np.nan_to_num(divide(2 * right, told + wanted))

        return value

    return prepared


def plain(text: str) -> str:
    """As SQuAD compares answers: lower case, no punctuation, no articles, single spaces."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def texts(given: Answers) -> list[tuple[str, str]]:
    """Expected text and output of each row; a row without an answer has an empty one."""
    known: tuple[str, ...] = (*given.labels, "")
    return [
        (known[expected], known[output])
        for expected, output in zip(given.expected.tolist(), given.outputs.tolist(), strict=True)
    ]


def _shared_words(expected: str, output: str) -> float:
    wanted, told = Counter(pieces(plain(expected))), Counter(pieces(plain(output)))
    if not wanted or not told:
        return float(wanted == told)
    return 2 * (wanted & told).total() / (wanted.total() + told.total())


def mean(scores: Values) -> Prepared:
    """The mean of what each row scores (n), over the rows that are not NaN."""
    known = ~np.isnan(scores)
    told = scores[known][:, None]

    def value(weights: Weights) -> Values:
        drawn = weights[known]
        return divide(_sums(told, drawn)[0], drawn.sum(axis=0).astype(np.float64))

    return value


def _mean(given: Answers, of_row: Callable[[str, str], float]) -> Prepared:
    return mean(np.array([of_row(*pair) for pair in texts(given)], dtype=np.float64))


def _table(given: Answers, of_row: Callable[[str, str], Sequence[float]]) -> NDArray[np.float64]:
    return np.array([of_row(*pair) for pair in texts(given)], dtype=np.float64)


def _sums(rows: NDArray[np.float64], weights: Weights) -> NDArray[Any]:
    """What all rows contribute (numbers, resamples)."""
    return np.asarray(rows.T @ weights.astype(np.float64))
