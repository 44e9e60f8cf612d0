"""What a goal's sentence leaves open, quoted back with the nearest form that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from rungwise.goal.amounts import UNIT, Amount, joined
from rungwise.goal.measures import AVERAGING, ERROR_KINDS, LOWER, UNBOUNDED, Mention
from rungwise.goal.pairs import Pair, Place

CHANGE = re.compile(
    r"\s*(?:points?|better|higher|more|lower|fewer|less|worse|above|below|than|improvement|"
    r"increase|gain|reduction|mehr|besser|de plus|más|in più)\b",
    re.I,
)
BY = re.compile(r"\b(?:by|um)\s*$", re.I)
TODAY = re.compile(r"\b(?:current|today['’]s|existing|present|baseline|human)\s*$", re.I)
NOW = (
    r"(?:today|currently|now|at present|so far|until now|last (?:year|month|week|quarter)|heute|"
    r"derzeit|bisher|zurzeit|momentan|aktuell|aujourd['’]hui|actuellement|hoy|actualmente|oggi|attualmente|"
    r"hoje|atualmente|nu|obecnie|dziś)"
)
OTHER = (
    r"(?:old|existing|current|present|previous|former|human|manual|baseline|alten?|bisherigen?|"
    r"heutigen?|derzeitigen?|actuel(?:le)?|actual|attuale|atual|huidige)"
)
HAS = (
    r"(?:is|are|was|were|has|have|had|reach\w*|gets?|got|achiev\w*|scor\w*|ist|liegt|hat|haben|"
    r"erreich\w*|est|atteint|es|tiene|alcanza|è|ha|raggiunge|é|tem)"
)
ALREADY = re.compile(
    rf"\b{NOW}\b(?!['’])(?:\s+[^\W\d]+){{0,5}}?\s+{HAS}\s+(?:\w+\s+)?$"
    rf"|\b(?:{OTHER}|our)\s+(?:[^\W\d]+\s+){{1,3}}?{HAS}\s+(?:\w+\s+)?$"
    r"|\b(?:beat\w*|outperform\w*|surpass\w*|improv\w+ (?:up)?on|schlage[n]?|übertreff\w*|"
    r"(?:better|worse|more accurate\w*) than|as (?:good|well|accurate\w*) as|(?:besser|so gut) als)"
    rf"\s+(?:the|our|my|their|its|{OTHER}|today['’]s|die|unsere?|das|den)\s+[^.;!?\d]*$",
    re.I,
)
"""What stands before a number that says how good something else is, or how good it is today."""
OF_ANOTHER = re.compile(
    rf"\s+(?:[^\W\d]+\s+)?(?:of|by|from|von|de|di)\s+(?:(?:the|our|unser\w*|de[rsn])\s+)?"
    rf"(?:{OTHER}|rules|humans|people|today['’]s)\b"
    r"|\s+(?:[^\W\d]+\s+)?(?:that\s+)?(?:we|they|it|you)\s+(?:have|has|had|reach\w*|got|gets?|see)\b",
    re.I,
)
"""The same behind it: "the 85 percent accuracy of the old system"."""
EACH = re.compile(
    r"\s+(?:(?:on|for|in|of|across|für|pour|para|per|voor|dla)\s+(?:each|every|any|jede\w*|chaque|"
    r"cada|ogni|elke|każde\w*)\b|(?:per|pro|je|par|por)\s+(?:class|label|category|team|intent|"
    r"queue|topic|klasse|classe|clase)\b)",
    re.I,
)
OF_ROWS = re.compile(r"\s+(?:of|der|des|de|di|van)\s+(?:the\s+)?(?P<rows>[^\W\d]\w*)", re.I)
TOGETHER = re.compile(r"\s*(?:[,/&+]|and|or|und|oder|et|ou|y|o|e|en|i|of|\s)*\s*", re.I)
COUNT = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|"
    "thousand|dozen"
)
WRITTEN_OUT = re.compile(
    rf"(?!(?:with|of|at|least|most|an?|the)\b)\b[^\W\d]+(?:[- ][^\W\d]+)?\s+{UNIT}"
    r"|\d+\s+(?:out of|in|of|von|sur|de|su|van|av|z)\s+\d+|\d+\s?/\s?\d+"
    r"|\d\S*\s+percent\w*\s+points?|\d\S*\+\s?%|%\s?\d\S*"
    rf"|(?:{COUNT})\s+(?:out of|in|of)\s+(?:an?\s+)?(?:{COUNT})(?!\w)"
    r"|(?:two|three|four|five|nine)[- ](?:thirds|quarters|fifths|sixths|tenths)",
    re.I,
)
"""A number that is there and is not read."""
FIGURES = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Question:
    """A part of the goal that the sentence leaves open, and a form of it that can be read."""

    about: Literal["metric", "target"]
    fact: str
    form: str

    def __str__(self) -> str:
        return f"{self.fact}; write “{self.form}”"


def metric_questions(
    sentence: str, metrics: list[Mention], together: list[Pair], on: Place | None
) -> Iterator[Question]:
    """What the words of the metric leave open."""
    measured = {pair.metric for pair in together}
    chosen = measured or {metric for metric in metrics if metric.kind not in ERROR_KINDS}
    kinds = {metric.kind for metric in chosen}
    if any(not metric.kind for metric in chosen):
        odd = next(metric for metric in chosen if not metric.kind)
        yield Question("metric", f"“{odd.text}” is no metric that is measured here", odd.form)
    elif len(kinds) > 1 or _side_by_side(sentence, metrics, together):
        texts = " and ".join(f"“{metric.text}”" for metric in _in_order(metrics))
        yield Question(
            "metric", f"{texts} are two metrics, and a goal has one", _in_order(metrics)[0].form
        )
    elif each := _each(sentence, together):
        fact = f"“{each}” asks for one number of each, and a goal has one"
        yield Question("metric", fact, "balanced accuracy")
    elif way := _averaging(sentence, together):
        texts = f"“{way}” and “{together[0].metric.text}”"
        fact = f"{texts} stand apart, and the one changes the other"
        yield Question("metric", fact, f"{way} {together[0].metric.form}")
    elif on is None and (kinds & {"recall", "precision"}):
        bare = _in_order(list(chosen))[0]
        yield Question("metric", f"“{bare.text}” does not say of which class", bare.form)


def _each(sentence: str, together: list[Pair]) -> str | None:
    """ "on each class", "per class": more numbers than one."""
    for pair in together:
        found = EACH.match(sentence, max(pair.metric.span[1], pair.amount.span[1]))
        if found:
            return found[0].strip()
    return None


def _averaging(sentence: str, together: list[Pair]) -> str | None:
    """ "Weighted", "micro" and their like behind a metric and its number."""
    for pair in together:
        ends = {pair.metric.span[1], pair.amount.span[1]}
        found = [AVERAGING.match(sentence, end) for end in sorted(ends)]
        if pair.metric.kind in ("f1", "accuracy", "recall", "precision") and any(found):
            return next(one["way"] for one in found if one)
    return None


def target_questions(
    sentence: str,
    numbers: list[Amount],
    metrics: list[Mention],
    together: list[Pair],
    number: Amount | None,
) -> Iterator[Question]:
    """What the numbers leave open: the first reason why they give no target."""
    metric = together[0].metric if together else next(iter(metrics), None)
    foreign = bool(together) and not together[0].metric.kind
    name = metric.form if metric else "accuracy"
    candidates = {one for one in numbers if one.may_be_target}
    candidates |= {pair.amount for pair in together}
    good = f"at least 90 percent {name}"
    if text := joined(sentence):
        yield Question("target", f"“{text}” is not one number", good)
    elif len({one.share for one in candidates}) > 1:
        texts = " and ".join(f"“{one.text}”" for one in sorted(candidates, key=lambda a: a.span))
        yield Question("target", f"{texts} are two numbers, and a goal has one target", good)
    elif number is None:
        yield from _no_number(sentence, numbers, metric, good)
    elif metric is not None and foreign:
        yield Question("target", f"“{number.text}” belongs to “{metric.text}”", good)
    elif fact := _change(sentence, number) or _other_rows(sentence, number, together):
        yield Question("target", fact, good)
    elif not number.percent and (written := _written_out(sentence, number)):
        yield Question("target", f"“{written}” is not read as one number", good)
    elif metric is not None and together:
        yield from _value(metric, number)
    elif number.bound == ("least" if metric and metric.kind in LOWER else "most"):
        yield Question("target", f"“{_bounded(number)}” does not say of what", good)
    elif number.share > 1 or not number.readable:
        yield Question("target", f"“{number.text}” is no share", good)


def _no_number(
    sentence: str, numbers: list[Amount], metric: Mention | None, good: str
) -> Iterator[Question]:
    """Quote what may have been meant as the target."""
    found = next((one for one in numbers if one.may_be_target), None)
    if found is not None:
        good = _good(found, metric, good)
        of = f" of “{metric.text}”" if metric else ""
        fact = f"“{_around(sentence, found)}” is not said to be the target{of}"
        yield Question("target", fact, good)
    elif written := WRITTEN_OUT.search(sentence):
        yield Question("target", f"“{written[0]}” is not read: give the number in digits", good)
    elif metric is not None and (figures := FIGURES.search(sentence, metric.span[1])):
        yield Question("target", f"“{figures[0]}” is not read as a target", good)


def _good(found: Amount, metric: Mention | None, good: str) -> str:
    """The form of a target with the number that the sentence has, if it can be one."""
    if not found.readable or found.share > 1:
        return good
    errors = metric is not None and metric.kind in ERROR_KINDS
    if (errors or metric is None) and found.bound == "most" and found.share <= Decimal("0.5"):
        return f"at most {found.in_percent} error rate"
    if errors or found.bound == "most" or found.share < Decimal("0.5"):
        return good
    return f"at least {found.in_percent} {metric.form if metric else 'accuracy'}"


def _change(sentence: str, number: Amount) -> str | None:
    """A number that says how much better, not how good."""
    after = CHANGE.match(sentence, number.span[1])
    if after or BY.search(sentence[: number.span[0]]):
        text = sentence[number.span[0] : after.end() if after else number.span[1]].strip()
        return f"“{text}” says how much better, not how good"
    if today := TODAY.search(sentence[: number.span[0]]):
        return f"“{today[0]}{number.text}” says how good it is today"
    start, end = number.span
    if already := ALREADY.search(sentence[:start]):
        start = already.start()
    elif other := OF_ANOTHER.match(sentence, end):
        end = other.end()
    else:
        return None
    return f"“{sentence[start:end].strip()}” may say how good it is without this model"


def _other_rows(sentence: str, number: Amount, together: list[Pair]) -> str | None:
    """A share of something: "90 percent of tickets"."""
    of_class = any(pair.metric.kind in ("recall", "precision", "f1") for pair in together)
    first = any(pair.number_first for pair in together)
    after = OF_ROWS.match(sentence, number.span[1])
    if first or of_class or after is None:
        return None
    return f"“{sentence[number.span[0] : after.end()].strip()}” is a share of something else"


def _value(metric: Mention, number: Amount) -> Iterator[Question]:
    """Whether the number can be a target of the metric."""
    lower = metric.kind in LOWER
    right = "at most" if lower else "at least"
    if not number.readable:
        yield Question("target", f"“{number.text}” is not one number", "at least 90 percent")
    elif metric.kind == UNBOUNDED:
        if number.percent:
            fact = f"“{number.text}” is a percentage, and {metric.text} has none"
            yield Question("target", fact, f"{metric.text} of at most 0.3")
    elif number.percent and number.text.partition(" ")[0].rstrip("%").endswith(",000"):
        fact = f"“{number.text}” may be thousands or a decimal comma"
        yield Question("target", fact, f"{right} 90 percent {metric.form}")
    elif number.percent and number.value > 100:
        yield Question(
            "target", f"“{number.text}” is more than all", f"{right} 95 percent {metric.form}"
        )
    elif metric.kind in ERROR_KINDS and number.share > Decimal("0.5"):
        fact = f"“{number.text}” as {metric.text} is wrong more often than right"
        yield Question("target", fact, "at most 5 percent error rate")
    elif number.percent and number.value < 1 and not lower:
        fact = f"“{number.text}” is less than one in a hundred"
        yield Question(
            "target", fact, f"{right} {_plain(100 * number.value)} percent {metric.form}"
        )
    elif not number.percent and not number.may_be_target:
        fact = f"“{number.text}” may be a percentage or not"
        share = _plain(number.value) if 1 < number.value <= 100 else "90"
        form = f"{right} {share} percent {metric.form}"
        yield Question("target", fact, form)
    if number.bound == ("least" if lower else "most"):
        better = "lower" if lower else "higher"
        fact = f"“{_bounded(number)}” is the wrong way round: {metric.text} is better when {better}"
        yield Question("target", fact, f"{right} {number.text} {metric.form}")


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _written_out(sentence: str, number: Amount) -> str | None:
    found = WRITTEN_OUT.search(sentence, number.span[0])
    return found[0] if found and found.start() < number.span[1] else None


def _bounded(number: Amount) -> str:
    return ("at least " if number.bound == "least" else "at most ") + number.text


def _side_by_side(sentence: str, metrics: list[Mention], together: list[Pair]) -> bool:
    """Whether another metric stands directly beside the one with the number."""
    for pair in together:
        spans = [pair.metric.span, pair.amount.span]
        start, end = min(s for s, _ in spans), max(e for _, e in spans)
        for other in metrics:
            if other in (pair.metric,) or other.kind == pair.metric.kind:
                continue
            gap = (
                sentence[other.span[1] : start]
                if other.span[1] <= start
                else sentence[end : other.span[0]]
            )
            if (other.span[1] <= start or other.span[0] >= end) and TOGETHER.fullmatch(gap):
                return True
    return False


def _in_order(metrics: list[Mention]) -> list[Mention]:
    return sorted(metrics, key=lambda metric: metric.span)


def _around(sentence: str, number: Amount) -> str:
    """The number with the two words after it."""
    rest = re.match(r"(?:\s+[^\s,.;]+){0,2}", sentence[number.span[1] :])
    return (sentence[number.span[0] : number.span[1]] + (rest[0] if rest else "")).strip()
