"""Goals of recall or precision alone, which a careless answer to every row meets."""

from __future__ import annotations

from rungwise.goal.measures import mentions

OTHER = {"recall": "precision", "precision": "recall"}


def one_sided(sentence: str, metric: str) -> str:
    """Say how a goal of recall or precision alone is met without a model.

    Returns "" for other metrics, and if the sentence has a word on the other side.
    """
    kind, bracket, rest = metric.partition("[")
    if kind not in OTHER or not bracket:
        return ""
    other, label = OTHER[kind], rest.removesuffix("]")
    if any(mention.form.startswith(other) for mention in mentions(sentence)):
        return ""
    met = (
        f"by answering {label!r} to every row"
        if kind == "recall"
        else f"by answering {label!r} to one sure row and never again"
    )
    return (
        f"{metric} alone is met {met}: read {other}[{label}] beside it, which every report has, "
        f"or choose f1[{label}]."
    )
