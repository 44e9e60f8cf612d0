"""Whether each file's licence and origin are known, and allow what is planned (R18)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rungwise.data.provenance import Provenance as Known
from rungwise.data.provenance import provenance
from rungwise.protocols import AuditContext, Stage
from rungwise.records import Finding

RESTRICTED = {
    "commercial": ("commercial use", r"(?i)\bNC\b|non-?commercial|research[- ]only|academic"),
    "derived": ("derived works", r"(?i)\bND\b|no-?derivatives?"),
    "reserved": ("every use that the owner has not allowed", r"(?i)all rights reserved"),
}
"""Code → what a licence keeps back, and how its name says so (SPDX writes `CC-BY-NC-4.0`)."""


class Provenance:
    """Asks for the licence and the origin of every file that the task names.

    A name is no legal advice: it says what to ask the owner of the data, and of each file it is
    kept beside the file's digest.
    """

    requirement: ClassVar[str] = "R18"
    title: ClassVar[str] = "Licence and origin of each file"
    stage: ClassVar[Stage] = "structure"
    modalities: ClassVar[tuple[str, ...]] = ()
    depends_on_depth: ClassVar[bool] = False

    def examine(self, context: AuditContext) -> list[Finding]:
        """Findings on files without licence or origin, and on licences that keep something back."""
        files = provenance(context.task.data, context.split.sources)
        found = [
            _unknown(files, [one for one in files if one.licence is None], "licence"),
            _unknown(files, [one for one in files if one.origin is None], "origin"),
            *(_restricted(files, code) for code in RESTRICTED),
        ]
        return [finding for finding in found if finding]


def _unknown(files: Sequence[Known], missing: Sequence[Known], what: str) -> Finding | None:
    if not missing:
        return None
    example = "CC-BY-4.0" if what == "licence" else "export of the support desk"
    of = f"{len(missing):,} of {len(files):,} files"
    return Finding(
        code=f"provenance.{what}",
        severity="warn",
        title=f"The {what} of {of} is unknown: {_listed(missing)}",
        advice=f"Ask the owner of the data, then write it into rungwise.yaml, under `data:`, as "
        f"`  {what}: {example}` for all files, or as a mapping from each file to its own.",
        requirement="R18",
        count=len(missing),
        numbers={"files": _on_record(files)},
    )


def _restricted(files: Sequence[Known], code: str) -> Finding | None:
    kept, named = RESTRICTED[code]
    such = [one for one in files if one.licence and re.search(named, one.licence)]
    if not such:
        return None
    licences = ", ".join(sorted({str(one.licence) for one in such}))
    return Finding(
        code=f"provenance.{code}",
        severity="warn",
        title=f"{licences} keeps back {kept}: {len(such):,} of {len(files):,} files",
        advice=(
            "A model that has learnt from them may be bound by it: ask the owner of the data, or "
            "leave them out."
        ),
        requirement="R18",
        count=len(such),
        numbers={"files": _on_record(files)},
    )


def _listed(files: Sequence[Known]) -> str:
    return ", ".join(one.file for one in files)


def _on_record(files: Sequence[Known]) -> dict[str, dict[str, str | None]]:
    return {
        one.file: {"sha256": one.digest, "licence": one.licence, "origin": one.origin}
        for one in files
    }
