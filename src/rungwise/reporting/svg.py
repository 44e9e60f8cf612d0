"""The few pieces that every picture is drawn with: elements, a scale, its ticks.

Pictures carry classes, never colours: the page's style decides, in light, dark and print.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

from rungwise.reporting.wording import line


def element(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """An SVG element; text is escaped, `class_` is `class`, underscores become hyphens."""
    written = "".join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>")


def text(words: str, x: float, y: float, class_: str = "", **attributes: object) -> Markup:
    """A line of text at a place."""
    return element("text", words, x=x, y=y, class_=class_ or None, **attributes)


def picture(
    name: str, width: float, height: float, title: str, description: str, *children: Markup
) -> Markup:
    """A whole picture that scales with the page and can be read aloud.

    Args:
        name: Unique on the page; ties title and description to the picture.
        width, height: Size in units; text is 12 units high.
        title: What it shows.
        description: What a reader who cannot see it should know.
        children: What is drawn.
    """
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *children,
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        style=f"max-width:{_plain(width)}px",
        class_="picture",
    )


def fitted(words: str, width: float, size: float = 12) -> Markup:
    """Words cut to about `width` units, with the whole in a tooltip."""
    room = max(int(width / (size * 0.55)), 4)
    flat = line(words, 400)
    if len(flat) <= room:
        return escape(flat)
    return element("title", flat) + escape(flat[: room - 1].rstrip() + "…")


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to places on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies; values beyond the ends lie at the ends."""
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(max(part, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values between the ends, `about` so many."""
        step = _round_step((self.high - self.low) / about)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [count * step for count in range(first, last + 1)]


def scale(values: list[float], start: float, end: float, pad: float = 0.08) -> Scale:
    """A scale that holds all finite values with a little air; never of no width."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    air = (high - low) * pad or abs(high) * pad or 0.5
    return Scale(low - air, high + air, start, end)


def tick_labels(ticks: list[float]) -> list[str]:
    """Ticks with as many decimals as they need, all alike."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(ticks[0]) if ticks else 1
    decimals = next((d for d in range(9) if abs(round(step, d) - step) < abs(step) * 1e-6), 9)
    return [f"{tick:.{decimals}f}" for tick in ticks]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)


def _plain(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
