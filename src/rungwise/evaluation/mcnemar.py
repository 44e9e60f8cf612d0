"""Accuracy on the same rows: only the rows that one model has right and the other wrong tell."""

from __future__ import annotations


def mcnemar(won: int, lost: int) -> float:
    """Exact two-sided McNemar test: are wins and losses equally likely? (McNemar 1947)."""
    if won + lost == 0:
        return 1.0
    from scipy import special

    return float(min(1.0, 2 * special.bdtr(min(won, lost), won + lost, 0.5)))


def exact_difference(won: int, lost: int, rows: int, level: float) -> tuple[float, float]:
    """The difference in accuracy by Clopper and Pearson's interval for the share of wins.

    The bootstrap is too sure of a handful of differing rows (five wins against none excludes
    zero although McNemar's p is 0.06); the wider of the two never contradicts the exact test.
    Where no row differs, it is what so many equal rows may hide.
    """
    tail, differing = (1 - level) / 2, won + lost
    if differing == 0:
        hidden = 1 - tail ** (1 / rows)
        return -hidden, hidden
    from scipy import special

    low = special.betaincinv(won, lost + 1, tail) if won else 0.0
    high = special.betaincinv(won + 1, lost, 1 - tail) if lost else 1.0
    share = differing / rows
    return float((2 * low - 1) * share), float((2 * high - 1) * share)
