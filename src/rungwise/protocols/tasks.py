"""What a kind of task decides: what an answer is, and so how rows are read, split and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy
    import polars as pl
    from numpy.typing import NDArray


class TaskKind(Protocol):
    """One file in `tasks/`; its name is what `task.kind` says.

    Whoever needs to know what an answer is asks here: no other code compares the kind's name.
    """

    labels: ClassVar[bool]
    """Each answer is one of the labels that the data has; else it is a text of its own."""
    writes: ClassVar[bool]
    """A language model writes the answer: the task's base model is one, and it may be tuned."""
    conversations: ClassVar[bool]
    """A record may be a conversation in one of the formats of `rungwise.data.shapes`."""
    folds: ClassVar[bool]
    """Rungs are measured by cross-validation if there are few validation rows."""
    sampled: ClassVar[bool]
    """Answers cost so much that rungs are measured on `policy.evaluation_rows` of validation."""
    reference: ClassVar[str]
    """The rung that must be measured before anything is tuned (R42); "" for none."""
    searches: ClassVar[bool]
    """Answers may be looked up in documents."""

    def classes(self, expected: pl.Series) -> tuple[str, ...]:
        """Return every label of the expected answers (n), sorted; () if answers are texts."""

    def strata(self, expected: pl.Series) -> NDArray[numpy.int64]:
        """Return the stratum of each row (n) that a split keeps the shares of, from 0."""
