"""The section `monitoring:` of a task: how a release is watched, and what makes a refresh due."""

from __future__ import annotations

from pydantic import Field

from rungwise.section import Section


class Monitoring(Section):
    """The plan that `ship` asks operations to confirm (R75, R78)."""

    drop: float = Field(
        0.03,
        gt=0,
        allow_inf_nan=False,
        description="The tolerated drop X, in the metric's units: more makes a refresh due.",
    )
    weekly_rows: int = Field(
        100, ge=1, description="Rows of production that people label each week (R74)."
    )
    refresh_weeks: int = Field(
        13, ge=1, description="Weeks after which a refresh is considered whatever was seen (R73)."
    )
    owner: str | None = Field(None, description="Who is told of alarms. None: `owners.operations`.")
