"""The part of GUIDELINE.md that an audit rewrites: classes taken for each other (R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rungwise.percent import percent
from rungwise.reporting.guideline import LONGEST, escaped

BEGIN = "<!-- rungwise: edge cases from the data; every audit rewrites what is between these -->"
END = "<!-- rungwise: end of the edge cases -->"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two classes that are taken for each other, with rows that show it.

    Attributes:
        classes: The two labels.
        share: Rows of both that are taken for the other, 0 to 1.
        examples: Of each class, inputs that are labelled so and look like the other.
    """

    classes: tuple[str, str]
    share: float
    examples: tuple[Sequence[str], Sequence[str]]


def refreshed(page: str, found: Sequence[Confusion]) -> str:
    """The page with its edge cases as they are now; what people wrote stays as it is.

    Without any confusion a page that never had the part stays without it.
    """
    head, begun, rest = f"{page}\n".partition(f"\n{BEGIN}\n")
    if not begun and not found:
        return page
    part, ended, tail = rest.partition(f"\n{END}\n")
    if begun and not ended:  # somebody deleted the end: what follows may be theirs
        head, tail = f"{head}\n{part}", ""
    closing = tail.strip("\n")
    after = f"\n{closing}\n" if closing else ""
    return f"{head.rstrip(chr(10))}\n\n{BEGIN}\n\n{_part(found)}\n{END}\n{after}"


def _part(found: Sequence[Confusion]) -> str:
    if not found:
        return "No two classes are taken for each other in the data as it is.\n"
    sections = "\n".join(_section(one) for one in found)
    return f"""# Edge cases in the data

A model that did not learn from these rows takes each class for the other. Write the rule that
tells them apart under *Edge cases* of both classes above, or merge them; then relabel what the
rule changes.

{sections}"""


def _section(one: Confusion) -> str:
    first, second = (escaped(label) for label in one.classes)
    shown = [
        f"- labelled {label}: {escaped(text, LONGEST)}"
        for label, texts in zip((first, second), one.examples, strict=True)
        for text in texts
    ]
    listed = "\n".join(shown)
    return f"## {first} or {second}? ({percent(one.share)} of their rows)\n\n{listed}\n"
