"""What the environment may change: the one place that reads `RUNGWISE_*`, but for keys."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rungwise.errors import InputError

VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
"""Upper case only, so that a key written where its variable's name belongs is not taken for one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Machine-level choices; what concerns the task lives in `rungwise.yaml`.

    Attributes:
        device: Where tensors live: `cpu`, `cuda`, or `auto` (CUDA where there is one).
        precision: Of products while training: `float32`, `bfloat16`, or `auto` (bfloat16 where the
            device has units for it).
        threads: Threads for numerical libraries; 0 leaves their own choice.
        plain: Print progress as plain lines even on a terminal.
        ledger: Database URL of a ledger that a team shares, instead of the folder's own.
        cache: Where converted models are kept, for every task of this user.
        trusted: The list of code of tasks that this user has allowed to run.
    """

    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    plain: bool = False
    ledger: str | None = None
    cache: Path = Path("~/.cache/rungwise")
    trusted: Path = Path("~/.local/state/rungwise/trusted")


@cache
def settings() -> Settings:
    """Read `RUNGWISE_DEVICE`, `_PRECISION`, `_THREADS`, `_PLAIN`, `_LEDGER`,
    `_CACHE` and `_TRUSTED`.

    Raises:
        InputError: A variable has a value that cannot be used.
    """
    device = os.environ.get("RUNGWISE_DEVICE", "auto")
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"RUNGWISE_DEVICE is {device!r}", "Set it to auto, cpu or cuda.")
    precision = os.environ.get("RUNGWISE_PRECISION", "auto")
    if precision not in ("auto", "float32", "bfloat16"):
        raise InputError(
            f"RUNGWISE_PRECISION is {precision!r}", "Set it to auto, float32 or bfloat16."
        )
    threads = os.environ.get("RUNGWISE_THREADS", "0")
    if not threads.isdigit():
        raise InputError(f"RUNGWISE_THREADS is {threads!r}", "Set it to a whole number.")
    return Settings(
        device=device,
        precision=precision,
        threads=int(threads),
        plain=os.environ.get("RUNGWISE_PLAIN", "") not in ("", "0"),
        ledger=os.environ.get("RUNGWISE_LEDGER") or None,
        cache=Path(os.environ.get("RUNGWISE_CACHE") or "~/.cache/rungwise").expanduser(),
        trusted=Path(
            os.environ.get("RUNGWISE_TRUSTED") or "~/.local/state/rungwise/trusted"
        ).expanduser(),
    )


def cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux; elsewhere all of them
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def check_variable(name: str) -> None:
    """Check the name of an environment variable that is to hold a key.

    Raises:
        InputError: It can be none; the message does not show it, for it may be the key itself.
    """
    if not VARIABLE.fullmatch(name):
        raise InputError(
            "`key_variable` does not hold the name of an environment variable",
            "Write the variable's name in capitals, such as ACME_API_KEY, never the key itself.",
        )
