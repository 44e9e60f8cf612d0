"""The class that a goal's sentence names, found among the classes of the data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rungwise.errors import TaskError
from rungwise.goal.pairs import Place
from rungwise.goal.reading import Reading

AND = (
    r"\s*(?:[,/&+]|(?:and|or|und|oder|et|ou|y|o|e|en|i|lub)\s)\s*(?:(?:on|for|of|the)\s+)*([\w-]+)"
)


def metric_of_class(sentence: str, reading: Reading, classes: Sequence[str]) -> str | None:
    """The metric of a sentence with its class spelled as the data spells it.

    Returns the metric as it was read if the sentence names no class of the data.

    Raises:
        TaskError: The sentence names two classes, or a class beside a metric of all classes.
    """
    place, metric = reading.place, reading.metric
    if place is None or metric is None:
        return metric
    label = find_class(place, classes)
    if label is None:
        return metric
    if reading.kind not in ("recall", "precision", "f1"):
        raise TaskError(
            f"The goal says “{reading.quoted[0]}” of {label!r}, one class of the data, and "
            f"{metric} is measured on all rows",
            f"Write “recall on {label}”, or add --metric and --min.",
        )
    after = re.search(re.escape(place.words) + AND, sentence, re.I)
    other = find_class(Place(after[1], True), classes) if after and place.follows else None
    if other is not None and other != label:
        raise TaskError(
            f"The goal names two classes, {label!r} and {other!r}",
            f"Write “{reading.kind} on {label}”, or choose a metric of all classes.",
        )
    return f"{reading.kind}[{label}]"


def find_class(place: Place, classes: Sequence[str]) -> str | None:
    """The class that words begin with, ignoring case and `_`; None if there is none, or two."""
    words = [place.words] if place.whole else place.words.split()
    for count in range(len(words), 0, -1):
        text = " ".join(words[:count])
        if text in classes:
            return text
        alike = [label for label in classes if _folded(label) == _folded(text)]
        if alike:
            return alike[0] if len(alike) == 1 else None
    return None


BETWEEN = re.compile(
    r"(?<=[^\W_])(?:[\s_]+|-)(?=[^\W\d_])|(?<=[^\W\d_])(?:[\s_]+|-)(?=\d)|(?<=\d)[\s_]+(?=\d)"
)


def _folded(text: str) -> str:
    """In lower case, with spaces between words; `-1` is not `1`, and `A-` not `A`."""
    return BETWEEN.sub(" ", text.lower()).strip()
