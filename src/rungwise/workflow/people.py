"""Names, addresses and numbers as the learnt reader finds them, for the audit that asks (R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rungwise.errors import ModelError
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.data.personal.reading import Reading


def people(workspace: Workspace, texts: pl.Series) -> Reading | str:
    """What it found in texts (n), or why it cannot look: whatever the task's own model is."""
    from rungwise.modalities.text import Text, people

    try:
        opened = Text().open(people.ENCODER, workspace.folder)
        seconds = workspace.task.policy.personal_seconds
        return people.read(texts, opened, seconds, workspace.progress)
    except ModelError as error:
        return error.fact
