"""What a project does once a release is watched: the verbs of `rungwise monitor`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from rungwise.workflow.guarded_project import writes
from rungwise.workflow.recorded_project import RecordedProject

if TYPE_CHECKING:
    from rungwise.alarm import Alarm, Standing


class MonitoredProject(RecordedProject):
    """The part of `Project` that watches releases."""

    def alarms(self, day: date | None = None) -> list[tuple[Alarm, Standing]]:
        """Every alarm with how it stands on a day (today unless given), oldest first (R77)."""
        from rungwise.workflow.alarms import standing

        return standing(self._workspace, day)

    @writes
    def acknowledge_alarm(self, alarm: str, *, by: str, day: date | None = None) -> Alarm:
        """Say who takes an alarm on, such as `a1`."""
        from rungwise.workflow.alarms import acknowledge

        return acknowledge(self._workspace, alarm, by=by, day=day)

    @writes
    def silence_alarm(
        self, alarm: str, *, until: date, by: str, reason: str, day: date | None = None
    ) -> Alarm:
        """Send no notice of an alarm and of later ones of its kind before a date."""
        from rungwise.workflow.alarms import silence

        return silence(self._workspace, alarm, until=until, by=by, reason=reason, day=day)

    @writes
    def close_alarm(self, alarm: str, *, by: str, reason: str, day: date | None = None) -> Alarm:
        """Close an alarm with a reason; what it is about is not raised again."""
        from rungwise.workflow.alarms import close

        return close(self._workspace, alarm, by=by, reason=reason, day=day)
