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
ANSWERS = """# Guideline for answers

{goal}

For everyone who writes or corrects the expected answers, and everyone who reads the results. Where
two people would write answers that differ in more than wording, the rule that decides belongs here:
settle it, write it down, and correct the rows that it changes. A guideline has done its work when
two people who have only read it accept and refuse the same answers.

1. Write the answer that the application should give to this input: complete, and nothing besides.
2. Write it in the form that is set down below, the same in every row.
3. Where two answers fit, look for the rule under *Edge cases*; where there is none, add one.
4. Where the input does not say enough, answer as *When there is no answer* says; do not guess.

## A right answer

**Holds:** …

**Form:** … (fields and their types, units, dates, language, length)

**May differ in:** … (wording, order, spelling: what two right answers need not share)

## A wrong answer

**Is wrong because:** … (a value that the input does not say, a missing field, another tone)

## When there is no answer

**Answer with:** …

## Edge cases

- …

## {examples}

{listed}
{none}
"""
OF_ANSWERS = "Examples"
"""The heading on a page about answers below which real rows stand."""


def guideline(goal: str, examples: Mapping[str, Sequence[str]], *, texts: bool = False) -> str:
    """The page: a heading for each class, room to define it, and real examples.

    Args:
        goal: The task's sentence.
        examples: Label → redacted inputs that carry it; the first three are shown.
        texts: The task writes texts: the page is about answers, and has no classes.
    """
    if texts:
        return ANSWERS.format(goal=escaped(goal), examples=OF_ANSWERS, listed=LISTED, none=NONE)
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
