"""A small labelled file that the tests make themselves: three kinds of request, no two alike."""

from __future__ import annotations

import csv
import itertools
import random
from pathlib import Path

OPENINGS = ("Hello,", "Hi team,", "Please,", "Good morning,", "Sorry to ask, but", "Quick one:")
WISHES = {
    "refund": ("I want my money back for {}", "the charge for {} must be returned", "refund {}"),
    "delivery": ("when will {} arrive", "the parcel with {} is late", "track where {} is"),
    "access": ("I cannot log in to see {}", "reset the password for {}", "my login to {} fails"),
}
THINGS = (
    "the blue jacket", "order 1841", "my headphones", "the kitchen lamp", "the garden chair",
    "the winter boots", "two concert tickets", "the coffee machine", "a phone case", "the desk",
)  # fmt: skip
GOAL = "Route customer requests to one of three teams with at least 80 percent accuracy"


def rows(seed: int = 3) -> list[tuple[str, str]]:
    """540 rows of text and label, shuffled."""
    made = [
        (f"{opening} {wish.format(thing)}", label)
        for label, wishes in WISHES.items()
        for opening, wish, thing in itertools.product(OPENINGS, wishes, THINGS)
    ]
    random.Random(seed).shuffle(made)
    return made


def write(path: Path, content: list[tuple[str, str]] | None = None) -> Path:
    """Write rows as CSV with the columns `text` and `label`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(content if content is not None else rows())
    return path
