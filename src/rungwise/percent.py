"""How a share is written for people, the same in every message and on every page."""

from __future__ import annotations


def percent(share: float, digits: int = 0, *, signed: bool = False) -> str:
    """Such as `28.3 %`, with one digit, or `+28.3 %` if signed."""
    return f"{100 * share:{'+' if signed else ''}.{digits}f} %"


def estimate(
    share: float, low: float, high: float, digits: int = 0, *, signed: bool = False
) -> str:
    """Such as `75 % [61, 85]`: a share with its interval."""
    ends = (percent(end, digits, signed=signed).removesuffix(" %") for end in (low, high))
    return f"{percent(share, digits, signed=signed)} [{', '.join(ends)}]"
