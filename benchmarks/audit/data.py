"""Where the public data sets lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def folder(name: str) -> Path:
    """The folder of one data set; ends the program where there is none."""
    data = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (data / name).is_dir():
        sys.exit(f"There is no {data / name}. Set RUNGWISE_SHARED_DATA.")
    return data / name
