"""Take a picture out of a report: `picture.py report.html ladder.svg`, or `--name quality`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

COLOURS = re.compile(r"(?:@media \(prefers-color-scheme: dark\) \{\s*)?:root \{[^}]*\}(?:\s*\})?")
RULES = re.compile(r"^\.picture\b.*$", re.MULTILINE)


def picture(page: str, name: str = "ladder") -> str:
    """The first picture of a name on a report's page, with the colours and rules that it needs."""
    found = re.search(rf"<svg [^>]*\b{re.escape(name)}-title.*?</svg>", page, re.DOTALL)
    if found is None:
        raise SystemExit(f"The page has no {name}.")
    style = page[page.index("<style>") : page.index("</style>")]
    rules = [*COLOURS.findall(style)[:2], *RULES.findall(style)]
    opening, rest = found[0].split(">", 1)
    _, _, width, height = re.findall(r"[\d.]+", opening)[:4]
    return (
        f'{opening} xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f"<style>{chr(10).join(rules)}</style>"
        f'<rect width="{width}" height="{height}" fill="var(--paper)"/>{rest}\n'
    )


def main() -> None:
    """Read the report, write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--name", default="ladder", help="which picture: ladder or quality")
    told = parser.parse_args()
    page = told.report.read_text(encoding="utf-8")
    told.picture.write_text(picture(page, told.name), encoding="utf-8")


if __name__ == "__main__":
    main()
