"""A metric that the user wrote: a function of (expected, output), named in rungwise.yaml."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import math
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rungwise.errors import DataError, TaskError
from rungwise.evaluation.answers import Answers
from rungwise.evaluation.label_metrics import Floats
from rungwise.evaluation.metrics import FUNCTION, Metric, mean_of_rows
from rungwise.evaluation.text_metrics import texts


def own_metric(name: str, folder: Path) -> Metric:
    """The mean of what a function says of each row.

    The function takes two texts, the expected one and the output, and gives a number from 0 to 1.
    An attribute `bounds` on it, a pair, gives another range; `greater = False` says that lower
    is better.

    Args:
        name: `package.module:function`, or `file.py:function` relative to the task.
        folder: Where the task lies.

    Raises:
        TaskError: There is no such module or function, or it cannot be imported.
    """
    told = FUNCTION.fullmatch(name)
    assert told is not None, "`of_texts` has seen to it"
    module = _module(told["place"], folder)
    function = getattr(module, told["function"], None)
    if not callable(function):
        known = [one for one, value in vars(module).items() if inspect.isfunction(value)]
        near = difflib.get_close_matches(told["function"], known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Write it, or correct the name."
        raise TaskError(f"{told['place']} has no function {told['function']!r}", hint)
    bounds = _bounds(name, function)
    return mean_of_rows(
        name,
        lambda given: _scores(name, function, bounds, given),
        greater=bool(getattr(function, "greater", True)),
        bounds=bounds,
        definition=_digest(module),
    )


def _module(place: str, folder: Path) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        path = Path(os.path.normpath(folder.resolve() / place))
        if not path.is_file():
            raise TaskError(f"There is no file {place} beside rungwise.yaml", "Correct the metric.")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None, "its name ends in .py"
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except TaskError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise TaskError(f"{place} cannot be imported: {_told(error)}", "Correct it.") from error
    return module


def _bounds(name: str, function: Any) -> tuple[float, float]:
    given = getattr(function, "bounds", (0.0, 1.0))
    try:
        low, high = (float(one) for one in given)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise TaskError(f"The bounds of {name} are {given!r}", "Give two numbers, the lower first.")
    return low, high


def _scores(
    name: str, function: Callable[[str, str], Any], bounds: tuple[float, float], given: Answers
) -> Floats:
    scores = np.empty(len(given))
    for place, (expected, output) in enumerate(texts(given)):
        row = given.ids[place] if given.ids is not None else place + 1
        try:
            value = function(expected, output)
        except Exception as error:  # the user's code may raise anything
            raise DataError(
                f"{name} fails at row {row}: {_told(error)}", "Correct the function."
            ) from error
        number = isinstance(value, bool | int | float | np.number | np.bool_)
        if not number or not bounds[0] <= float(value) <= bounds[1]:
            raise DataError(
                f"{name} gives {value!r} at row {row}, where a number from {bounds[0]:g} to "
                f"{bounds[1]:g} is asked",
                "Correct the function, or give it an attribute `bounds`.",
            )
        scores[place] = float(value)
    return scores


def _told(error: Exception) -> str:
    """An exception in one line, with the line of the user's code where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    said = " ".join(str(error).split())[:200]
    where = f" (line {frames[-1].lineno} of {Path(frames[-1].filename).name})" if frames else ""
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}"


def _digest(module: ModuleType) -> str:
    """Of the file that the function stands in: another text of it is another metric."""
    path = getattr(module, "__file__", None)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
