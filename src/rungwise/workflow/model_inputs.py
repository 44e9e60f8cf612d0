"""What models make of texts, for audits that ask: embeddings, and which texts are too long.

A classifier's base model embeds its own inputs. A language model embeds nothing: beside it the
encoder that `retrieval.encoder` names does, or the packaged one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rungwise import plugins
from rungwise.checkpoints import PACKAGED
from rungwise.errors import InputError, ModelError
from rungwise.plugins import kind_of
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rungwise.training.trunk import Trunk


def embeddings(workspace: Workspace, values: pl.Series) -> NDArray[np.float32] | str:
    """Embeddings of raw inputs (n, width) by a frozen model, or why there are none.

    They are kept in the cache, where the rungs find those of train and validation again.
    """
    opened = _trunk(workspace)
    if isinstance(opened, str):
        return opened
    return opened.embeddings(opened.encode(values), workspace.progress)


def cut(workspace: Workspace, values: pl.Series) -> NDArray[np.bool_] | str:
    """Which inputs (n) are longer than the model reads, or why nobody can tell.

    A language model must have room for its instruction and its answer besides.
    """
    if kind_of(workspace.task).writes:
        return _without_room(workspace, values)
    opened = _trunk(workspace)
    return opened if isinstance(opened, str) else opened.encode(values).cut


def base_languages(workspace: Workspace) -> frozenset[str]:
    """Languages that the base model's card states; empty if it states none or cannot be read."""
    from rungwise.checkpoints import find, model_card
    from rungwise.models.language import packaged

    task = workspace.task
    name = task.models[0]
    if name in packaged.PACKAGED:
        return packaged.LANGUAGES
    if "@" in name:  # behind an endpoint nobody sees a card
        return frozenset()
    try:
        return model_card.languages(find(name, workspace.folder, task.task.modality).folder)
    except ModelError:
        return frozenset()


def _trunk(workspace: Workspace) -> Trunk | str:
    task = workspace.task
    if task.task.modality not in plugins.names("models"):
        return f"no model reads {task.task.modality}"
    from rungwise.training import trunk

    encoder = task.models[0]
    if kind_of(task).writes:
        encoder = task.retrieval.encoder or next(iter(PACKAGED))
    try:
        return trunk.of(rung_context(workspace), encoder)
    except ModelError as error:
        return error.fact


def _without_room(workspace: Workspace, values: pl.Series) -> NDArray[np.bool_] | str:
    from rungwise.models.language.local import LocalLanguageModel
    from rungwise.training.prompting.instruction import instructions
    from rungwise.training.prompting.models import language_model
    from rungwise.training.prompting.prompted import Asked, Prompted
    from rungwise.training.prompting.room import longest_answer

    context, expected = rung_context(workspace), workspace.part("train")["expected"]
    try:
        model = language_model(context)
    except (ModelError, InputError) as error:
        return error.fact
    if not isinstance(model, LocalLanguageModel):
        return f"nobody but its server can count the tokens of {model.name}"
    system = max(instructions(workspace.task, expected).values(), key=len)
    room = longest_answer(context, expected, model)
    examples = pl.DataFrame(schema={"input": pl.String, "expected": pl.String})
    asking = Prompted(model, Asked(system, None, 0, room, 0), examples)
    around = len(model.tokens(asking.prompts(pl.Series([""]))[0])) + room
    # No token is shorter than a byte: what is short in bytes need not be counted.
    long = (values.str.len_bytes() + around > model.context).to_numpy().copy()
    prompts = asking.prompts(values.filter(pl.Series(long)))
    long[long] = [not model.fits(prompt, room) for prompt in prompts]
    return long
