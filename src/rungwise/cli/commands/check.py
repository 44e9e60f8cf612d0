"""`rungwise check`: would the task and its data work? Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rungwise.cli import output
from rungwise.cli.options import HERE, Folder, Json, Setting, project
from rungwise.evaluation.wording import agreeing, counted


def command(folder: Folder = HERE, settings: Setting = None, json: Json = False) -> None:
    """Check rungwise.yaml and read the data without writing anything."""
    facts = project(folder, settings).check()
    if json:
        output.as_json(facts)
        return
    output.line(f"{counted(facts['rows'], 'row')}, {_of_what(facts)}.")
    for assumption in facts["assumptions"]:
        output.line(f"  {assumption}")
    if sample := facts["production"]:
        rows = counted(sample["rows"], "row")
        output.line(f"  {sample['source']} is the production sample: {rows} can be used")
    for told in facts["models"]:
        output.line(f"  {told}")
    for told in output.code(facts["code"]):
        output.line(f"  {told}")
    kinds: dict[str, int] = {}
    for reason, count in facts["quarantined"].items():
        kind = reason.partition(":")[0]
        kinds[kind] = kinds.get(kind, 0) + count
    for kind, count in kinds.items():
        output.line(f"  {counted(count, 'row')} cannot be used: {kind}")


def _of_what(facts: Mapping[str, Any]) -> str:
    """What the rows are labelled with: classes, or texts with documents to look them up in."""
    if facts["classes"]:
        classes = len(facts["classes"])
        return f"{classes:,} {agreeing(classes, 'class', 'classes')}"
    told = counted(facts["expected"], "different expected text")
    if sample := facts["documents"]:
        told += f", {counted(sample['documents'], 'document')} to look them up in"
        if sample["aside"]:
            told += f" ({counted(sample['aside'], 'document')} cannot be used)"
    return told
