"""What the ledger keeps of a curation. Standard library only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from rungwise.records import SplitRecord

Action = Literal["relabel", "redact", "drop", "merge"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""What can be decided, in the order in which the decisions of one call are applied."""


@dataclass(frozen=True, slots=True)
class Transform:
    """One step of a curation (R19); its decisions are an object, row by row with reasons.

    Attributes:
        action: What was done.
        decisions: Digest of the decisions.
        count: How many there are.
        origin: The file's name, or the code of the finding that was accepted.
        parent: Id of the data version that it was applied to.
        rows: How many training rows of the finding are changed so, by this step or by an earlier
            one of the same call; None if `count` says it.
    """

    action: Action
    decisions: str
    count: int
    origin: str
    parent: str
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Curation:
    """A data version made from a split by decisions (R15, R19); the sealed part is the split's.

    Attributes:
        id: Digest of the rows, as for a split: the same rows have the same id.
        split: Id of the split that the chain starts from.
        parent: Id of the version that was in force before.
        chain: Every transform since the split; empty takes all of them back.
        train, validation, quarantine: Digests of the parts.
        rows: Rows in each part.
        classes: Every label that is left.
        quarantined: Reason → count.
        merged: Label that vanished → label that stands for it.
    """

    id: str
    split: str
    parent: str
    chain: tuple[Transform, ...]
    train: str
    validation: str
    quarantine: str
    rows: Mapping[str, int]
    classes: tuple[str, ...]
    quarantined: Mapping[str, int]
    merged: Mapping[str, str] = field(default_factory=dict)

    def of(self, split: SplitRecord) -> SplitRecord:
        """The split as it stands after this curation."""
        if not self.chain:
            return split
        numbers = {**split.numbers, "division": split.id, "merged": dict(self.merged)}
        return dataclasses.replace(
            split,
            id=self.id,
            train=self.train,
            validation=self.validation,
            quarantine=self.quarantine,
            rows=self.rows,
            classes=self.classes,
            quarantined=self.quarantined,
            numbers=numbers,
        )
