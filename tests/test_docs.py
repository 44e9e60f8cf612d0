"""The documentation is true: its examples run, its links lead somewhere, its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from tests.documentation import BLOCK, DOCS, ROOT, blocks, headings, run_examples

from rungwise import Project
from rungwise.cli.application import application
from rungwise.task import known_keys

PAGES = sorted(DOCS.rglob("*.md"))
EVERYWHERE = [*PAGES, *sorted(ROOT.glob("*.md"))]
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)\s]+)\)")
SHARED = {
    "-C", "--directory", "--json", "--set", "--trust", "--wait",
    "--override", "--by", "--role", "--reason",
}  # fmt: skip

SOURCE = ROOT / "src" / "rungwise"
CODE = re.compile(r"""f?"([a-z_]+\.(?:[a-z_]+|\{\w+\}\w*))"(?=[,\s)])""")
KINDS = ["unseen", "mixed", "likely_unseen", "likely_mixed"]
LICENCES = ["licence", "origin", "commercial", "derived", "reserved"]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=named)
def test_the_examples_run(page: Path, encoder: str) -> None:
    run_examples(page)


@pytest.mark.parametrize("page", EVERYWHERE, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        place = page.parent / path if path else page
        if not place.exists() or (anchor and anchor not in map(_anchor, headings(place))):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached or page.suffix != ".md" or not page.is_relative_to(DOCS):
            continue
        reached.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        waiting += [page.parent / link.partition("#")[0] for link in links if link[0] != "#"]
    assert [named(page) for page in PAGES if page not in reached] == []


def test_every_command_and_option_is_described() -> None:
    page = DOCS / "command-line.md"
    commands = typer.main.get_command(application).commands  # type: ignore[attr-defined]
    assert [title for title in headings(page) if title in commands] == list(commands)
    text = page.read_text(encoding="utf-8")
    for name, command in commands.items():
        section = text.partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
        parts = getattr(command, "commands", {})
        assert {part for part in parts if f"`rungwise {name} {part}" not in section} == set()
        parameters = [one for each in (command, *parts.values()) for one in each.params]
        long = {option for parameter in parameters for option in parameter.opts[-1:]}
        missing = {option for option in long - SHARED if f"`{option}`" not in section}
        assert {option for option in missing if option.startswith("--")} == set(), name


def test_every_code_that_an_audit_can_emit_has_an_example() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (SOURCE / "audits").glob("*.py")]
    written = {code for text in sources for code in CODE.findall(text)}
    codes = {code for one in written for code in _spelled(one)}
    shown = "\n".join(block.code for block in blocks(DOCS / "audits.md", "python"))
    assert len(codes) > 30
    missing = {code for code in codes if not re.search(rf'"{re.escape(code)}"', shown)}
    assert missing == set()


def test_every_verb_of_the_api_is_described() -> None:
    text = (DOCS / "python-api.md").read_text(encoding="utf-8")
    verbs = {name for name in dir(Project) if not name.startswith("_")}
    assert {verb for verb in verbs if f"`{verb}" not in text} == set()


def test_every_key_of_the_task_file_is_described() -> None:
    text = (DOCS / "task.md").read_text(encoding="utf-8")
    described = {key.partition(".")[0] for key in known_keys()} - {"value"}
    assert {section for section in described if f"\n{section}:" not in text} == set()


def _spelled(code: str) -> list[str]:
    """The codes that a code with a name in braces stands for."""
    head, brace, rest = code.partition("{")
    if not brace:
        return [code]
    # Kinds of personal data have one finding each, all alike: the page shows two.
    tails = {"personal.": ["email", "card"], "language.": KINDS, "provenance.": LICENCES}
    tails["invisible."] = ["direction", "no_width", "entities"]
    behind = rest.partition("}")[2]
    if behind:
        return [f"{head}email{behind}"]
    return [f"{head}{tail}" for tail in tails.get(head, ["test", "validation"])]


def _anchor(heading: str) -> str:
    """The anchor that forges and static sites make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
