"""Which versions an attempt ran on: what one needs to repeat it (R71)."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "accelerate", "numpy", "onnx", "onnxruntime", "peft", "polars", "rungwise", "safetensors",
    "scikit-learn", "scipy", "tokenizers", "torch", "transformers",
)  # fmt: skip
"""Packages whose version can change a number."""


@cache
def _found() -> tuple[tuple[str, str], ...]:
    found = [("python", platform.python_version())]
    for package in PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def versions() -> dict[str, str]:
    """Package → version, from the installed metadata: nothing is imported."""
    return dict(_found())
