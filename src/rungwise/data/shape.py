"""A shape: columns that together hold what a model is asked and what it is to answer.

A shape is a file in `shapes`, and its class is that name in camel case; there is no list to edit.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from rungwise.conversation import Conversation
from rungwise.data import shapes

Row = Mapping[str, str | None]
"""Column → cell, for the columns of a shape that the file has."""


class Unfit(Exception):
    """A row that does not fit its shape: what was found and what was expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}: {expected}")


@dataclass(frozen=True, slots=True)
class Example:
    """What a row holds.

    Attributes:
        turns: What is asked and, last, the answer, where there is one.
        rejected: The answer that was not chosen, or None where the shape has none.
    """

    turns: Conversation
    rejected: str | None = None


class Shape(Protocol):
    """How rows of certain columns are read."""

    asked: tuple[str, ...]
    """Columns without which nothing is asked."""
    answer: tuple[str, ...]
    """Further columns that hold the answer."""
    optional: tuple[str, ...]
    """Columns that are read where the file has them."""
    implied: tuple[str, ...]
    """Columns of `asked` that the answer's columns may hold themselves."""
    meaning: str
    """What the rows then are, for the user."""

    def example(self, row: Row, *, answered: bool) -> Example:
        """What a row holds; where `answered`, the answer must be there.

        Raises:
            Unfit: The row cannot be read so.
        """
        ...


@functools.cache
def every_shape() -> Mapping[str, Shape]:
    """Every shape by name."""
    return {
        module.name: _load(module.name) for module in pkgutil.iter_modules(list(shapes.__path__))
    }


def find_shapes(available: Collection[str], *, answered: bool) -> list[str]:
    """The shapes whose columns a file has, the one that accounts for most of them first.

    Args:
        available: The file's columns.
        answered: The columns of the answer must be there too.
    """
    fits = {
        name: sum(column in available for column in (*shape.asked, *shape.answer))
        for name, shape in every_shape().items()
        if _needed(shape, answered=answered) <= set(available)
    }
    return sorted(fits, key=lambda name: (-fits[name], len(every_shape()[name].answer), name))


def shapes_listed() -> str:
    """The columns of every shape, for the user."""
    wanted = (
        " + ".join(f"`{name}`" for name in (*s.asked, *s.answer)) for s in every_shape().values()
    )
    return "; ".join(wanted)


def _needed(shape: Shape, *, answered: bool) -> set[str]:
    """Columns without which a file has not this shape."""
    return set(shape.asked + shape.answer) - set(shape.implied) if answered else set(shape.asked)


def _load(name: str) -> Shape:
    module = importlib.import_module(f"{shapes.__name__}.{name}")
    shape: Shape = getattr(module, "".join(part.capitalize() for part in name.split("_")))()
    return shape
