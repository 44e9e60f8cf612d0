"""Seconds, memory and versions of a piece of work."""

from __future__ import annotations

import sys
import time
from importlib.metadata import version

import numpy as np
import pytest

from rungwise.cost.measure import Meter
from rungwise.cost.versions import versions


def test_seconds_are_those_of_the_block() -> None:
    with Meter() as meter:
        time.sleep(0.05)
    at_the_end = meter.seconds
    time.sleep(0.05)
    assert meter.seconds == at_the_end >= 0.05


def test_the_peak_sees_memory_that_is_gone_at_the_end() -> None:
    with Meter() as idle:
        pass
    with Meter() as meter:
        block = np.ones(200 * 2**20 // 8)
        time.sleep(0.2)
        del block
    assert meter.peak_mb > idle.peak_mb + 150


def test_an_error_inside_is_not_swallowed_and_is_measured_too() -> None:
    meter = Meter()
    with pytest.raises(RuntimeError, match="inside"), meter:
        raise RuntimeError("inside")
    assert meter.seconds > 0 and meter.peak_mb > 0


def test_versions_name_what_can_change_a_number() -> None:
    found = versions()
    assert found["numpy"] == np.__version__
    assert found["torch"] == version("torch")
    assert found["python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert "rungwise" in found
    assert all(isinstance(value, str) and value for value in found.values())


def test_versions_are_a_copy() -> None:
    versions()["numpy"] = "changed"
    assert versions()["numpy"] == np.__version__
