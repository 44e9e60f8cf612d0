"""The README's commands do what it says: they are run, in order, in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.documentation import ROOT, blocks
from tests.small_task import write

README = ROOT / "README.md"


def test_the_commands_climb_to_a_release_and_a_report(tmp_path: Path, encoder: str) -> None:
    commands = [block.code for block in blocks(README, "bash") if "rungwise" in block.code]
    assert commands, "the README shows how to use rungwise"
    write(tmp_path / "questions.csv")
    (tmp_path / "new.csv").write_text("text\nWhere is my parcel?\n", encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "RUNGWISE_PLAIN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len((tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert (tmp_path / "tickets" / "releases" / "v1.0").is_dir()
    assert (tmp_path / "tickets" / "report.html").is_file()


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        line.split()[1]
        for block in blocks(README, "bash")
        for line in block.code.splitlines()
        if line.startswith("make ")
    }
    assert named >= {"demo", "test"}
    assert {target for target in named if f"\n{target}:" not in makefile} == set()
