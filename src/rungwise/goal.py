"""Reading the goal: one sentence, and one number that defines success (R1, R2, R5).

What the sentence says about the metric and the target is read out of it, so that the user
writes it once; what it leaves out is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GOOD_EXAMPLE = "Classify online-banking questions into 77 intents with at least 90 percent accuracy"

METRIC_WORDS = (
    (r"balanced accuracy", "balanced_accuracy"),
    (r"accuracy", "accuracy"),
    (r"weighted[ -]f1", "weighted_f1"),
    (r"micro[ -]f1", "micro_f1"),
    (r"(macro[ -])?f1([ -]score)?", "macro_f1"),
    (r"roc[ -]auc|auc|area under the (roc )?curve", "roc_auc"),
    (r"average precision|pr[ -]auc", "average_precision"),
    (r"log[ -]?loss|cross[ -]entropy", "log_loss"),
    (r"(expected )?calibration error|ece", "expected_calibration_error"),
    (r"exact[ -]match", "exact_match"),
    (r"normali[sz]ed[ -]match", "normalised_match"),
    (r"(json )?field f1|json f1", "json_f1"),
    (r"valid json|json validity", "json_valid"),
    (r"answer f1", "answer_f1"),
    (r"rouge[ -]?l?", "rouge_l"),
    (r"bleu", "bleu"),
    (r"chrf", "chrf"),
    (r"mcc|matthews correlation( coefficient)?", "mcc"),
)
PER_CLASS = re.compile(
    r"\b(recall|precision|f1)\s+(?:on|of|for)\s+(?:the\s+)?[\"'`]?([\w-]+)", re.I
)
TARGET = re.compile(
    r"(?<![\w.])(\d{1,3}(?:\.\d+)?)\s*(?:%|per ?cent\b)|(?<![\w.])(0?\.\d+)(?!\w)", re.I
)
PREDICTING = re.compile(
    r"\b(classif(?:y|ies|ied|ying|ication)|predict\w*|detect\w*|rout\w+|label\w*|assign\w*|recogni[sz]\w+|decid\w+"
    r"|sort\w*|flag\w*|identif\w+|categori[sz]\w+|tag\w*|tell\w*|distinguish\w*|separat\w+|spot\w*"
    r"|find\w*|recommend\w*|rat(e|es|ing)|scor(e|es|ing)|filter\w*|map\w*|extract\w*|translat\w+"
    r"|summari[sz]\w+|answer\w*|generat\w+|writ\w+|rewrit\w+|match\w*|triag\w+|estimat\w+)\b",
    re.I,
)
FROM_SCRATCH = re.compile(
    r"\bfrom scratch\b|\bpre-?train (a|our|my)\b|\brandom(ly)? initiali[sz]|\b(no|without) (a )?"
    r"(checkpoint|pre-?train)",
    re.I,
)
MEASURE = "|".join(pattern for pattern, _ in METRIC_WORDS)
MEASURED = re.compile(
    r",?\s+(?:with|at|to reach|reaching)\s+(?:an?\s+)?"
    r"(?:(?:at (?:least|most)|more than|less than|over|above|under|below|up to|about)\s+)?"
    rf"\d*\.?\d+\s*(?:%|per ?cent\b)?\s*(?:{MEASURE})\b",
    re.I,
)
"""The clause that says how good is good enough."""
FILLER_WORDS = (
    "a an the to of in on for with and or by it them that this is be very more most really at "
    "least smart good better best great intelligent clever powerful modern ai ml model classifier "
    "system machine learning things stuff something everything data well using use our my your "
    "build make train create percent accuracy"
)
FILLER = frozenset(FILLER_WORDS.split())


@dataclass(frozen=True, slots=True)
class Reading:
    """What the sentence says: `metric` and `target` are None where it says nothing.

    `predicts` tells whether it names what is predicted; `from_scratch` that it asks for a
    model with no checkpoint (R28).
    """

    metric: str | None
    target: float | None
    predicts: bool
    from_scratch: bool


def read(sentence: str) -> Reading:
    """Read a goal's sentence."""
    return Reading(
        metric=_metric(sentence),
        target=_target(sentence),
        predicts=_predicts(sentence),
        from_scratch=FROM_SCRATCH.search(sentence) is not None,
    )


def wish(sentence: str) -> str:
    """What is to be done, without the clause that says how well: what a model can be told."""
    return MEASURED.sub("", sentence)


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
    return said == metric or any(
        said.endswith(kind) and metric.endswith(kind) for kind in ("f1", "accuracy")
    )


def _metric(sentence: str) -> str | None:
    if found := PER_CLASS.search(sentence):
        return f"{found[1].lower()}[{found[2]}]"
    for pattern, name in METRIC_WORDS:
        if re.search(rf"\b({pattern})\b", sentence, re.I):
            return name
    return None


def _target(sentence: str) -> float | None:
    """The number nearest to the metric's name, where the sentence has several."""
    found = list(TARGET.finditer(sentence))
    if not found:
        return None
    place = _metric_place(sentence)
    if place is not None:
        found.sort(key=lambda one: min(abs(one.start() - place[1]), abs(place[0] - one.end())))
    nearest = found[0]
    return float(nearest[1]) / 100 if nearest[1] else float(nearest[2])


def _metric_place(sentence: str) -> tuple[int, int] | None:
    patterns = [PER_CLASS.pattern, *(rf"\b({pattern})\b" for pattern, _ in METRIC_WORDS)]
    places = (re.search(pattern, sentence, re.I) for pattern in patterns)
    return next((one.span() for one in places if one), None)


def _predicts(sentence: str) -> bool:
    verb = PREDICTING.search(sentence)
    if verb is None:
        return False
    words = re.findall(r"[^\W\d_][\w'-]*", sentence[verb.end() :].lower())
    return sum(word not in FILLER for word in words) >= 2
