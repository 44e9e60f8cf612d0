"""What a project does once a release is watched: the verbs of `rungwise monitor`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rungwise.workflow.guarded_project import writes
from rungwise.workflow.recorded_project import RecordedProject

if TYPE_CHECKING:
    from rungwise.alarm import Alarm, Standing
    from rungwise.workflow.monitor_check import Report
    from rungwise.workflow.notices import Notice
    from rungwise.workflow.sample_import import SampleImport
    from rungwise.workflow.spot_draws import Drawn
    from rungwise.workflow.spot_labels import Labelled


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

    @writes
    def import_sample(
        self,
        path: str | Path,
        *,
        version: str = "",
        selection: str = "",
        columns: Mapping[str, str] | None = None,
    ) -> SampleImport:
        """Read requests that another server answered into the sample, or their outcomes (R76).

        Args:
            path: With `id`, `time`, `input`, `answer`, `version`, `label`; or with `id` and
                `label` alone.
            version: Which release answered, if no column says it.
            selection: How the rows that have a label were selected; needed for labels.
            columns: One of these words → the column that has it, if its name is another.
        """
        from rungwise.workflow.sample_import import import_sample

        return import_sample(
            self._workspace, Path(path), version=version, selection=selection, columns=columns
        )

    @writes
    def check_production(self, day: date | None = None) -> Report:
        """Weigh what the sample and the spot checks say until a day (R73, R77)."""
        from rungwise.workflow.monitor_check import check

        return check(self._workspace, day)

    @writes
    def draw_spot_check(
        self, path: str | Path | None = None, *, week: int | None = None, day: date | None = None
    ) -> Drawn:
        """Draw the requests of the newest week that is over, and write the file to label (R74).

        Args:
            path: A .csv or .jsonl; by default named after the release and the week.
            week: Another week since the promotion.
            day: The day in UTC; today unless given.
        """
        from rungwise.workflow.spot_draws import draw_week

        file = Path(path) if path is not None else None
        return draw_week(self._workspace, file, week=week, day=day)

    @writes
    def read_spot_labels(
        self, path: str | Path, *, by: str = "", day: date | None = None
    ) -> Labelled:
        """Read the labels of a spot check back (R74).

        Args:
            path: The file, filled in.
            by: Who labelled rows whose column `by` is empty.
            day: The day in UTC; today unless given.
        """
        from rungwise.workflow.spot_labels import read_labels

        return read_labels(self._workspace, Path(path), by=by, day=day)

    @writes
    def raise_missed_weeks(self, day: date | None = None) -> list[Notice]:
        """Raise an alarm for each week that nobody labelled; returns notices to print (R74)."""
        from rungwise.workflow.spot_checks import raise_missed

        return [one.notice for one in raise_missed(self._workspace, day) if one.notice]
