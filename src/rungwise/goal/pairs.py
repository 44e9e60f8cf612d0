"""Which number of a sentence belongs to which metric, and on what it is measured.

A number belongs to a metric if nothing stands between them but words that say so: "recall on
toxic of at least 90 percent", "90 % overall accuracy". Nearness alone says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rungwise.goal.amounts import AT_LEAST, AT_MOST, Amount, alternatives
from rungwise.goal.measures import OF_CLASS, Mention, may_be_class, scope

LINKS = (
    "of; is; are; be; to; reach; reaches; reaching; should; must; shall; will; needs; "
    "target; goal; a; an; the; score; value; about; around; roughly; approximately; approx.; "
    "circa; ca.; equal; equals; as; exactly; von; einer; einem; eine; ein; der; de; des; "
    "du; une; un; à; del; della; di; da; do; uma; um; van; een; at; bei; ist; soll; sein; "
    "est; doit; être; es; på; debe; ser; è; deve; essere; moet; zijn; jest; być; na poziomie; "
    "d'une; d'un; d'; d’; dell'; el; al; il; percentage"
)
LINK = rf"(?:{alternatives('; '.join((AT_LEAST, AT_MOST, LINKS)))}|[\s=:(~≈])"
BETWEEN = re.compile(rf"(?:[,.;]\s)?{LINK}*", re.I)
AFTER_PLACE = re.compile(
    r"(?:\s+(?!(?:within|by|and|with|drops?|falls?|rises?)\b)[^\s\d,;.=<>≥≤]+){0,4}?,?"
    + f"{LINK}+",
    re.I,
)
KIND_OF = re.compile(
    r"(?:-?ig\w*)?[\s)]*(?:(?:of|in|an|a|the|der|de|d['’]|di|della|overall|total|average|classification|"
    r"prediction|test|validation|model|intent|label|general)\s*)*",
    re.I,
)
"""What may stand between a number and the metric after it."""
WORD_BETWEEN = re.compile(r"\s+(?P<word>[^\W\d][\w-]*?)[\s-]+")
WORD_BEFORE = re.compile(r"(?<![\w-])(?P<word>[^\W\d][\w-]*?)[\s-]+$")
FURTHER = re.compile(
    rf"(?:\s+(?!{LINK}|(?:and|or|with|within|by|und|et|y|e)\b)[^\s\d,;.:()=<>≥≤]+){{0,3}}", re.I
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A metric and the number that belongs to it."""

    metric: Mention
    amount: Amount

    @property
    def number_first(self) -> bool:
        """Whether the number stands before the metric."""
        return self.amount.span[0] < self.metric.span[0]


@dataclass(frozen=True, slots=True)
class Place:
    """What a metric is measured on, which may be a class: "toxic comments" in "on toxic comments".

    `follows` is False for a word before the metric, as in "spam recall"; `whole` is True for
    words in quotes.
    """

    words: str
    follows: bool
    whole: bool = False

    @property
    def name(self) -> str:
        """The class, if the words begin with its name."""
        return self.words if self.whole else self.words.split()[0]


def pairs(sentence: str, metrics: list[Mention], numbers: list[Amount]) -> list[Pair]:
    """Every metric with a number that belongs to it."""
    return [
        Pair(metric, number)
        for number in numbers
        for metric in metrics
        if _belongs(sentence, metric, number)
        and (metric.kind != "mistakes" or number.bound == "most")
    ]


def _belongs(sentence: str, metric: Mention, number: Amount) -> bool:
    if metric.span[1] <= number.span[0]:
        between = sentence[metric.span[1] : number.span[0]]
        if BETWEEN.fullmatch(between):
            return True
        found = scope(sentence, metric.span[1])
        if found is None or found.end > number.span[0]:
            return False
        rest = sentence[found.end : number.span[0]]
        return AFTER_PLACE.fullmatch(rest) is not None
    between = sentence[number.span[1] : metric.span[0]]
    named = metric.kind in OF_CLASS and WORD_BETWEEN.fullmatch(between)
    return bool(named or KIND_OF.fullmatch(between)) and number.span[1] <= metric.span[0]


def place(sentence: str, metric: Mention, pair: Pair | None) -> Place | None:
    """What a metric is measured on; None if the sentence does not say it."""
    ends = [metric.span[1]]
    if pair is not None and not pair.number_first:
        ends.append(pair.amount.span[1])
    for end in ends:
        if found := scope(sentence, end):
            further = None if found.whole else FURTHER.match(sentence, found.end)
            words = found.words + (further[0] if further else "")
            return Place(words if found.whole else words.rstrip(".!?"), True, found.whole)
    before = WORD_BEFORE.search(sentence[: metric.span[0]])
    if before is None or not may_be_class(before["word"]):
        return None
    return Place(before["word"], False)
