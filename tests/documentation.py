"""Reading the documentation as code: its blocks, its headings, and running its examples."""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ +`?(?P<title>[^`\n]+?)`?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `line` is the 1-based line of the page where its code starts."""

    language: str
    code: str
    line: int


def blocks(page: Path, language: str) -> list[Block]:
    """The page's fenced blocks in a language, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(match["language"], match["code"], text.count("\n", 0, match.start("code")) + 1)
        for match in BLOCK.finditer(text)
        if match["language"] == language
    ]


def headings(page: Path) -> list[str]:
    """The page's headings without their marks; headings inside blocks do not count."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [match["title"] for match in HEADING.finditer(text)]


def run_examples(page: Path) -> dict[str, Any]:
    """Run the page's `python` blocks in one namespace, in an empty folder; return the names.

    A failing line is reported with its line number in the page.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for block in blocks(page, "python"):
            code = "\n" * (block.line - 1) + block.code
            exec(compile(code, str(page), "exec", dont_inherit=True), namespace)
    return namespace
