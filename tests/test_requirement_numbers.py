"""Requirement numbers stay in docs, JSON and the ledger: what a person reads is plain words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from tests.documentation import DOCS, ROOT
from typer.testing import CliRunner

from rungwise.cli.application import application
from rungwise.evaluation.wording import unnumbered

SOURCE = ROOT / "src" / "rungwise"
CITED = re.compile(r"\b[RC]\d{1,2}\b")
A_REQUIREMENT = re.compile(r"[RC]\d+(?:\s*[–,-]\s*[RC]?\d+)*")
LAST = {"R": 85, "C": 9}


def said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that is no docstring, and no description of a key, which only docs show."""
    silent = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "description":
            silent |= {id(inner) for inner in ast.walk(node.value)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in silent:
                yield node.lineno, text


def test_no_message_cites_a_requirement() -> None:
    cited = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in said(ast.parse(path.read_text(encoding="utf-8")))
        if CITED.search(text) and not A_REQUIREMENT.fullmatch(text.strip())
    ]
    assert cited == []


def test_no_message_is_made_with_a_requirement() -> None:
    shown = re.compile(r"f\".*\{[^}]*\.?requirement[^}]*\}")
    made = [
        path.name for path in sorted(SOURCE.rglob("*.py")) if shown.search(path.read_text("utf-8"))
    ]
    assert made == []


def test_no_step_of_the_demos_cites_a_requirement() -> None:
    scripts = sorted((ROOT / "examples").rglob("*.sh"))
    assert len(scripts) >= 3
    assert [str(path) for path in scripts if CITED.search(path.read_text("utf-8"))] == []


def test_no_template_cites_a_requirement() -> None:
    templates = sorted((SOURCE / "reporting" / "templates").iterdir())
    assert len(templates) > 5
    assert [path.name for path in templates if CITED.search(path.read_text("utf-8"))] == []


def test_the_help_cites_no_requirement() -> None:
    runner = CliRunner()
    names = ["", *typer.main.get_command(application).commands]  # type: ignore[attr-defined]
    assert len(names) > 15
    for name in names:
        shown = runner.invoke(application, [name, "--help"] if name else ["--help"])
        assert shown.exit_code == 0
        assert CITED.findall(shown.output) == []


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("80% is enough, stop there (R63).", "80% is enough, stop there."),
        ("Another base (R59, R60), then more", "Another base, then more"),
        ("nobody is named (`owners: {ml: …}`, R38).", "nobody is named (`owners: {ml: …}`)."),
        ("no longer unseen (C7).", "no longer unseen."),
        ("Class R2 is confused with C3PO (R2D2)", "Class R2 is confused with C3PO (R2D2)"),
    ],
)
def test_what_earlier_versions_recorded_is_shown_without_numbers(recorded: str, shown: str) -> None:
    assert unnumbered(recorded) == shown


def test_the_page_of_requirements_names_each_of_them() -> None:
    page = Path(DOCS / "requirements.md").read_text(encoding="utf-8")
    for letter, last in LAST.items():
        listed = re.findall(rf"^\| {letter}(\d+) \| \S", page, re.M)
        assert [int(number) for number in listed] == list(range(1, last + 1))
