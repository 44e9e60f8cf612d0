"""The first import of PyTorch: it takes seconds, so it is said and no attempt pays for it."""

from __future__ import annotations

import importlib
import sys

from rungwise.progress import Progress

FRAMEWORKS = {"torch": "PyTorch", "transformers": "Transformers"}
"""Module → the name that people know."""

MODELS = "transformers.modeling_utils"
"""Transformers itself is empty until a class is asked for; this takes as long again."""


def load_frameworks(progress: Progress) -> None:
    """Import what every local model needs, aloud, unless it is there already."""
    if absent := [module for module in FRAMEWORKS if module not in sys.modules]:
        progress.say(f"loading {' and '.join(FRAMEWORKS[module] for module in absent)} …")
    for module in (*absent, MODELS):
        importlib.import_module(module)
