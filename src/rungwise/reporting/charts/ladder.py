"""The ladder as a picture: each rung's best value with its interval, against the target."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from rungwise.evaluation import figures
from rungwise.reporting import wording
from rungwise.reporting.standings import Standing
from rungwise.reporting.svg import Scale, element, fitted, picture, scale, text, tick_labels

WIDTH, ROW, TOP, BOTTOM = 940.0, 40.0, 34.0, 34.0
NAMES, RAILS, PLOT, FIGURES = 118.0, (130.0, 172.0), (206.0, 680.0), 700.0


def ladder(standings: Sequence[Standing], metric: str, target: float, *, greater: bool) -> Markup:
    """Draw the ladder, the cheapest rung at its foot.

    Args:
        standings: Every rung, the cheapest first.
        metric: Name of the goal's metric.
        target: The goal's target.
        greater: Whether a larger value is better.
    """
    axis = scale([target, *extremes(standings, greater=greater)], *PLOT, pad=0.06)
    height = TOP + ROW * len(standings) + BOTTOM
    foot = height - BOTTOM
    drawn = [
        *_rails(foot),
        *_grid(axis, foot),
        _target(axis, target, metric, foot, greater=greater),
    ]
    for place, standing in enumerate(reversed(standings)):
        drawn += _row(standing, axis, TOP + ROW * (place + 0.5))
    drawn.append(text(metric, PLOT[1], height - 2, "axis", text_anchor="end"))
    return picture(
        "ladder",
        WIDTH,
        height,
        f"The ladder: {metric} of each rung",
        told(standings, target, metric),
        *drawn,
    )


def extremes(standings: Sequence[Standing], *, greater: bool) -> list[float]:
    """What the axis must hold: the baseline and all that is better.

    A trivial answer far below would press together what is to be told apart; it is shown by an
    arrow at the edge.
    """
    measured = [one.goal for one in standings if one.goal is not None]
    start = next((s.goal for s in standings if s.role == "baseline" and s.goal), None)
    sign = 1 if greater else -1
    shown = [g for g in measured if start is None or sign * g.value >= sign * start.value]
    ends = [(goal.low, goal.value, goal.high) for goal in shown]
    return [value for end in ends for value in end if value is not None]


def told(standings: Sequence[Standing], target: float, metric: str) -> str:
    """What a reader who cannot see the picture should know."""
    said = [
        f"{one.rung} {wording.value(one.goal)} {wording.interval(one.goal)}"
        if one.goal is not None
        else f"{one.rung} {one.role}"
        for one in standings
    ]
    return f"Target {figures.goal(target, metric)}. From the cheapest rung up: {'; '.join(said)}."


def _rails(foot: float) -> list[Markup]:
    return [element("line", x1=x, x2=x, y1=TOP - 10, y2=foot + 10, class_="rail") for x in RAILS]


def _grid(axis: Scale, foot: float) -> list[Markup]:
    ticks = axis.ticks(6)
    drawn = []
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        x = axis(tick)
        drawn.append(element("line", x1=x, x2=x, y1=TOP, y2=foot, class_="grid"))
        drawn.append(text(label, x, foot + 16, "axis", text_anchor="middle"))
    return drawn


def _target(axis: Scale, target: float, metric: str, foot: float, *, greater: bool) -> Markup:
    x = axis(target)
    label = f"target {wording.target(target, metric, greater=greater)}"
    return element(
        "g",
        element("line", x1=x, x2=x, y1=TOP - 8, y2=foot, class_="target"),
        text(label, x, TOP - 14, "target-label", text_anchor="middle"),
    )


def _row(standing: Standing, axis: Scale, y: float) -> list[Markup]:
    role = standing.role.replace(" ", "-")
    drawn = [
        element("line", x1=RAILS[0], x2=RAILS[1], y1=y, y2=y, class_=f"rung {role}"),
        element(
            "text",
            fitted(standing.rung, NAMES, 13),
            x=NAMES,
            y=y + 4.5,
            text_anchor="end",
            class_=f"name {role}",
        ),
    ]
    if standing.goal is None:
        words = f"{standing.role}: {standing.why}" if standing.why else standing.role
        shown = fitted(words, WIDTH - PLOT[0])
        room = min(len(words) * 6.5 + 12, WIDTH - PLOT[0])
        blank = element("rect", x=PLOT[0], y=y - 12, width=room, height=24, class_="blank")
        return [*drawn, blank, element("text", shown, x=PLOT[0] + 4, y=y + 4, class_="aside")]
    goal = standing.goal
    for value in standing.others:
        if axis.low <= value <= axis.high:
            drawn.append(element("circle", cx=axis(value), cy=y, r=3, class_="other"))
    if not axis.low <= goal.value <= axis.high:
        drawn.append(arrow(axis(goal.value), y, left=goal.value < axis.low))
    elif goal.low is not None and goal.high is not None:
        low, high = axis(goal.low), axis(goal.high)
        drawn.append(element("line", x1=low, x2=high, y1=y, y2=y, class_=f"interval {role}"))
    if axis.low <= goal.value <= axis.high:
        drawn.append(element("circle", cx=axis(goal.value), cy=y, r=6, class_=f"value {role}"))
    drawn.append(text(wording.value(goal), FIGURES, y + 4.5, f"figure {role}"))
    drawn.append(text(wording.interval(goal), FIGURES + 54, y + 4.5, "aside"))
    if standing.role in ("selected", "baseline"):
        drawn.append(text(standing.role, WIDTH - 4, y + 4.5, f"tag {role}", text_anchor="end"))
    return drawn


def arrow(x: float, y: float, *, left: bool) -> Markup:
    """A rung beyond the edge of the axis; its figure stands beside."""
    tip = -9 if left else 9
    points = f"{x + tip:.1f},{y:.1f} {x:.1f},{y - 5:.1f} {x:.1f},{y + 5:.1f}"
    return element("polygon", element("title", "beyond the axis"), points=points, class_="other")
