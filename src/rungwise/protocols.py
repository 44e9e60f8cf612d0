"""What a plug-in must be able to do: a few methods each.

A plug-in receives a context and returns records. It never reaches for the ledger or the
object store: what it needs, the workflow puts into the context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from rungwise.policy import Policy
from rungwise.progress import Progress
from rungwise.records import (
    Epoch,
    Evidence,
    FailureGroup,
    Finding,
    Numbers,
    Override,
    ReleaseRecord,
    SplitRecord,
    TestResult,
    Unsealing,
    Verdict,
)
from rungwise.table import Examples, Inputs, Predictions
from rungwise.task import Depth, Task

if TYPE_CHECKING:
    import numpy
    import polars as pl
    from numpy.typing import NDArray

Step = Literal["split", "audit", "climb", "tune", "full", "test", "ship"]
"""What a gate can stand before; `tune` is every rung above `frozen`."""
Stage = Literal["structure", "content"]
"""When an audit runs (C5): `structure` before anything is measured, `content` once the failures
of a baseline that trains nothing are on record."""


# ── rungs ────────────────────────────────────────────────────────────────────────────────
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


class Fitted(Protocol):
    """What a rung made of one configuration."""

    @property
    def curve(self) -> tuple[Epoch, ...]:
        """One point an epoch; empty where nothing is trained in epochs."""

    @property
    def train_metric(self) -> float | None:
        """The goal's metric on the training rows, where known (R56)."""

    @property
    def details(self) -> Numbers:
        """What else should be remembered."""

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Answer every input, in order."""

    def save(self, folder: Path) -> None:
        """Write the fitted parts as safetensors and JSON; never pickle."""

    def export(self, folder: Path) -> None:
        """Write `model.onnx`, the tokenizer and the labels: all that serving needs.

        Raises:
            ModelError: The rung cannot be shipped (predictions read from a file).
        """


class Rung(Protocol):
    """One approach, with its place on the ladder (C6)."""

    height: ClassVar[int]
    """Cheapest first: current 5, majority 10, zero_shot 20, nearest 30, frozen 40,
    unfreeze 50, lora 60, full 70."""
    trains: ClassVar[bool]
    """Whether anything is fitted to the labels; a rung that trains nothing is a baseline."""
    step: ClassVar[Literal["climb", "tune", "full"]]
    """Which gates stand before it."""
    kinds: ClassVar[tuple[str, ...]]
    """Task kinds it serves: `classify`, `generate`."""
    modalities: ClassVar[tuple[str, ...]]
    """Modalities it serves; empty for all."""
    needs_model: ClassVar[bool]
    """Whether it stands on the task's base model, whose digest is then part of its identity."""

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
        """Learn from `train`; choose and stop by `validation` (R49)."""

    def restore(self, configuration: Numbers, folder: Path, context: RungContext) -> Fitted:
        """Build again what `save` wrote."""


# ── audits ───────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class AuditContext:
    """What an audit may know: tables with the columns of `rungwise.table.COLUMNS`.

    `test` has a null `expected` in every row: audits never see the sealed labels.
    `given` names the parts that the user supplied as files of their own. `failures` are the
    grouped wrong answers of the best rung that trains nothing: empty in the stage `structure`.
    `production` is an unlabelled sample of what will be asked (`id`, `input`, `line`), or None.
    `embeddings` of inputs (n) are (n, width), by the frozen base model; `cut` says which inputs
    (n) are longer than it reads. Both work when first asked, answer in a sentence where they
    cannot, and are None where nobody could be asked.
    `out_of_fold` answers rows of train and validation by a head that did not learn from them, or
    says in a sentence why it cannot; it too is computed when first asked.
    `unnamed` gives, beside rows (n), the strings (n) of each column of the user's file that the
    task gives no meaning; None where nobody could be asked.
    `depth` says how hard to look for near copies; None leaves it to the task and the rows.
    `near` remembers what `rungwise.data.near.find.among` finds; None where nobody remembers.
    """

    task: Task
    policy: Policy
    split: SplitRecord
    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    quarantine: pl.DataFrame
    given: frozenset[str]
    progress: Progress
    failures: tuple[FailureGroup, ...] = ()
    production: pl.DataFrame | None = None
    embeddings: Callable[[pl.Series], NDArray[numpy.float32] | str] | None = None
    cut: Callable[[pl.Series], NDArray[numpy.bool_] | str] | None = None
    out_of_fold: Callable[[], Predictions | str] | None = None
    unnamed: Callable[[pl.DataFrame], Mapping[str, pl.Series]] | None = None
    depth: Depth | None = None
    near: Callable[[pl.Series, Depth, Progress], Any] | None = None


class Audit(Protocol):
    """A question put to the data (R12–R22)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    stage: ClassVar[Stage]
    depends_on_depth: ClassVar[bool]
    """Whether it is put again where the user asks for another depth."""

    def examine(self, context: AuditContext) -> list[Finding]:
        """What it found; an empty list says that it looked and found nothing."""


# ── diagnoses ────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class DiagnosisContext:
    """One attempt, and what it is compared with (R56).

    Attributes:
        attempt: The evidence to diagnose.
        attempts: Every finished attempt on this data, this one included.
        policy: Thresholds.
        target: The goal's target; `greater` says which direction is better.
        train_counts: Label → rows in train.
        validation_counts: Label → rows in validation.
        findings: What the audits found.
    """

    attempt: Evidence
    attempts: Sequence[Evidence]
    policy: Policy
    target: float
    greater: bool
    train_counts: Mapping[str, int]
    validation_counts: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


class Diagnosis(Protocol):
    """A named reading of an attempt's curves and numbers (R57–R60)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    rank: ClassVar[int]
    """Where several hold, the lowest rank is the attempt's headline."""

    def read(self, context: DiagnosisContext) -> Finding | None:
        """The finding where the diagnosis holds, with its numbers; else None."""


