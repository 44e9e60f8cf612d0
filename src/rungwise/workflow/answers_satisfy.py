"""Whether the expected answers satisfy the schema that outputs are held to, before any is asked."""

from __future__ import annotations

from rungwise.data.seal import Stored
from rungwise.errors import TaskError
from rungwise.evaluation.json_schemas import Schema, load
from rungwise.workflow.workspace import Workspace

NAMED = 3


def answers_satisfy(workspace: Workspace) -> None:
    """Count and name the expected answers of train and validation that break the task's schema.

    Raises:
        TaskError: None of train satisfies it, so no model can be right and valid at once; or the
            schema cannot be used, or can be satisfied by nothing.
    """
    path = workspace.task.generation.schema_file
    if path is None:
        return
    schema = load(workspace.folder, path)
    parts: tuple[Stored, ...] = ("train", "validation")
    for part in parts:
        rows = workspace.part(part)
        faults = _faults(workspace, schema, part)
        if part == "train" and len(faults) == len(rows):
            row, fault = next(iter(faults.items()))
            raise TaskError(
                f"No right output can satisfy {path}: none of the {len(rows):,} expected answers "
                f"of train does, such as row {row}, where {fault}",
                "Correct the schema that `generation.schema` names, or the answers.",
            )
        if faults:
            shown = "; ".join(f"row {row}: {faults[row]}" for row in list(faults)[:NAMED])
            more = "; …" if len(faults) > NAMED else ""
            workspace.progress.say(
                f"{len(faults):,} of {len(rows):,} expected answers of {part} do not satisfy "
                f"{path} ({shown}{more}): no output can be both right and valid there."
            )


def _faults(workspace: Workspace, schema: Schema, part: Stored) -> dict[str, str]:
    """Row id → what is wrong with its expected answer."""
    rows = workspace.part(part).select("id", "expected")
    told = workspace.progress.over(rows.iter_rows(), f"answers of {part}", len(rows))
    checked = ((row, schema.fault(text)) for row, text in told)
    return {row: fault for row, fault in checked if fault is not None}
