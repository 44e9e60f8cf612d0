"""What each release was made of, so that the next version says how much is new (R72)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.data.curation.record import Curation
from rungwise.ledger.kinds import Payload, TaskSet
from rungwise.records import Evidence, ReleaseRecord, SplitRecord

ASKED = ("kind", "modality", "metric")
"""Keys of `task:` with which a release answers something else, or is measured by something else."""
READ = ("input",)
"""Keys of `data:` that say what a request has to hold."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What makes a refresh of a release: the same base model and the same task.

    Attributes:
        model: Name and digest of the base model, or "".
        task: What is asked and how it is measured, without its wording and its target.
        classes: Every label, sorted; () for generated text.
    """

    model: str
    task: Mapping[str, Any]
    classes: tuple[str, ...]


def basis(model: str, task: Mapping[str, Any], classes: Iterable[str]) -> Basis:
    """The basis of a release.

    Args:
        model: `Evidence.model`.
        task: `rungwise.yaml` as JSON.
        classes: Labels of the split.
    """
    goal, data = task.get("task", {}), task.get("data", {})
    asked = {key: goal.get(key) for key in ASKED} | {key: data.get(key) for key in READ}
    return Basis(model, asked, tuple(sorted(classes)))


def bases(written: Iterable[Payload]) -> dict[str, Basis]:
    """Version → what that release was made of, for everything that was ever shipped."""
    found: dict[str, Basis] = {}
    task: Mapping[str, Any] = {}
    models: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    for record in written:
        if isinstance(record, TaskSet):
            task = record.task
        elif isinstance(record, SplitRecord | Curation):
            classes = record.classes
        elif isinstance(record, Evidence):
            models[record.id] = record.model
        elif isinstance(record, ReleaseRecord):
            found[record.version] = basis(models.get(record.attempt, ""), task, classes)
    return found
