"""A metric that the user wrote: a function of (expected, output), named in rungwise.yaml.

Its file runs when the first row is measured, not before, and only if that is permitted.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rungwise.errors import DataError
from rungwise.evaluation.answers import Answers
from rungwise.evaluation.label_metrics import Floats
from rungwise.evaluation.metrics import Metric, mean_of_rows
from rungwise.evaluation.own_code import FUNCTION, Code, CodeError, Facts, facts, read_code
from rungwise.evaluation.text_metrics import texts

Permit = Callable[[Code], None]
"""Raises `CodeError` unless a file may run."""


def nobody(code: Code) -> None:
    """Permit nothing.

    Raises:
        CodeError: Always.
    """
    raise CodeError(
        f"{code.file} is code of the task, and nobody has allowed it to run",
        f"Read it, then give `--trust {code.file}`.",
    )


def own_metric(name: str, folder: Path, permit: Permit = nobody) -> Metric:
    """The mean of what a function says of each row; made without running it.

    The function takes two texts, the expected one and the output, and gives a number from 0 to 1.
    An attribute `bounds` on it, a pair, gives another range; `greater = False` says that lower
    is better. Both are read from the file's text.

    Args:
        name: `file.py:function`, relative to the task.
        folder: Where the task lies.
        permit: Asked before the file runs.

    Raises:
        CodeError: There is no such file below the folder, or no such function in it.
    """
    named = FUNCTION.fullmatch(name)
    assert named is not None, "`of_texts` has seen to it"
    code = read_code(named["place"], folder)
    said = facts(code, named["function"])
    ran = functools.cache(lambda: _function(code, named["function"], said))

    def scores(given: Answers) -> Floats:
        permit(code)
        with _only_installed(code):
            return _scores(name, code, ran(), said.bounds, given)

    return mean_of_rows(
        name, scores, greater=said.greater, bounds=said.bounds, definition=code.digest
    )


def recorded_metric(
    name: str, greater: bool, bounds: tuple[float, float], definition: str, fault: CodeError
) -> Metric:
    """A metric as the ledger knows it, whose code cannot be used: it measures nothing."""

    def scores(given: Answers) -> Floats:
        raise fault

    return mean_of_rows(name, scores, greater=greater, bounds=bounds, definition=definition)


def _function(code: Code, name: str, said: Facts) -> Callable[[str, str], Any]:
    """Run the file and return its function."""
    module = ModuleType(f"rungwise_own_{code.digest[:16]}")
    module.__file__ = str(code.path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(code.content, str(code.path), "exec", dont_inherit=True), module.__dict__)
    except Exception as error:  # the user's code may raise anything
        fact = f"{code.file} cannot be imported: {_told(error, code)}"
        raise CodeError(fact, "Correct it.") from error
    function = module.__dict__.get(name)
    if not callable(function):
        raise CodeError(f"{code.file} has no function {name!r} once it has run", "Correct it.")
    greater = bool(getattr(function, "greater", True))
    bounds = tuple(getattr(function, "bounds", (0.0, 1.0)))
    if (greater, bounds) != (said.greater, said.bounds):
        raise CodeError(
            f"{code.file} changes `greater` or `bounds` of {name} while it runs",
            f"Write `{name}.greater = …` and `{name}.bounds = …` plainly, at the top level.",
        )
    return function  # type: ignore[no-any-return]


def _scores(
    name: str,
    code: Code,
    function: Callable[[str, str], Any],
    bounds: tuple[float, float],
    given: Answers,
) -> Floats:
    scores = np.empty(len(given))
    for place, (expected, output) in enumerate(texts(given)):
        row = given.ids[place] if given.ids is not None else place + 1
        try:
            value = function(expected, output)
        except Exception as error:  # the user's code may raise anything
            raise DataError(
                f"{name} fails at row {row}: {_told(error, code)}", "Correct the function."
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


def _told(error: Exception, code: Code) -> str:
    """An exception in one line, with the line of the user's code where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(code.path)]
    said = " ".join(str(error).split())[:200]
    line = (own or frames)[-1].lineno if frames else None
    where = f" (line {line} of {Path((own or frames)[-1].filename).name})" if frames else ""
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}"


@contextlib.contextmanager
def _only_installed(code: Code) -> Iterator[None]:
    """Let code import what is installed, and no other file of the task: no digest covers those."""
    finder = _Installed(code)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Installed(MetaPathFinder):
    """Finds nothing itself, and refuses what lies in the task's folder."""

    def __init__(self, code: Code) -> None:
        self.code = code
        paths = (*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix)
        own = Path(__file__).resolve().parents[1]  # a checkout may lie in the task's folder
        self.installed = (own, *(Path(path).resolve() for path in paths))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ImportError for a module of the task's folder; else leave it to the others."""
        spec = PathFinder.find_spec(name, path, target)
        places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
        if spec is None and path is None:
            beside = self.code.path.parent / name
            places = [str(one) for one in (beside, beside.with_suffix(".py")) if one.exists()]
        for place in filter(None, places):
            found = Path(place).resolve()
            if found.is_relative_to(self.code.folder) and not any(
                found.is_relative_to(root) for root in self.installed
            ):
                raise ImportError(
                    f"{name} is another file of the task, and only {self.code.file} was allowed: "
                    "put what it needs of it into one file"
                )
        return None
