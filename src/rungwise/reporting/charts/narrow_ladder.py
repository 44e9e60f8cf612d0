"""The ladder for a phone: a rung's name and number above its interval, on the whole width."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from rungwise.reporting import wording
from rungwise.reporting.charts.ladder import arrow, extremes, told
from rungwise.reporting.standings import Standing
from rungwise.reporting.svg import Scale, element, fitted, picture, scale, text

WIDTH, ROW, TOP, BOTTOM = 350.0, 46.0, 30.0, 8.0
PLOT = (12.0, 338.0)


def ladder(standings: Sequence[Standing], metric: str, target: float, *, greater: bool) -> Markup:
    """Draw the ladder 350 units wide, the cheapest rung at its foot; see the wide picture."""
    axis = scale([target, *extremes(standings, greater=greater)], *PLOT, pad=0.06)
    height = TOP + ROW * len(standings) + BOTTOM
    x = axis(target)
    label = f"target {wording.target(target, metric, greater=greater)}"
    near_the_end = x > WIDTH / 2
    drawn = [
        element("line", x1=x, x2=x, y1=TOP - 8, y2=height - BOTTOM, class_="target"),
        text(label, x, 14, "target-label", text_anchor="end" if near_the_end else "start"),
    ]
    for place, standing in enumerate(reversed(standings)):
        drawn += _row(standing, axis, TOP + ROW * place)
    title = f"The ladder: {metric} of each rung"
    return picture("narrow-ladder", WIDTH, height, title, told(standings, target, metric), *drawn)


def _row(standing: Standing, axis: Scale, top: float) -> list[Markup]:
    role = standing.role.replace(" ", "-")
    aside = f" ({standing.role})" if standing.role in ("selected", "baseline") else ""
    name = fitted(f"{standing.rung}{aside}", 190, 13)
    drawn = [element("text", name, x=0, y=top + 15, class_=f"name {role}")]
    y = top + 31
    goal = standing.goal
    if goal is None:
        return [*drawn, text(standing.role, WIDTH, top + 15, "aside", text_anchor="end")]
    number = f"{wording.value(goal)} {wording.interval(goal)}"
    drawn.append(text(number, WIDTH, top + 15, f"figure {role}", text_anchor="end"))
    for value in standing.others:
        if axis.low <= value <= axis.high:
            drawn.append(element("circle", cx=axis(value), cy=y, r=3, class_="other"))
    if not axis.low <= goal.value <= axis.high:
        return [*drawn, arrow(axis(goal.value), y, left=goal.value < axis.low)]
    if goal.low is not None and goal.high is not None:
        low, high = axis(goal.low), axis(goal.high)
        drawn.append(element("line", x1=low, x2=high, y1=y, y2=y, class_=f"interval {role}"))
    return [*drawn, element("circle", cx=axis(goal.value), cy=y, r=6, class_=f"value {role}")]
