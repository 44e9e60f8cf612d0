"""`python -m benchmarks.structure [PACKAGE]`: the figures of a package's source, as a table.

They say nothing about one file and much about the whole: what is compared by name cannot be plugged
in, and ideas cut too fine need six files open. Another checkout's `src/rungwise` can be named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.structure.source import Module, Package

KINDS = frozenset({"classify", "generate"})
MODALITIES = frozenset({"text", "image", "audio"})
PLUGINS = ("rungs", "audits", "diagnoses", "gates", "triggers", "tasks", "modalities")
"""Folders whose modules are found by name and not imported."""
APART = (*PLUGINS, "cli.commands", "ledger.kinds")
VERBS = ("project", "recorded_project", "guarded_project")
"""Whoever is imported by these alone is a verb."""
Figure = tuple[str, int | float]


def main() -> None:
    """Print every figure, as a table or one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", nargs="?", type=Path, default=Path("src/rungwise"))
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--names", action="store_true", help="also what is counted, by name")
    asked = parser.parse_args()
    package = Package.read(asked.package)
    for what, value in figures(package):
        if asked.json:
            print(json.dumps({"figure": what, "value": value}))
        else:
            print(f"{value:>9,}  {what}" if isinstance(value, int) else f"{value:>8.1f}%  {what}")
    if asked.names:
        print(*named(package), sep="\n")


def figures(package: Package) -> Iterator[Figure]:
    """What is counted → how often; shares are floats, in percent."""
    modules = package.modules.values()
    yield "lines", sum(len(one.text.splitlines()) for one in modules)
    yield "files", len(modules)
    for what, names, home in (("kind of task", KINDS, "tasks"),
                              ("modality", MODALITIES, "modalities")):  # fmt: skip
        outside = [one for one in modules if not _below(one, home)]
        counts = [n for one in outside if (n := one.comparisons(names))]
        yield f"comparisons with the name of a {what}, outside {home}/", sum(counts)
        yield f"files with such comparisons, of a {what}", len(counts)
    yield "file names used more than once", len(package.repeated_names())
    code = sum(len(one.code_lines()) for one in modules)
    imports = sum(len(one.import_lines()) for one in modules)
    yield "import lines, of all code lines", round(100 * imports / code, 1)
    yield "modules that one neighbour alone imports", len(neighbours(package))


def neighbours(package: Package) -> dict[str, str]:
    """Module → its single importer beside it; plug-ins, verbs, commands and entry kinds apart."""
    return {
        name: importer
        for name, importer in package.of_one_neighbour().items()
        if not any(_below(package.modules[name], folder) for folder in APART)
        and importer.rpartition(".")[2] not in VERBS
    }


def named(package: Package) -> Iterator[str]:
    """A line for everything that is counted and has a name."""
    for module in package.modules.values():
        if count := module.comparisons(KINDS | MODALITIES):
            yield f"compares {count}  {module.name}"
    for name, count in sorted(package.repeated_names().items()):
        yield f"named {count} times  {name}"
    for name, importer in sorted(neighbours(package).items()):
        yield f"one neighbour  {name}  ({importer})"


def _below(module: Module, folder: str) -> bool:
    """Whether a module is in a folder of the package, or is it."""
    return f"{module.name}.".partition(".")[2].startswith(f"{folder}.")


if __name__ == "__main__":
    main()
