"""A judge behind a real server: llama.cpp holds the small packaged model to a verdict's form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from benchmarks.language.llama_server import KEY, serving, weights

from rungwise.evaluation.judging.judge import Judge
from rungwise.evaluation.judging.question import Item, Pair
from rungwise.evaluation.judging.scale import scale
from rungwise.models.endpoint import Endpoint, EndpointLimits, EndpointModel
from rungwise.progress import Silent


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = weights()
    if isinstance(model, str):
        pytest.skip(model)
    with serving(model, 512, tmp_path_factory.mktemp("server") / "log") as place:
        yield place


def opened(address: str, answers: Path) -> EndpointModel:
    limits = EndpointLimits(attempts=2, concurrency=2, timeout_s=120)
    return Endpoint().open(f"endpoint:smollm2@{address}/v1", limits=limits, answers=answers)


def test_every_verdict_can_be_read_and_is_kept(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", KEY)
    model = opened(address, tmp_path / "answers.jsonl")
    judge = Judge(model, "The answer is right.", scale("1-5"), Silent())
    items = [Item("What is 2 + 2?", answer, "4") for answer in ("4",)]
    found = judge.scores(items)
    assert (found.retried, found.left_out) == (0, 0), "the server holds it to the form"
    points = np.unique(np.concatenate([[0.0], np.arange(1, 9) / 8]))
    assert np.isin(found.values, points).all(), "means of two of five points"
    told = judge.preferences([Pair("What is 2 + 2?", "4", "a fish")])
    assert told.left_out == 0 and told.values[0] in (-1, 0, 1)
    assert model.usage.requests == 4
    again = opened(address, tmp_path / "answers.jsonl")
    repeated = Judge(again, judge.rubric, judge.scale, Silent()).scores(items)
    assert np.array_equal(repeated.values, found.values)
    assert again.usage.requests == 0
