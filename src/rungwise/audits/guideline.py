"""Whether the labelling guideline defines the classes (R13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rungwise.plugins import kind_of
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

HEADING = re.compile(r"^#+[ \t]+", re.MULTILINE)
ESCAPED = re.compile(r"\\([^\w\s]|_)")
"""What the page puts a backslash before, as Markdown would act on it."""
MEANING = re.compile(r"^\*\*Means:\*\*[ \t]*(.*?)[ \t]*$", re.MULTILINE)
BLANK = frozenset({"", "…", "..."})
"""What stands in the place of a definition that nobody has written."""


class Guideline:
    """Counts the classes in force that GUIDELINE.md does not define."""

    requirement: ClassVar[str] = "R13"
    title: ClassVar[str] = "Definitions in the labelling guideline"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False
    rereads: ClassVar[bool] = True

    def examine(self, context: AuditContext) -> list[Finding]:
        """A finding if the page is missing or a class on it has no definition."""
        if not kind_of(context.task).labels or context.guideline is None:
            return []
        if not context.guideline:
            classes = len(context.split.classes)
            title = f"There is no GUIDELINE.md: none of {classes:,} classes is defined"
            return [_finding("guideline.missing", title, classes)]
        meanings = _meanings(context.guideline, context.split.classes)
        blank = sum(meaning in BLANK for meaning in meanings)
        if not blank:
            return []
        title = f"GUIDELINE.md defines {len(meanings) - blank:,} of {len(meanings):,} classes"
        return [_finding("guideline.undefined", title, blank)]


def _meanings(page: str, classes: Sequence[str]) -> list[str]:
    """What stands behind `**Means:**` in each section that is of a class in force.

    Sections of labels that were merged away, or that no row carries, are nobody's to fill in.
    """
    known = {" ".join(label.split()) for label in classes}
    found = []
    for section in HEADING.split(page)[1:]:
        heading, _, text = section.partition("\n")
        meaning = MEANING.search(text)
        if meaning and ESCAPED.sub(r"\1", " ".join(heading.split())) in known:
            found.append(meaning[1])
    return found


def _finding(code: str, title: str, count: int) -> Finding:
    return Finding(
        code=code,
        severity="info",
        title=title,
        advice=(
            "Write a sentence behind `**Means:**` for each class, and what looks like it but is "
            "not. People who label, and who read the results, then mean the same by a class."
        ),
        requirement="R13",
        count=count,
        numbers={"undefined": count},
    )
