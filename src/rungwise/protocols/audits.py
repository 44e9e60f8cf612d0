"""A question put to the data, and what it may know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from rungwise.data_section import Depth
from rungwise.policy import Policy
from rungwise.progress import Progress
from rungwise.protocols.modalities import Near
from rungwise.records import FailureGroup, Finding, Rating, SplitRecord
from rungwise.table import Predictions
from rungwise.task import Task

if TYPE_CHECKING:
    import numpy
    import polars as pl
    from numpy.typing import NDArray

Stage = Literal["structure", "content"]
"""When an audit runs (C5): `structure` before anything is measured, `content` once the failures
of a baseline that trains nothing are on record."""


@dataclass(frozen=True, slots=True)
class AuditContext:
    """What an audit may know: tables with the columns of `rungwise.table.COLUMNS`.

    `test` has a null `expected` in every row: audits never see the sealed labels.
    `given` names the parts that the user supplied as files of their own. `failures` are the
    grouped wrong answers of the best rung that trains nothing: empty in the stage `structure`.
    `production` is an unlabelled sample of what will be asked (`id`, `input`, `line`), or None;
    where the task names one that cannot be used, `unusable` says why.
    `embeddings` of inputs (n) are (n, width), by the frozen base model; `cut` says which inputs
    (n) are longer than it reads. Both work when first asked, answer in a sentence where they
    cannot, and are None where nobody could be asked.
    `base_languages` gives the ISO 639 codes that the base model's card states; none if it is
    silent.
    `out_of_fold` answers rows of train and validation by a head that did not learn from them, or
    says in a sentence why it cannot; it too is computed when first asked.
    `people` gives what the learnt reader finds in texts (n), a `rungwise.data.personal.reading`, or
    says in a sentence why nobody can look; None where nobody could be asked.
    `unnamed` gives, beside rows (n), the strings (n) of each column of the user's file that the
    task gives no meaning; None where nobody could be asked.
    `depth` says how hard to look for near copies; None leaves it to the task and the rows.
    `ratings` are second labels of rows, by row id; `guideline` is GUIDELINE.md,
    empty if there is none, and None if nobody could be asked.
    `near` finds near copies, and remembers them; None where nobody remembers.
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
    unusable: str = ""
    embeddings: Callable[[pl.Series], NDArray[numpy.float32] | str] | None = None
    cut: Callable[[pl.Series], NDArray[numpy.bool_] | str] | None = None
    base_languages: Callable[[], frozenset[str]] | None = None
    out_of_fold: Callable[[], Predictions | str] | None = None
    people: Callable[[pl.Series], Any] | None = None
    unnamed: Callable[[pl.DataFrame], Mapping[str, pl.Series]] | None = None
    depth: Depth | None = None
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    guideline: str | None = None
    near: Near | None = None


class Audit(Protocol):
    """A question put to the data (R12–R22)."""

    requirement: ClassVar[str]
    title: ClassVar[str]
    stage: ClassVar[Stage]
    depends_on_depth: ClassVar[bool]
    """Whether it is put again where the user asks for another depth."""

    # An audit may also have `rereads = True`: it reads what people change beside the rows, so it is
    # put at every audit, and goes on record again when its answer changes; with
    # `rereads = "ratings"` only once there are labels that were given blind.

    def examine(self, context: AuditContext) -> list[Finding]:
        """What it found; an empty list says that it looked and found nothing."""
