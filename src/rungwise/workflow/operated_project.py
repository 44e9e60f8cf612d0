"""What operations does with releases: the verbs of `Project` after `ship`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.workflow.guarded_project import Trust, writes
from rungwise.workflow.monitored_project import MonitoredProject

if TYPE_CHECKING:
    from rungwise.refreshed import Refreshed
    from rungwise.stages import InProduction, Promotion
    from rungwise.workflow.refresh import RefreshPlan
    from rungwise.workflow.watch import Cycle


class OperatedProject(MonitoredProject):
    """The part of `Project` that puts releases into production, beside watching them."""

    def promote(
        self,
        version: str,
        *,
        by: str,
        role: str,
        reason: str,
        down_to: float | str = "",
        up_to: float | str = "",
        override: Sequence[str] = (),
        trust: Trust = (),
    ) -> Promotion:
        """Put a release into production; the one before it is retired (R72).

        Args:
            version: Such as `v1.1`.
            by: Who decides; if another promotion came first, it is read before deciding again.
            role: In which role.
            reason: Why.
            down_to: Accept what the test of a refresh left open: the low end of its interval, as it
                is printed.
            up_to: The high end instead, if smaller values of the metric are better.
            override: Gates that this person lets pass, too.
            trust: Code of the task that may run.
        """
        from rungwise.workflow.promotion import accept, decisions, promote

        said = {"by": by, "role": role, "reason": reason}
        seen = decisions(self._workspace)
        with self.writing("promote"), self.measuring(trust):
            accept(self._workspace, version, override, str(down_to), str(up_to), **said)
            return promote(self._workspace, version, seen=seen, **said)

    def rollback(self, *, by: str, role: str, reason: str) -> Promotion:
        """Put the release before the last promotion back into production (R72)."""
        from rungwise.workflow.promotion import decisions, rollback

        seen = decisions(self._workspace)
        with self.writing("rollback"):
            return rollback(self._workspace, by=by, role=role, reason=reason, seen=seen)

    @writes
    def refresh(
        self,
        file: str | Path | None = None,
        *,
        originals: str | Path | None = None,
        because: str = "",
        confirm_monitoring: str = "",
        trust: Trust = (),
    ) -> Refreshed:
        """Train what is in production again with new rows; a better one is a candidate (R75).

        Args:
            file: New labelled rows; unless given, those that have joined, or else the labels of
                spot checks.
            originals: Your own texts of spot checks by id, in place of redacted ones.
            because: Why, if no trigger has fired.
            confirm_monitoring: Who in operations confirms a changed monitoring plan.
            trust: Code of the task that may run.
        """
        from rungwise.workflow.refresh import refresh

        path = Path(file) if file is not None else None
        with self.measuring(trust):
            return refresh(
                self._workspace,
                path,
                originals=Path(originals) if originals is not None else None,
                because=because,
                confirm_monitoring=confirm_monitoring,
            )

    def refresh_plan(self) -> RefreshPlan:
        """Whether a refresh is due, and how many labels a proposal needs; nothing is trained."""
        from rungwise.workflow.refresh import plan

        return plan(self._workspace)

    def watch_production(
        self,
        told: Callable[[Cycle], None],
        *,
        hours: float = 24.0,
        once: bool = False,
        day: date | None = None,
        trust: Trust = (),
    ) -> None:
        """Check, draw, send notices and refresh on a schedule, until the process ends (R73).

        Args:
            told: Called with what each cycle did.
            hours: Between two cycles.
            once: End after one, for a scheduler.
            day: The day of the only cycle, in UTC; today unless given.
            trust: Code of the task that may run.
        """
        from rungwise.workflow.watch import watch

        with self.measuring(trust):
            watch(self._workspace, told, hours=hours, once=once, day=day)

    def production_history(self) -> list[InProduction]:
        """What was in production when, and who decided; oldest first (R72)."""
        from rungwise.workflow.promotion import history

        return history(self._workspace)
