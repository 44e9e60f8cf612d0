"""Quality in production as a picture: each week's labels with their interval, and the promise."""

from __future__ import annotations

from markupsafe import Markup

from rungwise.percent import percent
from rungwise.programme import WEEKS
from rungwise.reporting.quality_weeks import CheckedWeek, Watched
from rungwise.reporting.svg import Scale, element, picture, text

WIDTH, HEIGHT, TOP, FOOT = 940.0, 290.0, 34.0, 236.0
PLOT = (64.0, 800.0)
SIDE = 812.0


def quality(watched: Watched) -> Markup:
    """Draw the weeks of a programme; a week without labels is named so."""
    first = watched.weeks[0].number if watched.weeks else (watched.programme - 1) * WEEKS + 1
    weeks = Scale(first - 0.5, first + WEEKS - 0.5, *PLOT)
    axis = _axis(watched)
    drawn = [*_grid(axis), *_numbers(weeks, first)]
    if watched.promise is not None:
        drawn += _levels(watched.promise, watched.promise - watched.drop, axis)
    for one in watched.weeks:
        drawn += _week(one, weeks(one.number), axis)
    drawn.append(text("share of right answers", 0, 14, "panel-title"))
    drawn.append(text("week", PLOT[1], FOOT + 40, "axis", text_anchor="end"))
    title = f"Quality of {watched.version} in production, week by week"
    return picture("quality", WIDTH, HEIGHT, title, told(watched), *drawn)


def told(watched: Watched) -> str:
    """What a reader who cannot see the picture should know."""
    weeks = [
        f"week {one.number} {percent(one.interval.value, 1)} "
        f"[{percent(one.interval.low, 1)} to {percent(one.interval.high, 1)}]"
        if one.interval
        else f"week {one.number} {_absent(one)}"
        for one in watched.weeks
    ]
    promised = f"Promised {percent(watched.promise, 1)}. " if watched.promise is not None else ""
    return f"{promised}{'; '.join(weeks) or 'No week is over yet'}."


def _axis(watched: Watched) -> Scale:
    """Quality from the lowest end that is known to 1; an interval down to 0 tells nothing."""
    shown = [one.interval for one in watched.weeks if one.interval]
    ends = [value for one in shown for value in (one.value, one.low)]
    ends += [watched.promise - 2 * watched.drop] if watched.promise is not None else [0.9]
    low = max(0.0, min(ends) - 0.03)
    return Scale(low, 1.0, FOOT, TOP)


def _grid(axis: Scale) -> list[Markup]:
    drawn = []
    for tick in axis.ticks(5):
        y = axis(tick)
        drawn.append(element("line", x1=PLOT[0], x2=PLOT[1], y1=y, y2=y, class_="grid"))
        drawn.append(text(percent(tick), PLOT[0] - 8, y + 4, "axis", text_anchor="end"))
    return drawn


def _numbers(weeks: Scale, first: int) -> list[Markup]:
    return [
        text(str(week), weeks(week), FOOT + 20, "axis", text_anchor="middle")
        for week in range(first, first + WEEKS)
    ]


def _levels(promise: float, tolerated: float, axis: Scale) -> list[Markup]:
    """The promise and what is tolerated below it; their names never touch."""
    upper = axis(promise)
    lower = axis(max(tolerated, axis.low))
    apart = max(0.0, 14 - (lower - upper)) / 2
    return [
        element("line", x1=PLOT[0], x2=PLOT[1], y1=upper, y2=upper, class_="target"),
        element("line", x1=PLOT[0], x2=PLOT[1], y1=lower, y2=lower, class_="target"),
        text(f"promise {percent(promise, 1)}", SIDE, upper + 4 - apart, "target-label"),
        text(f"tolerated {percent(tolerated, 1)}", SIDE, lower + 4 + apart, "target-label"),
    ]


def _week(one: CheckedWeek, x: float, axis: Scale) -> list[Markup]:
    if one.interval is None:
        shown = text(_absent(one), x, FOOT - 8, "aside", text_anchor="middle")
        return [element("g", element("title", f"week {one.number}"), shown)]
    low, high, y = axis(one.interval.low), axis(one.interval.high), axis(one.interval.value)
    return [
        element("line", x1=x, x2=x, y1=low, y2=high, class_="interval selected"),
        element("circle", cx=x, cy=y, r=5.5, class_="value selected"),
        text(str(one.labels), x, FOOT + 34, "tag", text_anchor="middle"),
    ]


def _absent(one: CheckedWeek) -> str:
    """Why a week has no quality."""
    if one.drawn is None:
        return "missed" if one.missed else "not drawn"
    return "no requests" if not one.drawn else "missed" if one.missed else "no labels"
