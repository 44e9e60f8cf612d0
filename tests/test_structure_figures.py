"""The figures of a source tree, counted in one that was made for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.structure import __main__ as structure
from benchmarks.structure.source import Package

TREE = {
    "__init__.py": "",
    "text.py": 'NAME = "text"\n',
    "store/__init__.py": "from pack.store.rows import rows\n",
    "store/rows.py": '''"""Rows.

Of a store.
"""

import json

from pack.store import (
    columns,
)


# Why this is so.
def rows(kind: str, modality: str) -> str:
    """One line."""
    if kind == "classify" or "generate" != kind:
        return json.dumps({"classify": columns.names})
    return "a" if kind in ("generate", "other") and modality not in {"text"} else """b

    c"""
''',
    "store/columns.py": "names = (kind := 'classify') and 'classify'\n",
    "read/rows.py": "from pack import text\nimport pack.store.rows\n",
    "tasks/classify.py": "def serves(kind):\n    return kind == 'classify'\n",
    "matching.py": """def of(kind):
    match kind:
        case "classify" | "generate":
            return 1
        case _:
            return 2
""",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "pack"


def test_what_is_counted(package: Path) -> None:
    figures = dict(structure.figures(Package.read(package)))
    assert figures == {
        "lines": sum(len(text.splitlines()) for text in TREE.values()),
        "files": 8,
        "comparisons with the name of a kind of task, outside tasks/": 3 + 2,
        "files with such comparisons, of a kind of task": 2,
        "comparisons with the name of a modality, outside modalities/": 1,
        "files with such comparisons, of a modality": 1,
        "file names used more than once": 1,
        # `store/rows.py` has 4 lines of imports, 4 of a function and 2 more of a text.
        "import lines, of all code lines": round(
            100 * (1 + 4 + 2) / (1 + 1 + 10 + 1 + 2 + 2 + 6), 1
        ),
        "modules that one neighbour alone imports": 1,
    }


def test_a_text_in_several_lines_is_code_and_a_docstring_is_none(package: Path) -> None:
    module = Package.read(package).modules["pack.store.rows"]
    assert module.code_lines() == {6, 8, 9, 10, 14, 16, 17, 18, 19, 20}
    assert module.import_lines() == {6, 8, 9, 10}


def test_who_imports_whom(package: Path) -> None:
    found = Package.read(package)
    assert found.importers() == {
        "pack.store.rows": {"pack.store", "pack.read.rows"},
        "pack.store.columns": {"pack.store.rows"},
        "pack.text": {"pack.read.rows"},
    }
    assert found.of_one_neighbour() == {"pack.store.columns": "pack.store.rows"}


def test_plugins_verbs_and_what_a_package_hands_on_are_apart(package: Path) -> None:
    for name, text in {
        "gates/one.py": "from pack.gates import two\n",
        "gates/two.py": "",
        "verbs/project.py": "from pack.verbs import split\n",
        "verbs/split.py": "",
        "verbs/__init__.py": "from pack.verbs import project\n",
    }.items():
        path = package / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = Package.read(package)
    assert structure.neighbours(found) == {"pack.store.columns": "pack.store.rows"}
    assert {"pack.gates.two", "pack.verbs.split"} < set(found.of_one_neighbour())


def test_as_json_one_figure_a_line(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["structure", str(package), "--json"])
    structure.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"figure": "files", "value": 8} in lines
