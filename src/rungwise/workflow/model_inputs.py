"""What the base model makes of texts, for audits that ask: embeddings, and which would be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rungwise.training.trunk import Trunk


def embeddings(workspace: Workspace, values: pl.Series) -> NDArray[np.float32] | str:
    """Embeddings of raw inputs (n, width) by the frozen base model, or why there are none.

    They are kept in the cache, where the rungs find those of train and validation again.
    """
    opened = _trunk(workspace)
    if isinstance(opened, str):
        return opened
    return opened.embeddings(opened.encode(values), workspace.progress)


def cut(workspace: Workspace, values: pl.Series) -> NDArray[np.bool_] | str:
    """Which inputs (n) are longer than the model reads, or why nobody can tell."""
    opened = _trunk(workspace)
    return opened if isinstance(opened, str) else opened.encode(values).cut


def _trunk(workspace: Workspace) -> Trunk | str:
    if workspace.task.task.modality not in plugins.names("models"):
        return f"no model reads {workspace.task.task.modality}"
    from rungwise.training import trunk

    try:
        return trunk.of(rung_context(workspace), workspace.task.models[0])
    except ModelError as error:
        return error.fact
