"""The words of Rungwise as frozen dataclasses: what passes between layers and into the ledger.

Every record turns into plain JSON with `to_json`, and back with
`from_json`; the ledger stores exactly that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rungwise import plain_json
from rungwise.decision_rule import Certificate, DecisionRule, Proposal
from rungwise.notebook import Shown

Part = Literal["train", "validation", "test"]
Measured = Literal["train", "validation", "test", "folds"]
"""What a number was measured on; `folds` are rows of train and validation that were each answered
by a model that had not learnt from their fold."""
Severity = Literal["block", "warn", "info"]
Ruling = Literal["pass", "hold", "inconclusive", "not_applicable", "overridden", "accepted"]
Ruled = Literal["keep", "relabel", "drop"]
Numbers = Mapping[str, Any]
"""Named plain values (JSON types) that stand behind a statement."""
to_json, from_json = plain_json.to_json, plain_json.from_json


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a cell, in code points of the raw text; `end` is exclusive."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row that a finding points at; `line` is 1-based in the source file."""

    id: str
    split: Part | Literal["quarantine"] | None = None
    line: int | None = None
    score: float | None = None
    other: RowReference | None = None
    spans: tuple[Span, ...] = ()


SUGGESTED = "suggested"
"""Among a finding's numbers: row id → the label that it proposes."""
MERGES = "merges"
"""Among a finding's numbers: label that should vanish → label that takes its rows."""


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Where the rows of a finding lie that are too many for the ledger.

    Attributes:
        object: Digest of their table in the object store.
        rows: How many there are.
        parts: Part → how many of them it holds.
    """

    object: str
    rows: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Finding(Shown):
    """What an audit or a diagnosis found.

    Attributes:
        code: The plug-in's name, or the plug-in's name and a suffix (`sizes.small_class`).
        severity: `block` holds the climb, `warn` is shown everywhere, `info` is only told.
        title: One line with the value in it.
        advice: What to do next, one or two sentences.
        requirement: The requirement's number, such as `R21`.
        count: How many rows or classes it concerns.
        rows: The rows themselves: all of them, or the first few where `kept` says where the rest
            is.
        numbers: What the statement rests on.
        kept: Where all rows lie, if they are not in `rows`.
    """

    code: str
    severity: Severity
    title: str
    advice: str
    requirement: str = ""
    count: int = 0
    rows: tuple[RowReference, ...] = ()
    numbers: Numbers = field(default_factory=dict)
    kept: KeptRows | None = None

    def points_into(self, part: Part) -> bool:
        """Whether any of its rows lies in a part."""
        if self.kept is not None:
            return part in self.kept.parts
        return any(row.split == part for row in self.rows)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric's value, its interval, and what it was measured on (R11).

    `low` and `high` are None where no interval can be given; `level` is its coverage.
    """

    metric: str
    value: float
    low: float | None
    high: float | None
    rows: int
    on: Measured
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Epoch:
    """One point of a curve; losses are mean cross-entropy in nats.

    `train_metric` and `validation_metric` are values of the goal's metric.
    `gradient_norm` is the mean L2 norm before clipping.
    """

    number: int
    train_loss: float
    validation_loss: float
    train_metric: float | None = None
    validation_metric: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Wrong answers of one kind (R32): named, counted, with examples.

    Attributes:
        name: Such as `card_arrival taken for card_delivery_estimate`.
        expected: The right label, or "" where the group mixes several.
        predicted: The wrong label, or "" where the group mixes several.
        share: Part of all wrong answers, 0 to 1.
        examples: Up to three row ids.
    """

    name: str
    expected: str
    predicted: str
    count: int
    share: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence(Shown):
    """What an attempt leaves: one rung, one configuration, one seed. Immutable.

    Attributes:
        id: Digest of what was asked (rung, configuration, seed, data, model): asking the
            same again finds this record instead of repeating the work.
        rung: Plug-in name.
        height: The rung's place on the ladder.
        trains: Whether anything was fitted to the labels; False makes it a baseline (C2).
        configuration: What the rung was told.
        seed: Seed of everything random.
        data: Digest of the split that it learnt from and was measured on.
        model: Name and digest of the base model, or "".
        goal: The goal's metric on validation, or on the folds.
        metrics: Other metrics on the same rows.
        per_class: `recall[x]`, `precision[x]`, `f1[x]` for every class.
        curve: One point an epoch; empty where nothing is trained in epochs.
        train_metric: The goal's metric on the training rows, where known (R56).
        predictions: Digest of the predictions, row by row.
        artefact: Digest of the fitted parts, or "".
        seconds: Wall time of fitting and predicting.
        peak_mb: Highest resident memory of the process meanwhile, in MiB.
        versions: Package versions.
        details: What the rung wants remembered, such as the sweep over head strengths.
        apart: The goal's metric on the rows that nearly repeat no training row (R21); None where
            there is no such difference.
        prompts: Digest of what was asked, row by row, where text was generated; else "".
        own_answers: Digest of what the kept model itself answers to the validation rows, where
            `predictions` are by models of the folds; else "".
        refit_of: Id of the attempt whose settings were trained once more on train and
            validation; "" for an attempt of its own. `goal` is then that attempt's.
    """

    id: str
    rung: str
    height: int
    trains: bool
    configuration: Numbers
    seed: int
    data: str
    model: str
    goal: Measurement
    metrics: tuple[Measurement, ...]
    per_class: tuple[Measurement, ...]
    curve: tuple[Epoch, ...]
    train_metric: float | None
    predictions: str
    artefact: str
    seconds: float
    peak_mb: float
    versions: Mapping[str, str]
    details: Numbers = field(default_factory=dict)
    apart: Measurement | None = None
    prompts: str = ""
    own_answers: str = ""
    refit_of: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says, why, and on which numbers."""

    code: str
    requirement: str
    verdict: Ruling
    reason: str
    numbers: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Override:
    """A named person let a gate pass (R4, C7); on record for ever.

    `subject` is what was overridden (an attempt, a split): it does not carry over to others.
    """

    gate: str
    name: str
    role: str
    reason: str
    time: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that was set aside, never dropped silently; `line` is 1-based in `source`."""

    source: str
    line: int
    reason: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Rating:
    """A second label of a row, by somebody who did not see the first (R14)."""

    label: str
    by: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's decision about one row (R14, C5).

    Attributes:
        decision: Whether the row stays as it is, gets another label, or goes.
        label: The other label; None unless it is relabelled.
        by: Who decided.
        reason: Why, as the file had it.
    """

    decision: Ruled
    label: str | None
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SplitRecord(Shown):
    """The three partitions (C4), the sealed part by digest only.

    Attributes:
        id: Digest of everything below that decides the rows.
        sources: Path as written in the task → sha256 of the file.
        train, validation: Digests of the parts in the object store.
        test_inputs: Digest of the sealed inputs (audits may read them).
        test_expected: Digest of the sealed labels (opened by `test` only).
        rows: Rows in each part.
        classes: Every label, in a fixed order.
        quarantine: Digest of the rows set aside.
        quarantined: Reason → count.
        assumptions: Every inferred default, as it was said to the user.
        numbers: How it was made: fractions, seed, groups, clusters. A curated version also has
            `division`, the id of the split that it comes from, and `merged`, the labels that
            vanished. `rules` says by which rules the project decides: see `rungwise.rules`.
        folds: Digest of the fold of every row of train and validation (`id`, `fold`), cut once
            over the rows as they were divided; "" where rungs are measured on validation alone.
    """

    id: str
    sources: Mapping[str, str]
    train: str
    validation: str
    test_inputs: str
    test_expected: str
    rows: Mapping[str, int]
    classes: tuple[str, ...]
    quarantine: str
    quarantined: Mapping[str, int]
    assumptions: tuple[str, ...]
    numbers: Numbers = field(default_factory=dict)
    folds: str = ""

    @property
    def division(self) -> str:
        """Id of the split whose sealed part this is: its own, unless it was curated since."""
        return str(self.numbers.get("division", self.id))


