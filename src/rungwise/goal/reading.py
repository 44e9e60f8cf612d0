"""Reading a goal's sentence: its metric, its target, and what must be asked instead (R1, R2, R5).

A number is a target only if it belongs to a metric, or stands alone in its clause. Whatever could
be read in two ways is a question, because a target that was guessed passes every gate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rungwise.goal.amounts import Amount, amounts
from rungwise.goal.measures import ERROR_KINDS, Mention, mentions
from rungwise.goal.pairs import Pair, Place, pairs, place
from rungwise.goal.questions import Question, metric_questions, target_questions
from rungwise.goal.subject import predicts

GOOD_EXAMPLE = "Classify online-banking questions into 77 intents with at least 90 percent accuracy"
FROM_SCRATCH = re.compile(
    r"\bfrom scratch\b|\bpre-?train (a|our|my)\b|\brandom(ly)? initiali[sz]|\b(no|without) (a )?"
    r"(checkpoint|pre-?train)",
    re.I,
)
BEFORE_CLAUSE = re.compile(
    r",?\s+(?:with|at|to reach|reaching|mit|avec|con|com|met|z)\s+(?:(?:an?|une?|una|een)\s+)?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a goal's sentence says.

    Attributes:
        metric: Its name; None if the sentence names none, or leaves it open.
        target: None if the sentence gives none, or leaves it open.
        predicts: Whether it says what is predicted.
        from_scratch: Whether it asks for a model without a checkpoint (R28).
        questions: What it says that cannot be read in one way.
        quoted: The words of the metric and of the target.
        kind: The metric before its class is known: `f1` for a plain F1.
        place: What the metric is measured on, which may be a class.
        bound: "least", "most", or "" where nothing says which.
    """

    metric: str | None = None
    target: float | None = None
    predicts: bool = False
    from_scratch: bool = False
    questions: tuple[Question, ...] = ()
    quoted: tuple[str, str] = ("", "")
    kind: str = ""
    place: Place | None = None
    bound: str = ""


def read(sentence: str) -> Reading:
    """Read a goal's sentence."""
    numbers, metrics = amounts(sentence), mentions(sentence)
    together = pairs(sentence, metrics, numbers)
    mention = _mention(metrics, together)
    on = place(sentence, mention, together[0] if together else None) if mention else None
    number = _number(sentence, numbers, metrics, together)
    questions = (
        *metric_questions(sentence, metrics, together, on),
        *target_questions(sentence, numbers, metrics, together, number),
    )
    open_parts = {question.about for question in questions}
    named = mention is not None and "metric" not in open_parts
    given = number is not None and "target" not in open_parts
    return Reading(
        metric=_name(mention, on) if mention and named else None,
        target=_target(mention, number) if number and given else None,
        predicts=predicts(_without(sentence, metrics, numbers)),
        from_scratch=FROM_SCRATCH.search(sentence) is not None,
        questions=questions,
        quoted=(mention.text if mention else "", number.text if number else ""),
        kind=mention.kind if mention else "",
        place=on,
        bound=number.bound if number else "",
    )


def wish(sentence: str) -> str:
    """Return what is to be done without how well: what a model is told."""
    for pair in pairs(sentence, mentions(sentence), amounts(sentence)):
        before = BEFORE_CLAUSE.search(sentence[: pair.amount.span[0]])
        if before and pair.number_first and pair.metric.kind not in ("recall", "precision", ""):
            return sentence[: before.start()] + sentence[pair.metric.span[1] :]
    return sentence


def missing(sentence: str, metric: str | None, target: float | None) -> tuple[str, ...]:
    """Name what the goal lacks, given what was said beside the sentence."""
    reading = read(sentence)
    lacks = []
    if not reading.predicts:
        lacks.append("what is predicted from what")
    if metric is None and reading.metric is None:
        lacks.append("the metric")
    if target is None and reading.target is None:
        lacks.append("the target")
    return tuple(lacks)


def agree(said: str, metric: str) -> bool:
    """Whether the sentence's word for a metric can mean `metric`: F1 is any kind of F1."""
    if said in ERROR_KINDS or metric.partition("[")[0] == said:
        return said not in ERROR_KINDS or metric == "accuracy"
    return said == metric or any(
        said.endswith(kind) and metric.endswith(kind) for kind in ("f1", "accuracy")
    )


def _mention(metrics: list[Mention], together: list[Pair]) -> Mention | None:
    """The metric with a number, else the first; "errors" without a number are no metric."""
    if together:
        return together[0].metric
    return next((metric for metric in metrics if metric.kind not in ERROR_KINDS), None)


def _name(mention: Mention, on: Place | None) -> str | None:
    if mention.kind in ERROR_KINDS:
        return "accuracy"
    if mention.kind in ("recall", "precision"):
        return f"{mention.kind}[{on.name}]" if on else None
    if mention.kind == "f1":
        return f"f1[{on.name}]" if on and on.follows else "macro_f1"
    return mention.kind or None


def _number(
    sentence: str, numbers: list[Amount], metrics: list[Mention], together: list[Pair]
) -> Amount | None:
    """The number that belongs to the metric, else the only one that stands alone."""
    if together:
        return together[0].amount
    alone = [number for number in numbers if number.may_be_target]
    if len(alone) != 1 or (metrics and not alone[0].bound):
        return None
    return alone[0] if alone[0].stands_alone(sentence) else None


def _target(mention: Mention | None, number: Amount) -> float:
    share = 1 - number.share if mention and mention.kind in ERROR_KINDS else number.share
    return float(share)


def _without(sentence: str, metrics: list[Mention], numbers: list[Amount]) -> str:
    """The sentence with its metrics and percentages blanked."""
    spans = [metric.span for metric in metrics if metric.kind not in ERROR_KINDS]
    spans += [number.span for number in numbers if number.may_be_target]
    for start, end in spans:
        sentence = sentence[:start] + " " * (end - start) + sentence[end:]
    return sentence
