"""What every benchmark prints: one row a comparison, as a table or as JSON lines."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "transformers", "scikit-learn", "sentence-transformers", "setfit", "numpy")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `ours` and `peer` are medians in the metric's unit."""

    workload: str
    metric: str
    ours: float
    peer: float | None
    peer_name: str
    quality_ours: float | None = None
    quality_peer: float | None = None

    @property
    def ratio(self) -> float | None:
        """Peer over ours: above 1, ours needs less."""
        return self.peer / self.ours if self.peer is not None and self.ours else None

    def as_json(self) -> str:
        """One line."""
        fields = dataclasses.asdict(self) | {"ratio": self.ratio}
        order = ("workload", "metric", "ours", "peer", "peer_name", "ratio",
                 "quality_ours", "quality_peer")  # fmt: skip
        return json.dumps({name: _rounded(fields[name]) for name in order}, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Row:
        """What `as_json` wrote."""
        fields = json.loads(line)
        return cls(**{field.name: fields[field.name] for field in dataclasses.fields(cls)})

    def as_cells(self) -> tuple[str, ...]:
        """What the table shows."""
        return (
            self.workload,
            self.metric,
            _shown(self.ours),
            _shown(self.peer),
            self.peer_name,
            "" if self.ratio is None else f"{self.ratio:.3g}×",
            _shown(self.quality_ours, 4),
            _shown(self.quality_peer, 4),
        )


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def show(rows: Iterable[Row], *, as_json: bool) -> None:
    """Print rows as they come (JSON), or a Markdown table below the machine (else)."""
    if as_json:
        for row in rows:
            print(row.as_json(), flush=True)
        return
    header = ("workload", "metric", "ours", "peer", "peer is", "ratio",
              "accuracy ours", "accuracy peer")  # fmt: skip
    body = [row.as_cells() for row in rows]
    print(f"{machine()}\n")
    print(table(header, body))


def table(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns line up."""
    lines = [header, *body]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    shown = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def machine() -> str:
    """Processor, cores and versions, in one line."""
    import psutil

    found = [f"{name} {installed}" for name in PACKAGES if (installed := _version(name))]
    cores = len(psutil.Process().cpu_affinity() or ())
    return f"{_processor()}, {cores} cores; Python {platform.python_version()}, {', '.join(found)}"


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _shown(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value
