"""The wheel that `pip install` gets: whole, and enough for one's own environment."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from tests.documentation import ROOT
from tests.small_task import GOAL, write

from rungwise import __version__


def ran(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that reads nothing of this checkout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
        "--no-index", "--wheel-dir", place, ROOT, cwd=place)  # fmt: skip
    (built,) = place.glob("rungwise-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/rungwise"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    kept = {name.removeprefix("src/") for name in listed if (ROOT / name).is_file()}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in kept if not name.endswith(".py")}, "no data files are looked for"
    assert packed == kept


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        told = archive.read(name).decode("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = re.findall(r"^Requires-Dist: ([^;\n]+)$", told, re.MULTILINE)
    plain = {re.split("[<>=]", one)[0].strip() for one in needed}
    assert plain == {re.split("[<>=]", one)[0] for one in project["dependencies"]}
    assert not plain & {"pandas", "datasets", "pytest", "ruff", "mypy", "trl", "bitsandbytes"}
    assert f"Version: {__version__}\n" in told


def test_the_readme_names_every_extra_for_users() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install rungwise" in readme
    extras = set(project["optional-dependencies"]) - {"development", "benchmarks"}
    assert {extra for extra in extras if f"`{extra}`" not in readme} == set()


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`rungwise` in a fresh environment; what it stands on is lent by this one."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=True)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    ran(sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "--quiet",
        "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=place)  # fmt: skip
    return place / "bin" / "rungwise"


@pytest.mark.skipif(sys.platform == "win32", reason="the folder is called Scripts there")
def test_a_fresh_environment_goes_from_init_to_a_number(command: Path, tmp_path: Path) -> None:
    assert ran(command, "--version", cwd=tmp_path) == f"rungwise {__version__}\n"
    python = command.parent / "python"
    where = ran(python, "-c", "import rungwise; print(rungwise.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(command.parent.parent)
    assert "Usage: rungwise" in ran(command, "--help", cwd=tmp_path)
    write(tmp_path / "requests.csv")
    ran(command, "init", "task", "--data", "requests.csv", "--goal", GOAL, cwd=tmp_path)
    ran(command, "split", "-C", "task", cwd=tmp_path)
    ran(command, "audit", "-C", "task", cwd=tmp_path)  # reads phrases, names and weights
    assert "task/report.html" in ran(command, "report", "-C", "task", cwd=tmp_path)
    assert ran(command, "verify", "-C", "task", cwd=tmp_path).startswith("The ledger verifies")
    assert importlib.metadata.version("rungwise") == __version__
