"""One approach on the ladder, what it makes, and what it may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from rungwise.conversation import LanguageModel
from rungwise.progress import Progress
from rungwise.records import Epoch, Evidence, Numbers
from rungwise.rules import NOW
from rungwise.table import Documents, Examples, Inputs, Predictions, Preferences
from rungwise.task import Task

if TYPE_CHECKING:
    import polars as pl


CHOSEN = "chosen"
"""Among a fit's details: what it chose by validation, as keys of a configuration.

With them in its configuration a rung fits to its training rows and reads no validation row: so are
the models of the folds made, and the one that is trained once more before the test. A rung that
keeps no such detail is measured on validation alone, and is not trained again.
"""
ONCE = "chosen_once"
"""Among a fit's details: which of the keys of `CHOSEN` the folds take from the kept model.

It chose them by the validation part, as it always did, and they cost too much to choose in every
fold: kinds of terms, epochs. The others each fold chooses by rows that it may read."""


Need = Literal["documents", "pairs", "weights", "gpu"]
"""Documents to look answers up in, pairs of a better and a worse answer, the weights of the
language model, a CUDA GPU."""


@dataclass(frozen=True, slots=True)
class RungContext:
    """What a rung may know.

    Attributes:
        task: The whole task.
        folder: Where the task lies; model paths are relative to it.
        cache: A folder that is safe to delete: embeddings and activations.
        classes: Every label, in the order of `Predictions.scores`.
        progress: Where to report long work.
        score: The goal's metric on aligned (expected, predictions), for early stopping and
            for choosing a head's strength; `greater` says which direction is better.
        greater: Whether a larger score is better.
        imported: Name → predictions of systems in use today, read from files: a column
            `output`, and `id` or `input` (or both) to match rows by.
        attempts: Evidence of every finished attempt on this data, oldest first.
        documents: Reads what answers can be looked up in; None where the task names nothing.
        preferences: Reads the answers that were not chosen.
        together: The inputs of all rows that parts and folds are drawn from, each text once; None
            where nothing is measured by folds. What a network computes of them it computes once.
        validation: Reads every validation row, also where answers are measured on some of them;
            what costs nothing to measure is measured on all.
        rules: The rules of the split in force: see `rungwise.rules`.
        lay_out: Writes what an attempt saved into a folder; None where nothing is kept.
    """

    task: Task
    folder: Path
    cache: Path
    classes: tuple[str, ...]
    progress: Progress
    score: Callable[[pl.Series, Predictions], float]
    greater: bool = True
    imported: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    attempts: Sequence[Evidence] = ()
    documents: Callable[[], Documents | None] = lambda: None
    preferences: Callable[[], Preferences] = Preferences.none
    together: Callable[[], pl.Series | None] = lambda: None
    lay_out: Callable[[Evidence, Path], None] | None = None
    validation: Callable[[], Examples | None] = lambda: None
    rules: int = NOW


class Fitted(Protocol):
    """What a rung made of one configuration."""

    @property
    def curve(self) -> tuple[Epoch, ...]:
        """One point an epoch; empty where nothing is trained in epochs, or none was validated."""

    @property
    def train_metric(self) -> float | None:
        """The goal's metric on the training rows, where known (R56)."""

    @property
    def details(self) -> Numbers:
        """What else should be remembered; `CHOSEN` among it."""

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order."""

    def save(self, folder: Path) -> None:
        """Write the fitted parts as safetensors and JSON; never pickle."""

    def export(self, folder: Path) -> None:
        """Write all that serving needs: `rungwise.training.export` says what of labels, and
        `rungwise.training.prompting.export` what of generated text.

        Raises:
            ModelError: The rung cannot be shipped (predictions read from a file).
        """


class Rung(Protocol):
    """One approach, with its place on the ladder (C6)."""

    height: ClassVar[int]
    """Cheapest first: current 5, majority 10, copy_nearest 11, lead_sentence 12, zero_shot 20,
    prompt 21, few_shot 22, nearest 30, rag 31, linear 35, frozen 40, unfreeze 50, lora 60,
    full 70, preference 80."""
    trains: ClassVar[bool]
    """Whether anything is fitted to the labels; a rung that trains nothing is a baseline."""
    step: ClassVar[Literal["climb", "tune", "full"]]
    """Which gates stand before it."""
    kinds: ClassVar[tuple[str, ...]]
    """Task kinds it serves: `classify`, `generate`."""
    modalities: ClassVar[tuple[str, ...]]
    """Modalities it serves; empty for all."""
    needs_model: ClassVar[bool | Literal["language"]]
    """Whether it stands on the task's base model, whose digest is then part of its identity;
    `language` where it asks a language model, which a classifier names beside its base model."""

    def excuse(self, context: RungContext) -> str | None:
        """Why the rung cannot be tried here, as a sentence; None where it can."""

    def propose(self, context: RungContext, done: Sequence[Evidence]) -> Numbers | None:
        """The next configuration to try, given this rung's own evidence; None when finished.

        Must depend on its arguments alone, so that a resumed climb proposes the same again.
        """

    def fit(
        self,
        configuration: Numbers,
        seed: int,
        train: Examples,
        validation: Examples,
        context: RungContext,
    ) -> Fitted:
        """Learn from `train`; choose and stop by `validation` (R49).

        If the configuration also holds what an earlier fit kept as `CHOSEN`, nothing is chosen,
        and `validation` may have no rows. A rung that trains nothing never needs any.
        """

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""


class Serves(Protocol):
    """A rung that reads the prompts of a release back: see `Prompted.rung`."""

    def serve(self, folder: Path, model: LanguageModel) -> Fitted:
        """What `Fitted.export` wrote, asking the weights beside it; no task is at hand."""


class LooksUp(Protocol):
    """A rung that looks answers up: the documents are part of what decides its outcome."""

    looks_up: ClassVar[bool]
    """Whether it does; a rung without this attribute does not."""


class Needs(Protocol):
    """A rung that does not apply without something that not every task or machine has."""

    needs: ClassVar[tuple[Need, ...]]
    """What it cannot do without; a rung without this attribute needs nothing."""


class LearnsFaster(Protocol):
    """A rung that trains what is not pretrained, at higher learning rates than layers take."""

    faster: ClassVar[float]
    """How many times the learning rates for layers, unless the task states its own; a rung
    without this attribute takes the same."""
