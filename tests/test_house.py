"""The house rules that no other tool holds: sizes, names, light imports, no pickle, pins."""

from __future__ import annotations

import ast
import itertools
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.documentation import DOCS, ROOT, headings

from rungwise import plugins
from rungwise.policy import Policy

SOURCE = ROOT / "src" / "rungwise"
OURS = ("src", "tests", "benchmarks", "examples")
LONGEST, MEDIAN = 400, 120
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools", "core"}
HEAVY = {
    "accelerate", "alembic", "numpy", "onnx", "onnxruntime", "pandas", "peft", "polars",
    "pyarrow", "pydantic", "scipy", "sklearn", "sqlalchemy", "tokenizers", "torch", "transformers",
}  # fmt: skip


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def tracked_text() -> Iterator[tuple[Path, str]]:
    """Every text file that git tracks, or everything beside the caches outside a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("needs a git checkout to know which files belong to the project")
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.suffix not in {".png", ".svg", ".safetensors", ".xz"}:
            yield path, path.read_text(encoding="utf-8")


# ── sizes and names ──────────────────────────────────────────────────────────────────────
def test_no_file_is_long_and_most_are_short() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(*OURS)
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}
    source = [lines for path, lines in lengths.items() if path.parts[0] == "src"]
    assert statistics.median(source) <= MEDIAN


def test_every_file_is_named_for_one_idea() -> None:
    vague = [
        path.relative_to(ROOT)
        for path in python_files(*OURS)
        if VAGUE & {path.stem, path.parent.name}
    ]
    assert vague == []


# ── light imports ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "statements",
    [
        "import rungwise",
        "import rungwise.protocols, rungwise.records, rungwise.errors, rungwise.plugins",
        "import sys; sys.argv = ['rungwise', '--help']; import rungwise.cli\n"
        "try: rungwise.cli.main()\n"
        "except SystemExit as end: assert not end.code, end.code",
    ],
    ids=["import rungwise", "import the words", "rungwise --help"],
)
def test_starting_loads_no_training_stack(statements: str) -> None:
    training = HEAVY - {"numpy", "polars", "pydantic"} if "protocols" in statements else HEAVY
    told = subprocess.run(
        [sys.executable, "-c", f"{statements}\nimport sys\nprint(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in told.stderr.split()}
    assert "rungwise" in loaded
    assert loaded & training == set()


# ── no pickle ────────────────────────────────────────────────────────────────────────────
PICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "import torch\ntorch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.save(value, path)",
        "numpy.load(path, allow_pickle=True)",
        "import pandas\npandas.read_pickle(path)",
    ],
)
def test_the_search_for_pickle_finds_it(code: str) -> None:
    assert pickling(ast.parse(code)) != []


def test_pickle_is_neither_read_nor_written() -> None:
    found = {
        path.relative_to(ROOT): lines
        for path in python_files("src")
        if (lines := pickling(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def pickling(tree: ast.AST) -> list[int]:
    """Lines that import a pickler or call something that reads or writes pickle."""
    return [node.lineno for node in ast.walk(tree) if _imports_pickler(node) or _pickles(node)]  # type: ignore[attr-defined]


def _imports_pickler(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] in PICKLERS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in PICKLERS
    return False


def _pickles(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    told = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    if called == "torch.load":
        return told.get("weights_only") != "True"
    return (
        called in {"torch.save", "read_pickle", "to_pickle"}
        or called.endswith((".read_pickle", ".to_pickle"))
        or told.get("allow_pickle") == "True"
    )


# ── checkpoints are loaded in one place ──────────────────────────────────────────────────
FETCHING = {"hf_hub_download", "snapshot_download"}
LOADING = {"from_pretrained", "load_adapter", "SentenceTransformer", *FETCHING}


@pytest.mark.parametrize(
    "code",
    [
        "AutoModel.from_pretrained(folder)",
        "peft.PeftModel.from_pretrained(base, folder)",
        "load = AutoTokenizer.from_pretrained",
        "getattr(AutoModel, 'from_pretrained')(folder)",
        "from huggingface_hub import hf_hub_download",
        "transformers.pipeline('text-classification')",
    ],
)
def test_the_search_for_loading_finds_it(code: str) -> None:
    assert loading(ast.parse(code)) != []


def test_checkpoints_are_loaded_by_one_module() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in python_files("src")
        if loading(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == {"checkpoints/__init__.py", "checkpoints/pretrained.py"}


def test_every_load_refuses_code_and_the_network() -> None:
    """`LOCAL` holds both for transformers; PEFT runs no code and is told of the network alone."""
    from rungwise.checkpoints.pretrained import LOCAL

    path = SOURCE / "checkpoints" / "pretrained.py"
    calls = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".from_pretrained")
    ]
    assert LOCAL == {"local_files_only": True, "trust_remote_code": False}
    assert len(calls) >= 7
    guarded = [re.search(r"\*\*(LOCAL|given)|local_files_only=True", call) for call in calls]
    assert all(guarded)


def loading(tree: ast.AST) -> list[int]:
    """Lines that name something which loads or fetches a checkpoint; prose does not count."""
    return [node.lineno for node in ast.walk(tree) if _names_loading(node)]  # type: ignore[attr-defined]


def _names_loading(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in LOADING or ast.unparse(node) == "transformers.pipeline"
    if isinstance(node, ast.Name):
        return node.id in LOADING
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in LOADING for alias in node.names)
    return isinstance(node, ast.Constant) and node.value in LOADING


# ── what the record and the reader rely on ───────────────────────────────────────────────
def test_every_threshold_names_its_requirement() -> None:
    silent = {
        name
        for name, field in Policy.model_fields.items()
        if not re.search(r"\b[RC]\d+\b", field.description or "")
    }
    assert silent <= {"seed"}, "the seed alone decides nothing"


@pytest.mark.parametrize("kind", ["rungs", "audits", "diagnoses", "gates"])
def test_every_plugin_has_its_heading_in_the_documentation(kind: plugins.Kind) -> None:
    page = DOCS / f"{kind}.md"
    names = plugins.names(kind)
    assert names
    assert [name for name in names if name not in headings(page)] == []


# ── what is installed ────────────────────────────────────────────────────────────────────
def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *itertools.chain(*extras)]
    pinned = {
        _distribution(line.partition("==")[0])
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if re.fullmatch(r"[\w.-]+==[\w.]+", line)
    }
    assert {_distribution(re.split(r"[<>=~ \[]", want)[0]) for want in wanted} <= pinned


def _distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_licence_is_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_tree_speaks_of_no_machine_of_ours() -> None:
    """No absolute home or workplace path, no package index, no ticket number."""
    places = ("work", "home", "root", "Users")
    forbidden = re.compile(
        rf"(?<![\w.])/({'|'.join(places)})/\w|\bpypi\.(org|python)|index-url|pythonhosted"
        r"|\b[Ii]ssue #?\d|\bPR #\d"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path, text in tracked_text()
        for number, line in enumerate(text.splitlines(), 1)
        if forbidden.search(line) and path != Path(__file__).resolve()
    ]
    assert found == []