# ── gates ────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class GateContext:
    """Everything on record that a gate may read.

    Attributes:
        task: The whole task; thresholds are in `task.policy`.
        greater: Whether a larger value of the goal's metric is better.
        bounds: Smallest and largest possible value of it; None where unbounded.
        split: The split in force, or None.
        audited: Names of the audits that have run on this split.
        findings: What they found.
        attempts: Evidence on this split, oldest first.
        selected: The attempt that would be tested and shipped, or None.
        remaining: Rungs above the selected one that could still be climbed.
        diagnoses: Attempt id → findings about it.
        unsealings: Looks at the test part so far.
        test: The result of the last look, or None.
        releases: What was shipped.
        overrides: What named people let pass.
        predictions: Attempt id → its predictions on validation.
        expected: The expected outputs of validation, aligned with predictions.
        export_mismatches: Validation rows where the exported model answers differently from
            the evaluated one; None before `ship` has exported.
        comparison: The user asked to climb on past the target, only to compare (R43).
        target_when_seen: The target when the test part was first opened; None before.
        untried: Rungs cheaper than the first that tunes which could be tried here and were not.
        step: The step that the gate is asked about; None where all gates are judged for the
            record.
    """

    task: Task
    greater: bool
    bounds: tuple[float | None, float | None]
    split: SplitRecord | None = None
    audited: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    attempts: Sequence[Evidence] = ()
    selected: Evidence | None = None
    remaining: tuple[str, ...] = ()
    diagnoses: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    unsealings: Sequence[Unsealing] = ()
    test: TestResult | None = None
    releases: Sequence[ReleaseRecord] = ()
    overrides: Sequence[Override] = ()
    predictions: Callable[[str], Predictions] | None = None
    expected: Callable[[], pl.Series] | None = None
    export_mismatches: int | None = None
    comparison: bool = False
    target_when_seen: float | None = None
    untried: tuple[str, ...] = ()
    step: Step | None = None


class Gate(Protocol):
    """A rule that reads evidence (R33, R63–R70)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    before: ClassVar[tuple[Step, ...]]
    """The steps that it stands before."""

    def judge(self, context: GateContext) -> Verdict:
        """Pass, hold, inconclusive or not applicable, with the reason and the numbers.

        Whether a named person overrode it is the workflow's business, not the gate's.
        """


# ── models ───────────────────────────────────────────────────────────────────────────────
class Encoded(Protocol):
    """Model inputs of many rows as compact columns; padding happens batch by batch."""

    @property
    def digest(self) -> str:
        """Of the model inputs themselves: the same inputs find the same cache."""

    @property
    def lengths(self) -> NDArray[numpy.int64]:
        """Positions that each row occupies (rows), at least 1."""

    @property
    def cut(self) -> NDArray[numpy.bool_]:
        """Which rows were cut (rows)."""

    @property
    def truncated(self) -> int:
        """How many were."""

    def batch(self, rows: NDArray[numpy.int64]) -> tuple[NDArray[Any], NDArray[numpy.int64]]:
        """The first argument of the network (rows, positions, …), and the mask.

        The mask (rows, positions) is 1 where there is input and 0 where there is padding.
        """


class Backbone(Protocol):
    """A pretrained encoder of one modality: its files, and how raw input becomes its input.

    It knows no training: blocks, freezing and caches are `training`'s business.

    Attributes:
        name: As the task names it.
        digest: Of weights, configuration and preprocessing.
        pooling: How positions become one vector: `mean`, `cls` or `max`.
        normalised: Whether that vector is scaled to length 1.
        notes: Inferred defaults, to be said aloud.
    """

    name: str
    digest: str
    modality: str
    pooling: str
    normalised: bool
    notes: tuple[str, ...]

    def encode(self, values: pl.Series, limit: int) -> Encoded:
        """Model inputs of at most `limit` positions a row."""

    def network(self, attention: str | None = None) -> Any:
        """A fresh torch module, weights loaded, in evaluation mode; `eager` for exports."""

    def export_preprocessing(self, folder: Path, limit: int) -> Numbers:
        """Write what serving needs to prepare inputs; returns it for `serving.json`."""


class Modality(Protocol):
    """One file in `models/`: how checkpoints of a modality are opened."""

    def open(self, name: str, folder: Path) -> Backbone:
        """Open a checkpoint by name; folders are relative to `folder`.

        Raises:
            ModelError: It cannot be found, is of another modality (R24), holds pickles, or
                has no weights (R28).
        """


__all__ = [
    "Audit", "AuditContext", "Backbone", "Diagnosis", "DiagnosisContext", "Encoded", "Fitted",
    "Gate", "GateContext", "Modality", "Rung", "RungContext", "Stage", "Step",
]  # fmt: skip
