"""No code but `tasks/` compares the name of a kind of task: it asks the kind."""

from __future__ import annotations

import ast
from pathlib import Path

from benchmarks.structure.source import Package

import rungwise
from rungwise import plugins

REMAINING: dict[str, int] = {}
"""Places that still compare. It may only shrink."""


def test_only_kinds_compare_their_names() -> None:
    package = Package.read(Path(rungwise.__file__).parent)
    names = frozenset(plugins.names("tasks"))
    assert {"classify", "generate"} <= names
    outside = [
        one
        for name, one in package.modules.items()
        if not name.startswith("rungwise.tasks") and any(f'"{kind}"' in one.text for kind in names)
    ]
    assert {one.name: n for one in outside if (n := one.comparisons(names))} == REMAINING
    assert [one.name for one in outside if _chosen_by_name(one.tree, names)] == []


def _chosen_by_name(tree: ast.Module, names: frozenset[str]) -> bool:
    """Whether a dictionary has a kind's name as a key: a comparison in another dress."""
    return any(
        isinstance(key, ast.Constant) and key.value in names
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
    )