@dataclass(frozen=True, slots=True)
class Unsealing:
    """A look at the test part; written before the part is opened (R68).

    `rule` says how probabilities become answers, and `proposal` which threshold for review
    validation proposes; None in looks of earlier versions, and if nothing is proposed.
    """

    number: int
    attempt: str
    data: str
    test_expected: str
    rule: DecisionRule | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class TestResult(Shown):
    """What the test said; `unseal` above 1 means it was no longer unseen (C7).

    `apart` is the goal's metric on the rows that nearly repeat no training row (R21), or None;
    `prompts` the digest of what was asked, row by row, where text was generated. `refit` is the id
    of the attempt whose model was tested, if `attempt` was trained once more for it; else "".
    `expected` is what validation foretold for rows composed as the test's, or None. `rule` is how
    probabilities became the answers that were measured, with a threshold for review only if
    `review` stands behind it; both are None in tests of earlier versions and of generated text.
    """

    __test__ = False  # not a test case, whatever its name suggests to pytest

    attempt: str
    data: str
    unseal: int
    goal: Measurement
    metrics: tuple[Measurement, ...]
    per_class: tuple[Measurement, ...]
    predictions: str
    apart: Measurement | None = None
    prompts: str = ""
    refit: str = ""
    expected: Measurement | None = None
    rule: DecisionRule | None = None
    review: Certificate | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRecord(Shown):
    """A frozen, versioned package and the evidence that earned it (R71, R72).

    Attributes:
        manifest: Digest of `manifest.json`: the same if the same attempt is shipped again.
        about: Digest of `release.json`; "" for releases of earlier versions.
        below_target: Whether its test value missed the target.
        left_open: Gates that did not pass when a refresh packaged it: whoever promotes it accepts
            or overrides them.
    """

    version: str
    attempt: str
    data: str
    manifest: str
    folder: str
    evidence: tuple[str, ...]
    below_target: bool = False
    about: str = ""
    left_open: tuple[str, ...] = ()
