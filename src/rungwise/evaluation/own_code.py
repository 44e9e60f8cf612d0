"""A file of code that the task names: its bytes, read once, and what can be told without running.

Nothing here runs it. `own_function` does, by exactly these bytes.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import errno
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rungwise.errors import TaskError
from rungwise.objects import digest_bytes
from rungwise.task import Task

FUNCTION = re.compile(r"(?P<place>[\w./-]+):(?P<function>[^\W\d]\w*)")
"""The name of a metric that is a function in a file of the task: `own.py:score`."""
LARGEST = 1 << 20
"""Bytes of a file of code."""
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class CodeError(TaskError):
    """Code that the task names cannot be used, or was not run."""


@dataclass(frozen=True, slots=True)
class Code:
    """The file as it was read.

    Attributes:
        file: Its path below the task's folder, with `/`.
        folder: That folder.
        content: Its bytes.
    """

    file: str
    folder: Path
    content: bytes

    @property
    def path(self) -> Path:
        """Where it was read."""
        return self.folder / self.file

    @property
    def digest(self) -> str:
        """Sha256 of its bytes: another text of it is another metric, and must be allowed anew."""
        return digest_bytes(self.content)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a function says of itself: whether more is better, and the range of its numbers."""

    greater: bool
    bounds: tuple[float, float]


def code_places(task: Task) -> tuple[str, ...]:
    """Files of code that the task names, as it writes them."""
    named = map(FUNCTION.fullmatch, (task.task.metric, *task.generation.metrics))
    return tuple(dict.fromkeys(one["place"] for one in named if one is not None))


def read_code(place: str, folder: Path) -> Code:
    """Read a file below the task's folder, following no symbolic link.

    Args:
        place: As the task names it, such as `own.py` or `metrics/own.py`.
        folder: Where the task lies.

    Raises:
        CodeError: It is a module, lies elsewhere, is absent, or is no plain file.
    """
    inside = PurePosixPath(place)
    if inside.suffix != ".py":
        raise CodeError(
            f"{place} is no file below the task's folder, and no importable module is ever run",
            "Write the function into a file there, and name it as `own.py:function`.",
        )
    if inside.is_absolute() or ".." in inside.parts:
        raise CodeError(
            f"{place} lies outside the task's folder, and no other code is run", "Copy it there."
        )
    root = folder.resolve()
    try:
        with _opened(root, inside) as handle:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise CodeError(f"{place} is not a plain file", "Name one.")
            with os.fdopen(os.dup(handle), "rb") as file:
                content = file.read(LARGEST + 1)
    except OSError as error:
        if link := _link(root, inside):
            raise CodeError(f"{link} is a symbolic link", "Put the file itself there.") from None
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            fact = f"There is no file {place} beside rungwise.yaml"
            raise CodeError(fact, "Correct the metric.") from None
        raise CodeError(f"{place} cannot be read: {error.strerror}", "Free it.") from error
    if len(content) > LARGEST:
        raise CodeError(f"{place} has more than {LARGEST:,} bytes", "Shorten it.")
    return Code(inside.as_posix(), root, content)


@contextlib.contextmanager
def _opened(root: Path, inside: PurePosixPath) -> Iterator[int]:
    """A handle on the file, reached folder by folder: no part of the way can be a link."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for place, part in enumerate(inside.parts, 1):
            last = place == len(inside.parts)
            inner = os.open(part, FLAGS | (0 if last else os.O_DIRECTORY), dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _link(root: Path, inside: PurePosixPath) -> str:
    """The first part of the way that is a symbolic link, or ""."""
    ways = [PurePosixPath(*inside.parts[:length]) for length in range(1, len(inside.parts) + 1)]
    return next((way.as_posix() for way in ways if (root / way).is_symlink()), "")


def facts(code: Code, function: str) -> Facts:
    """What a function says of itself, read from the text: `f.greater = False`, `f.bounds = (0, 5)`.

    Raises:
        CodeError: The file is not Python, defines no such function, or writes an attribute in a
            way that only running it would tell.
    """
    tree = _parsed(code)
    defined = _defined(tree)
    if not defined.get(function):
        known = [name for name, is_function in defined.items() if is_function]
        near = difflib.get_close_matches(function, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Write it, or correct the name."
        raise CodeError(f"{code.file} has no function {function!r}", hint)
    said = dict(_attributes(tree, code, function))
    greater = said.get("greater", True)
    if not isinstance(greater, bool):
        raise CodeError(
            f"`{function}.greater` in {code.file} is {greater!r}", "Write True or False."
        )
    return Facts(greater, _bounds(f"{code.file}:{function}", said.get("bounds", (0.0, 1.0))))


def _parsed(code: Code) -> ast.Module:
    try:
        return ast.parse(code.content, code.file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
        raise CodeError(
            f"{code.file} cannot be imported: {type(error).__name__}: "
            f"{str(error).splitlines()[0] if str(error) else ''}{line}",
            "Correct it.",
        ) from error


def _defined(tree: ast.Module) -> dict[str, bool]:
    """Name → whether the file itself makes a function of it; the last word counts."""
    found: dict[str, bool] = {}
    for node in _statements(tree.body):
        match node:
            case ast.FunctionDef(name=name):
                found[name] = True
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {(one.asname or one.name): False for one in names}
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                made = isinstance(value, ast.Lambda | ast.Call)
                found[name] = made or (isinstance(value, ast.Name) and found.get(value.id, False))
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of the top level, those inside `if` and `try` included."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from _statements(getattr(node, part, []))
        if isinstance(node, ast.Try):
            yield from (inner for one in node.handlers for inner in _statements(one.body))


def _attributes(tree: ast.Module, code: Code, function: str) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        for target, value in _assignments(node):
            match target:
                case ast.Attribute(value=ast.Name(id=name), attr="greater" | "bounds" as attribute):
                    if name == function:
                        yield attribute, _literal(value, code, f"{function}.{attribute}")


def _assignments(node: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    yield from zip(target.elts, value.elts, strict=False)
                else:
                    yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value


def _literal(value: ast.expr, code: Code, name: str) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise CodeError(
            f"`{name}` in {code.file} (line {value.lineno}) is known only once the file has run",
            "Write True, False or plain numbers.",
        ) from error


def _bounds(name: str, given: object) -> tuple[float, float]:
    try:
        low, high = (float(one) for one in given)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise CodeError(f"The bounds of {name} are {given!r}", "Give two numbers, the lower first.")
    return low, high
