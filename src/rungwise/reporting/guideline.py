"""GUIDELINE.md: one page on which the people who label agree what each class means (R13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rungwise.reporting.wording import line

INLINE = re.compile(r"[\\`*\[<~|#]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown or HTML acts on within a line; `_` inside a word, as in labels, is plain."""
LEADING = re.compile(r"^(\d{0,9})(?=[-+>.)])")
"""What would begin a list or a quotation."""
LISTED = "<!-- rungwise: from the training rows; every audit rewrites the list below -->"
NONE = "- (no example yet: the next audit lists some)"
NO_ROW = "- (no training row has this label)"
EXAMPLES = 3
LONGEST = 160


def guideline(goal: str, examples: Mapping[str, Sequence[str]]) -> str:
    """The page: a heading for each class, room to define it, and real examples.

    Args:
        goal: The task's sentence.
        examples: Label → redacted inputs that carry it; the first three are shown.
    """
    classes = "\n".join(_section(label, found) for label, found in examples.items())
    return f"""# Labelling guideline

{escaped(goal)}

For everyone who labels, and everyone who reads the results. Where two people would label a row
differently, the rule that decides belongs here: settle it, write it down, and relabel what it
changes. A guideline has done its work when two people who have only read it agree.

1. Give exactly one label to each row: what the writer wants *now*, not all that is mentioned.
2. Where two labels fit, look for the rule under *Edge cases*; where there is none, add one.
3. Where none fits, set the row aside and say why; do not force it.

{classes}"""


def escaped(text: str, longest: int = 1000) -> str:
    """User text on one line, with everything that Markdown or HTML would act on made harmless."""
    inside = INLINE.sub(r"\\\g<0>", line(text, longest))
    return LEADING.sub(r"\1\\", inside)


def with_examples(page: str, examples: Mapping[str, Sequence[str]]) -> str:
    """The page with other examples below its headings; all else stays as people wrote it.

    Args:
        page: As `guideline` wrote it, perhaps edited since. A list without `LISTED` above it is
            somebody's own.
        examples: Label → redacted inputs that carry it; the first three are shown.
    """
    known = {f"## {escaped(label)}": found for label, found in examples.items()}
    lines: list[str] = []
    heading, inside = "", False
    for text in page.split("\n"):
        inside = inside and text.startswith("- ")
        if inside:
            continue
        heading = text if text.startswith("#") else heading
        lines.append(text)
        if inside := text == LISTED:
            lines += _list(known.get(heading, ()), NO_ROW)
    return "\n".join(lines)


def without_blank(page: str, labels: Iterable[str]) -> str:
    """The page without the sections of some labels, as far as nobody wrote a word into them.

    Args:
        page: As `guideline` wrote it, perhaps edited since.
        labels: Those that are no classes any more, such as merged spellings.
    """
    for label in labels:
        head, _, _ = _section(label, ()).partition(LISTED)
        section = re.escape(head + LISTED) + r"\n(?:- .*(?:\n|\Z))*\n?"
        page = re.sub(rf"^{section}", "", page, count=1, flags=re.M)
    return page


def _section(label: str, found: Sequence[str]) -> str:
    listed = "\n".join(_list(found))
    return f"""## {escaped(label)}

**Means:** …

**Edge cases:** looks like it, but is not: … · does not look like it, but is: …

{LISTED}
{listed}
"""


def _list(found: Sequence[str], none: str = NONE) -> list[str]:
    return [f"- {escaped(text, LONGEST)}" for text in found[:EXAMPLES]] or [none]
