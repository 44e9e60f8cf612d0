"""How many answers are wrong if only the most confident rows are answered."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from rungwise.decision_rule import Certificate
from rungwise.percent import percent
from rungwise.reporting.svg import Scale, element, picture, text, tick_labels

WIDTH, HEIGHT, TOP, FOOT = 452.0, 210.0, 26.0, 172.0
PLOT = (44.0, 430.0)
LEAST = 0.02


def risk_coverage(
    points: Sequence[tuple[float, float, float]], allowed: float, review: Certificate | None
) -> Markup:
    """The curve on the measured rows, and what the test says of the threshold.

    Args:
        points: Coverage, share of wrong answers among those given, its one-sided upper bound.
        allowed: Share of wrong answers that is allowed.
        review: What the test said; None before it.
    """
    shown = [(coverage, risk) for coverage, risk, _ in points]
    tested = review if review is not None and review.answered else None
    if tested is not None:
        shown.append((tested.coverage, tested.bound))
    most = max([allowed * 1.6, LEAST, *(risk for _, risk in shown)])
    across, up = Scale(0.0, 1.0, *PLOT), Scale(0.0, min(1.0, most * 1.05), FOOT, TOP)
    drawn = [*_axes(across, up)]
    y = up(allowed)
    drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="target"))
    drawn.append(text(f"allowed {percent(allowed, 1)}", PLOT[0] + 4, y - 4, "target-label"))
    path = " ".join(f"{across(x):.1f},{up(risk):.1f}" for x, risk, _ in points)
    drawn.append(element("polyline", points=path, class_="line validation"))
    if tested is not None:
        drawn += _tested(tested, across, up)
    title = "Wrong answers by share of rows answered"
    drawn.append(text(title, 0, 12, "panel-title"))
    return picture("risk-coverage", WIDTH, HEIGHT, title, _told(points, tested), *drawn)


def _axes(across: Scale, up: Scale) -> list[Markup]:
    drawn = []
    for tick in up.ticks(4):
        y = up(tick)
        drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="grid"))
        drawn.append(text(percent(tick, 1), PLOT[0] - 4, y + 4, "axis", text_anchor="end"))
    ticks = across.ticks(5)
    for tick, label in zip(ticks, tick_labels([100 * one for one in ticks]), strict=True):
        drawn.append(text(label, across(tick), FOOT + 15, "axis", text_anchor="middle"))
    drawn.append(text("% of rows answered", PLOT[1], FOOT + 30, "axis", text_anchor="end"))
    return drawn


def _tested(review: Certificate, across: Scale, up: Scale) -> list[Markup]:
    """The test's point, with a bar up to its bound."""
    x, risk = across(review.coverage), up(review.wrong / review.answered)
    left = x > (PLOT[0] + PLOT[1]) / 2
    return [
        element("line", x1=x, x2=x, y1=risk, y2=up(review.bound), class_="line train"),
        element("circle", cx=x, cy=risk, r=4.0, class_="dot train"),
        text(
            f"test: {review.verdict}" if review.verdict != "none" else "test: not certified",
            x - 8 if left else x + 8, up(review.bound) - 3, "line-name train",
            text_anchor="end" if left else None,
        ),
    ]  # fmt: skip


def _told(points: Sequence[tuple[float, float, float]], review: Certificate | None) -> str:
    said = []
    if points:
        coverage, risk, _ = points[-1]
        said.append(
            f"If {percent(coverage)} of the measured rows are answered, {percent(risk, 1)} of the "
            "answers are wrong."
        )
    if review is not None:
        said.append(review.reason)
    return " ".join(said)
