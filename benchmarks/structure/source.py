"""A package read as syntax trees: its lines, its comparisons, and who imports whom."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

BLANK = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip
"""Tokens that make no line a line of code."""


@dataclass(frozen=True)
class Module:
    """One file.

    Attributes:
        name: Dotted, as it is imported.
        path: Where it lies.
        text: Its source.
    """

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    def code_lines(self) -> set[int]:
        """Numbers of the lines that are neither blank nor comment nor docstring."""
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in BLANK:
                lines.update(range(token.start[0], token.end[0] + 1))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr) and [*_texts(node.value)]:
                lines.difference_update(_lines(node))
        return lines

    def import_lines(self) -> set[int]:
        """Numbers of the lines that import."""
        imports = (
            node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom)
        )
        return {line for node in imports for line in _lines(node)}

    def comparisons(self, names: Collection[str]) -> int:
        """Comparisons with one of `names`, alone or in a tuple, list or set."""
        return sum(
            any(name in names for side in (node.left, *node.comparators) for name in _texts(side))
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Compare)
        ) + sum(
            isinstance(node, ast.MatchValue) and any(one in names for one in _texts(node.value))
            for node in ast.walk(self.tree)
        )

    def imported(self, known: Collection[str]) -> Iterator[str]:
        """Those of the `known` modules that it imports, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names if one.name in known)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    full = f"{node.module}.{one.name}"
                    if full in known or node.module in known:
                        yield full if full in known else node.module


@dataclass(frozen=True)
class Package:
    """Every module of a package, by name."""

    modules: Mapping[str, Module]

    @staticmethod
    def read(folder: Path) -> Package:
        """Read every Python file below the package's folder."""
        modules = {}
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            modules[name] = Module(name, path, path.read_text(encoding="utf-8"))
        return Package(modules)

    def repeated_names(self) -> dict[str, int]:
        """File name → files, of the names that several files have; `__init__` apart."""
        counts = Counter(one.path.stem for one in self.modules.values())
        return {name: n for name, n in counts.items() if n > 1 and name != "__init__"}

    def importers(self) -> dict[str, set[str]]:
        """Module → the modules that import it."""
        found = defaultdict(set)
        for name, module in self.modules.items():
            for other in module.imported(self.modules):
                found[other].add(name)
        return found

    def of_one_neighbour(self) -> dict[str, str]:
        """Module → its single importer, if that lies in the same folder.

        Packages are apart, and what a package's `__init__` hands on under another name.
        """
        importers = self.importers().items()
        single = {name: next(iter(users)) for name, users in importers if len(users) == 1}
        return {
            name: user
            for name, user in single.items()
            if self.modules[name].path.parent == self.modules[user].path.parent
            and "__init__" not in (self.modules[name].path.stem, self.modules[user].path.stem)
        }


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _texts(node: ast.expr) -> Iterator[str]:
    """The string itself, or those in a tuple, list or set."""
    several = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else (node,)
    for one in several:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
