"""What operations does with releases: the verbs of `Project` after `ship`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rungwise.workflow.monitored_project import MonitoredProject

if TYPE_CHECKING:
    from rungwise.stages import InProduction, Promotion


class OperatedProject(MonitoredProject):
    """The part of `Project` that puts releases into production, beside watching them."""

    def promote(self, version: str, *, by: str, role: str, reason: str) -> Promotion:
        """Put a release into production; the one before it is retired (R72).

        Args:
            version: Such as `v1.1`.
            by: Who decides; if another promotion came first, it is read before deciding again.
            role: In which role.
            reason: Why.
        """
        from rungwise.workflow.promotion import decisions, promote

        seen = decisions(self._workspace)
        with self.writing("promote"):
            return promote(self._workspace, version, by=by, role=role, reason=reason, seen=seen)

    def rollback(self, *, by: str, role: str, reason: str) -> Promotion:
        """Put the release before the last promotion back into production (R72)."""
        from rungwise.workflow.promotion import decisions, rollback

        seen = decisions(self._workspace)
        with self.writing("rollback"):
            return rollback(self._workspace, by=by, role=role, reason=reason, seen=seen)

    def production_history(self) -> list[InProduction]:
        """What was in production when, and who decided; oldest first (R72)."""
        from rungwise.workflow.promotion import history

        return history(self._workspace)
