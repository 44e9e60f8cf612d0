"""A local judge's answers outlive an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small_language import write_language_model

from rungwise import plugins
from rungwise.conversation import Message
from rungwise.progress import Silent
from rungwise.workflow.remembered import AT_ONCE, Remembered


def test_an_interruption_costs_no_answer_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_language_model(tmp_path / "model")
    model = plugins.load("models", "language").open(str(folder), tmp_path)
    prompts = [(Message("user", f"say {number}"),) for number in range(AT_ONCE + 2)]
    alone = model.generate(prompts, Silent(), max_tokens=4)
    asked: list[int] = []
    answer = model.generate

    def interrupted(some: Any, *rest: Any, **told: Any) -> Any:
        asked.append(len(some))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return answer(some, *rest, **told)

    monkeypatch.setattr(model, "generate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Remembered(model, tmp_path / "kept.jsonl").generate(prompts, Silent(), max_tokens=4)
    found = Remembered(model, tmp_path / "kept.jsonl").generate(prompts, Silent(), max_tokens=4)
    assert [one.text for one in found] == [one.text for one in alone]
    assert asked == [AT_ONCE, 2, 2]
