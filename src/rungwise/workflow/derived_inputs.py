"""What is derived from the rows for audits that ask: computed when first asked, and kept.

A classifier's base model embeds its own inputs. A language model embeds nothing: beside it the
encoder that `retrieval.encoder` names does, or the packaged one.
"""

from __future__ import annotations

import contextlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from rungwise import plugins
from rungwise.checkpoints import PACKAGED
from rungwise.errors import InputError, LedgerError, ModelError, StorageError
from rungwise.files import write_text
from rungwise.objects import Objects, canonical, digest_json
from rungwise.plugins import kind_of
from rungwise.table import Predictions
from rungwise.workflow.rung_context import rung_context
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rungwise.data.personal.reading import Reading
    from rungwise.training.trunk import Trunk

FORMAT = 1
"""Raised whenever the same rows would be answered otherwise out of fold."""


class DerivedInputs:
    """Each method answers with values, or with a sentence that says why it cannot."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def embeddings(self, values: pl.Series) -> NDArray[np.float32] | str:
        """Embeddings of raw inputs (n, width) by a frozen model.

        They are kept in the cache, where the rungs find those of train and validation again.
        """
        opened = self._trunk
        if isinstance(opened, str):
            return opened
        return opened.embeddings(opened.encode(values), self._workspace.progress)

    def cut(self, values: pl.Series) -> NDArray[np.bool_] | str:
        """Which inputs (n) are longer than the model reads.

        A language model must have room for its instruction and its answer besides.
        """
        if kind_of(self._workspace.task).writes:
            return _without_room(self._workspace, values)
        opened = self._trunk
        return opened if isinstance(opened, str) else opened.encode(values).cut

    def base_languages(self) -> frozenset[str]:
        """Languages that the base model's card states; empty if none, or nobody can read it."""
        from rungwise.checkpoints import find, model_card
        from rungwise.models.language import packaged

        task = self._workspace.task
        name = task.models[0]
        if name in packaged.PACKAGED:
            return packaged.LANGUAGES
        if "@" in name:  # behind an endpoint nobody sees a card
            return frozenset()
        try:
            found = find(name, self._workspace.folder, task.task.modality)
            return model_card.languages(found.folder)
        except ModelError:
            return frozenset()

    def people(self, texts: pl.Series) -> Reading | str:
        """What the learnt reader found in texts (n), whatever the task's own model is (R18)."""
        from rungwise.modalities.text import Text, people

        try:
            opened = Text().open(people.ENCODER, self._workspace.folder)
            seconds = self._workspace.task.policy.personal_seconds
            return people.read(texts, opened, seconds, self._workspace.progress)
        except ModelError as error:
            return error.fact

    def out_of_fold(self) -> Predictions | str:
        """Answers to train and validation by heads that did not learn from the row (R12)."""
        return self._out_of_fold

    @cached_property
    def _out_of_fold(self) -> Predictions | str:
        workspace = self._workspace
        task, split = workspace.task, workspace.state.split
        assert split is not None, "the gate split_sealed stands before audit"
        rows, most = split.rows["train"] + split.rows["validation"], task.policy.out_of_fold_rows
        if not kind_of(task).labels:
            return "only labels can be answered out of fold"
        if len(split.classes) < 2:
            return "there is one class only"
        if rows > most:
            return f"more than {most:,} rows (`policy.out_of_fold_rows`)"
        from rungwise.training import out_of_fold

        opened = self._trunk
        if isinstance(opened, str):
            return opened
        model, limit, seed = opened.backbone.digest, task.training.max_tokens, task.policy.seed
        store = Objects(workspace.cache / "out_of_fold")
        note = store.folder / f"{digest_json([FORMAT, split.id, model, limit, seed])}.json"
        if (found := self._kept(store, note)) is not None:
            return found
        parts = workspace.part("train"), workspace.part("validation")
        answered = out_of_fold.out_of_fold(opened, *parts, split.classes, seed, workspace.progress)
        digest = workspace.keep_predictions(answered, store)
        try:
            write_text(note, canonical(digest))
        except OSError as error:
            raise StorageError(f"{note} cannot be written: {error.strerror}", "Free it.") from error
        return answered

    def _kept(self, store: Objects, note: Path) -> Predictions | None:
        """What an earlier audit computed, if it is still whole."""
        if note.is_file():
            with contextlib.suppress(LedgerError, ValueError):
                digest = json.loads(note.read_text(encoding="utf-8"))
                return self._workspace.predictions(digest, store)
        return None

    @cached_property
    def _trunk(self) -> Trunk | str:
        task = self._workspace.task
        if task.task.modality not in plugins.names("modalities"):
            return f"no model reads {task.task.modality}"
        from rungwise.training import trunk

        encoder = task.models[0]
        if kind_of(task).writes:
            encoder = task.retrieval.encoder or next(iter(PACKAGED))
        try:
            return trunk.of(rung_context(self._workspace), encoder)
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
