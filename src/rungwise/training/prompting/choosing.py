"""A language model that is asked which label fits: a classifier's prompt-first baseline (R29).

Every label is scored as the answer, so that nothing has to be read out of a text. What a label gets
whatever is asked is held against it, measured on a question without content (Zhao et al. 2021,
"Calibrate Before Use"). A model that cannot score is asked to write, and the label is read.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rungwise.conversation import (
    CannotScore,
    Conversation,
    LanguageModel,
    with_room_to_think,
)
from rungwise.data.label_match import Classes
from rungwise.errors import ModelError
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress
from rungwise.table import Inputs, Predictions
from rungwise.training.prompting import prompted
from rungwise.training.prompting.prompted import Asked, Prompted

FILE = "classes.json"
CONTENT_FREE = ("N/A", "[MASK]", "")
"""Questions that say nothing, as in the paper."""


class Chosen(Prompted):
    """Answers with one of the classes.

    Args:
        model: What is asked.
        asked: What is asked around each question.
        examples: The rows to show, or for `nearest` the rows to choose from: `input`, `expected`.
        classes: The labels, in the order of `Predictions.scores`.
    """

    def __init__(
        self, model: LanguageModel, asked: Asked, examples: pl.DataFrame, classes: tuple[str, ...]
    ) -> None:
        super().__init__(model, asked, examples)
        self.classes = classes

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """The most probable label of each; tokens read are added to the details."""
        prompts = self.prompts(inputs.values)
        self._say_fewer(len(prompts), progress)
        try:
            said = self._scored(prompts, progress)
        except CannotScore as cannot:
            progress.say(f"{cannot.fact}: the label that it writes is read instead.")
            return self._read(prompts, inputs, progress)
        if self.asked.selection != "nearest":  # else every row has other examples around it
            said = said - self._whatever_is_asked(progress)
        scores = _shares(said)
        self._tell(prompts, 0)
        best = scores.argmax(axis=1) if len(prompts) else np.empty(0, np.int64)
        outputs = pl.Series("output", self.classes, pl.String).gather(best)
        return Predictions(inputs.ids, outputs, scores.astype(np.float32), self.classes)

    def _scored(self, prompts: list[Conversation], progress: Progress) -> NDArray[np.float64]:
        """Log-probabilities (prompts, classes)."""
        if isinstance(self.model, LocalLanguageModel):
            return self.model.score(prompts, self.classes, progress, kept=self.kept)
        return self.model.score(prompts, self.classes, progress)

    def _whatever_is_asked(self, progress: Progress) -> NDArray[np.float64]:
        """Log of the share that each label gets of questions without content (classes)."""
        nothing = pl.Series(CONTENT_FREE, dtype=pl.String)
        said = self._scored(self.prompts(nothing), progress)
        found: NDArray[np.float64] = np.log(_shares(said).mean(axis=0) + np.finfo(np.float64).tiny)
        return found

    def _read(self, prompts: list[Conversation], inputs: Inputs, progress: Progress) -> Predictions:
        told = with_room_to_think(
            self.model, prompts, progress,
            max_tokens=self.asked.max_tokens, room=self.asked.thinking,
        )  # fmt: skip
        known = Classes(self.classes)
        outputs = [_label(one.text, known) for one in told]
        self._tell(prompts, sum(one.output_tokens for one in told))
        strange = sum(output not in self.classes for output in outputs)
        tokens = sum(one.prompt_tokens for one in told)
        found = prompted.in_answers(self.model, told)
        self.details = {**self.details, **found, "no_label": strange, "prompt_tokens": tokens}
        if strange:
            progress.say(f"{strange:,} of {len(outputs):,} answers name no label: they are wrong.")
        return Predictions(inputs.ids, pl.Series("output", outputs, pl.String), None, ())

    def _tell(self, prompts: list[Conversation], written: int) -> None:
        self.details = {**self.details, "output_tokens": written, "rows": len(prompts)}
        if isinstance(self.model, LocalLanguageModel):
            read = sum(len(self.model.tokens(prompt)) for prompt in prompts)
            self.details = {**self.details, "prompt_tokens": read}

    def save(self, folder: Path) -> None:
        """Write `prompt.json`, and the labels."""
        super().save(folder)
        (folder / FILE).write_text(json.dumps(self.classes, ensure_ascii=False), encoding="utf-8")


def restored(model: LanguageModel, folder: Path) -> Prompted:
    """What `save` wrote, labels or text, asking the same model.

    Raises:
        ModelError: The model is no longer the one that was measured.
    """
    return _with_classes(prompted.restored(model, folder), folder)


def served(model: LanguageModel, folder: Path) -> Prompted:
    """The same, asking the weights that were exported beside it.

    Raises:
        ModelError: A file is not what `save` writes.
    """
    return _with_classes(prompted.served(model, folder), folder)


def _with_classes(found: Prompted, folder: Path) -> Prompted:
    path = folder / FILE
    if not path.is_file():
        return found
    try:
        classes = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(classes, list) or not all(isinstance(one, str) for one in classes):
            raise ValueError("another shape")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} does not list labels", "Get the release again.") from error
    return Chosen(found.model, found.asked, found.examples, tuple(classes))


def _shares(said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities (rows, classes) as shares of each row."""
    if not said.size:
        return said
    shifted = np.exp(said - said.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def _label(text: str, known: Classes) -> str:
    """The label that a text means; else the text, which is wrong."""
    meant = known.named(text)
    return meant[0] if len(meant) == 1 else text.strip()
