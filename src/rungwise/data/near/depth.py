"""How deep to look for near copies: as the task says, else by the number of rows."""

from __future__ import annotations

from rungwise.data_section import Depth
from rungwise.task import Task


def depth_of(task: Task, rows: int) -> Depth:
    """`fast` above `policy.deep_rows` rows, else `deep`, unless `data.depth` says otherwise."""
    if task.data.depth is not None:
        return task.data.depth
    return "fast" if rows > task.policy.deep_rows else "deep"
