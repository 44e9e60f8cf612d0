"""Only a modality, and a plug-in that serves it alone, knows the name of a modality."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import rungwise

SOURCE = Path(rungwise.__file__).parent
NAMES = {"text", "image", "audio"}
MODALITY = "modality"


def compared(tree: ast.Module) -> list[int]:
    """Lines that compare something called a modality with the name of one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            told = {n.value for one in sides for n in ast.walk(one) if isinstance(n, ast.Constant)}
            named = {n.attr for one in sides for n in ast.walk(one) if isinstance(n, ast.Attribute)}
            named |= {n.id for one in sides for n in ast.walk(one) if isinstance(n, ast.Name)}
            if told & NAMES and (MODALITY in named or MODALITY in told):
                found.append(node.lineno)
        elif isinstance(node, ast.Match) and MODALITY in ast.unparse(node.subject):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "line",
    [
        'task.task.modality == "text"',
        '"image" != modality',
        '(kind, goal.modality) in [("classify", "text")]',
        'content["modality"] != "text"',
    ],
)
def test_a_comparison_is_found(line: str) -> None:
    assert compared(ast.parse(line)) == [1]


def test_no_comparison_stands_outside_modalities() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "modalities"
        for line in compared(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
