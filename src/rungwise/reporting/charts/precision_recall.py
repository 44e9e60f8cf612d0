"""Precision of one class by its recall, and the point that a goal of recall chose (R54)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from rungwise.percent import percent
from rungwise.reporting.svg import Scale, element, picture, text, tick_labels

WIDTH, HEIGHT, TOP, FOOT = 452.0, 210.0, 26.0, 172.0
PLOT = (44.0, 430.0)


def precision_recall(
    label: str, points: Sequence[tuple[float, float]], chosen: Mapping[str, float]
) -> Markup:
    """The curve on the measured rows.

    Args:
        label: The class.
        points: Recall and precision at one threshold each.
        chosen: `recall`, `precision`, the low ends of their intervals, and the threshold `least`.
    """
    across, up = Scale(0.0, 1.0, *PLOT), Scale(0.0, 1.0, FOOT, TOP)
    drawn = [*_axes(across, up)]
    path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
    drawn.append(element("polyline", points=path, class_="line validation"))
    x, y = across(chosen["recall"]), up(chosen["precision"])
    low_x, low_y = across(chosen["recall_low"]), up(chosen["precision_low"])
    drawn += [
        element("line", x1=low_x, x2=x, y1=y, y2=y, class_="line train"),
        element("line", x1=x, x2=x, y1=y, y2=low_y, class_="line train"),
        element("circle", cx=x, cy=y, r=4.0, class_="dot train"),
        text(f"from {chosen['least']:.3f} on", x - 8, y + 18, "line-name train", text_anchor="end"),
    ]
    title = f"Precision of {label} by its recall"
    drawn.append(text(title, 0, 12, "panel-title"))
    told = (
        f"The threshold {chosen['least']:.3f} has recall {percent(chosen['recall'], 1)} at "
        f"precision {percent(chosen['precision'], 1)}; the bars lead to the low ends of the "
        "intervals."
    )
    return picture("precision-recall", WIDTH, HEIGHT, title, told, *drawn)


def _axes(across: Scale, up: Scale) -> list[Markup]:
    drawn = []
    ticks = up.ticks(5)
    labels = tick_labels([100 * one for one in ticks])
    for tick, label in zip(ticks, labels, strict=True):
        y = up(tick)
        drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="grid"))
        drawn.append(text(f"{label} %", PLOT[0] - 4, y + 4, "axis", text_anchor="end"))
        drawn.append(text(label, across(tick), FOOT + 15, "axis", text_anchor="middle"))
    drawn.append(text("recall, %", PLOT[1], FOOT + 30, "axis", text_anchor="end"))
    return drawn
