"""The languages that a model's card states, however it writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rungwise.checkpoints.model_card import languages


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("language: en", {"en"}),
        ("language: [en, fr]", {"en", "fr"}),
        ("language:\n- de\n- pt-BR\n- zh_Hans", {"de", "pt", "zh"}),
        ("language: no", {"no"}),  # YAML 1.1 reads a bare `no` as false
        ("language: multilingual", {"multilingual"}),
        ("license: mit", set()),
        ("language: {a: b}", set()),
        ("language: [[en]]", set()),
        ("language: [", set()),
        ("[" * 20_000, set()),
    ],
)
def test_the_front_matter_states_them(front: str, expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# A model\n", encoding="utf-8")
    assert languages(tmp_path) == expected


def test_a_card_without_front_matter_or_no_card_states_none(tmp_path: Path) -> None:
    assert languages(tmp_path) == set()
    (tmp_path / "README.md").write_bytes(b"\xff\xfe language: en")
    assert languages(tmp_path) == set()


def test_the_packaged_encoder_is_stated_to_be_english(encoder: str) -> None:
    from rungwise.checkpoints import find

    assert languages(find(encoder, Path(), "text").folder) == {"en"}
