"""What a project says of itself: the verbs of `Project` that write nothing into its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise.errors import TaskError
from rungwise.evaluation.attempt_names import short
from rungwise.records import Evidence, Finding, Quarantined
from rungwise.workflow.guarded_project import GuardedProject

if TYPE_CHECKING:
    from rungwise.ledger.entry import Entry
    from rungwise.ledger.verify import Verified
    from rungwise.records import Span
    from rungwise.reporting.checklist import Item
    from rungwise.sample import Sample
    from rungwise.workflow.cost import CostView
    from rungwise.workflow.finding_examples import Example
    from rungwise.workflow.provenance import Provenance
    from rungwise.workflow.release import Release
    from rungwise.workflow.span_places import Place


class RecordedProject(GuardedProject):
    """The part of `Project` that reads."""

    @property
    def folder(self) -> Path:
        """The task folder, absolute."""
        return self._workspace.folder

    def check(self) -> dict[str, Any]:
        """Read the task and its data without writing anything."""
        from rungwise.workflow.check import check

        return check(self._workspace)

    def quarantined(self) -> list[Quarantined]:
        """Rows that were set aside, with line and reason."""
        from rungwise.workflow.split import quarantined

        return quarantined(self._workspace)

    def span_places(self, findings: Sequence[Finding]) -> Mapping[tuple[str, Span], Place]:
        """Row id and span → column, start and end in the user's own cell.

        Empty unless several columns are the input: then a span of a finding counts code points
        of the joined text, and this tells where it stands in the file.
        """
        from rungwise.workflow.span_places import span_places

        return span_places(self._workspace, findings)

    def finding_examples(self, code: str, limit: int = 10) -> list[Example]:
        """Some rows of a finding with their texts, values as they stand in the file (R20)."""
        from rungwise.workflow.finding_examples import finding_examples

        return finding_examples(self._workspace, code, limit)

    def provenance(self, row: str) -> Provenance:
        """Where a row comes from and all that was done to it (R19)."""
        from rungwise.workflow.provenance import provenance

        return provenance(self._workspace, row)

    def unstated_need(self) -> tuple[str, ...]:
        """Keys of `need:` that the owner of the task has not stated (R40)."""
        from rungwise.workflow.state_need import missing

        return missing(self._workspace)

    def diagnose(self, attempt: str | None = None) -> dict[str, tuple[Finding, ...]]:
        """Attempt id → what its curves and numbers say (R56); all attempts, or one."""
        diagnoses = self._workspace.state.diagnoses
        if attempt is None:
            return dict(diagnoses)
        found = self._workspace.attempt(attempt).id
        if found not in diagnoses:  # the run that measured it was killed before it was read
            raise TaskError(
                f"Attempt {short(found)} has no diagnosis yet", "`rungwise climb` adds it."
            )
        return {found: diagnoses[found]}

    def cost(self) -> CostView:
        """What a call of each rung costs, what tuning took, when it is paid back (R37, R79)."""
        from rungwise.workflow.cost import cost

        return cost(self._workspace)

    def attempts(self) -> tuple[Evidence, ...]:
        """Evidence of every attempt on the split in force."""
        return self._workspace.attempts

    def status(self) -> dict[str, Any]:
        """Where the task stands, as JSON types."""
        from rungwise.workflow.status import status

        return status(self._workspace)

    def sample(self) -> Sample:
        """Requests of production that were kept, with the outcomes that joined later (R76)."""
        from rungwise.sample import opened
        from rungwise.sample.request_rows import FOLDER

        return opened(self._workspace.hidden / FOLDER)

    def checklist_items(self) -> list[Item]:
        """The whole way from goal to refresh, with its present state (R6)."""
        from rungwise.workflow.report import checklist_items

        return checklist_items(self._workspace)

    def checklist(self) -> str:
        """The checklist as printable text."""
        from rungwise.workflow.report import checklist

        return checklist(self._workspace)

    def report(self, path: str | Path | None = None) -> Path:
        """Write one self-contained HTML file; returns its path."""
        from rungwise.workflow.report import report

        return report(self._workspace, Path(path) if path is not None else None)

    def log(self, kind: str | None = None) -> list[Entry]:
        """The ledger's entries, oldest first."""
        from rungwise.workflow.log import log

        return log(self._workspace, kind)

    def verify(self, *, weights: bool = True) -> Verified:
        """Re-derive every hash of the ledger and of the objects that it names.

        Args:
            weights: Whether the fitted files of every attempt must be there; False verifies a
                copy that was made without them, and counts those that are absent.
        """
        from rungwise.workflow.log import verify

        return verify(self._workspace, weights=weights)

    def release(self, version: str | Path | None = None) -> Release:
        """Open a release to answer with; its files are checked against the ledger once.

        Args:
            version: Such as `v1.0`, unless given the champion, or the newest if none is in
                production; or the folder of a release.
        """
        from rungwise.workflow.release import open_release

        return open_release(self._workspace, str(version) if version is not None else None)

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        from rungwise.errors import RungwiseError
        from rungwise.notebook import table
        from rungwise.reporting.project_card import project_html

        try:
            return project_html(self.status(), self.folder.name)
        except RungwiseError as error:
            return table(self.folder.name, (), (), (str(error),))
