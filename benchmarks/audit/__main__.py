"""`python -m benchmarks.audit`: every comparison of the audits, one after another.

Each runs in a process of its own, so that no cache and no thread pool of one helps another.
"""

from __future__ import annotations

import subprocess
import sys

PARTS = (
    "near_copies",
    "near_speed",
    "million",
    "leakage",
    "hidden_groups",
    "labels",
    "labels_planted",
    "agreement",
    "personal",
    "representative",
)


def main() -> None:
    """Run all; the options are handed on to each."""
    failed = []
    for part in PARTS:
        command = [sys.executable, "-m", f"benchmarks.audit.{part}", *sys.argv[1:]]
        if subprocess.run(command, check=False).returncode:
            failed.append(part)
    if failed:
        sys.exit(f"These did not end well: {', '.join(failed)}")


if __name__ == "__main__":
    main()
