"""A local language model: what is computed once for all prompts changes no answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.small_language import write_language_model

from rungwise import plugins
from rungwise.conversation import Message, as_input, of_input
from rungwise.errors import DataError, ModelError
from rungwise.models.language.decoding import batches, shared_prefix
from rungwise.models.language.label_trie import Trie
from rungwise.models.language.shared_attention import Beginning, attend, can_share, hidden
from rungwise.progress import Silent

SYSTEM = Message("system", "Say what you think of it, in a few letters.")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = write_language_model(tmp_path_factory.mktemp("language") / "small")
    return plugins.load("models", "language").open(str(folder), folder)


def asked(*questions: str) -> list[tuple[Message, ...]]:
    return [(SYSTEM, Message("user", question)) for question in questions]


QUESTIONS = ("one", "another question", "a", "what is the colour of a long question, then?")


def check_answers(model: Any, prompts: Sequence[tuple[Message, ...]], longest: int) -> list[str]:
    """Against transformers, one prompt at a time; returns how each ended."""
    told = model.generate(prompts, Silent(), max_tokens=longest)
    for prompt, one in zip(prompts, told, strict=True):
        ids = torch.tensor([model.tokens(prompt)])
        alone = model.network.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=longest
        )[0, ids.shape[1] :]
        stopped = int(alone[-1]) in model.stops
        said = alone[:-1] if stopped else alone
        assert one.text == model.tokenizer.decode(said, skip_special_tokens=True).strip()
        assert one.prompt_tokens == ids.shape[1]
        assert one.output_tokens == len(alone)
        assert one.ended == ("stop" if stopped else "length")
    return [one.ended for one in told]


def test_answers_are_those_of_transformers(model: Any) -> None:
    prompts = asked(*QUESTIONS)
    assert can_share(model.network)
    assert shared_prefix([model.tokens(prompt) for prompt in prompts]) > 16
    check_answers(model, prompts, 12)


def test_prompts_of_their_own_are_answered_as_if_alone(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No common beginning, lengths from short to long, and rows that end while others go on."""
    words = ("red", "a blue thing", "seven", "what else?", "no", "so long as it lasts")
    prompts = [
        (Message("user", " ".join(words[place % 6 : place % 6 + 1 + place % 4]) * (1 + place)),)
        for place in range(14)
    ]
    assert shared_prefix([model.tokens(prompt) for prompt in prompts]) == 0
    # An untrained model stops where it happens to; letters that it likes make some rows stop early.
    likes = [ord(letter) for letter in "aeiou"]
    monkeypatch.setattr(model.network.generation_config, "eos_token_id", [1, *likes])
    ended = check_answers(model, prompts, 24)
    assert {"stop", "length"} <= set(ended)


@pytest.mark.parametrize("sets", [1, 2])
def test_what_was_read_before_counts_as_if_it_stood_there(sets: int) -> None:
    """Against softmax over all keys, written out; some keys of the second row are padding."""
    torch.manual_seed(3)
    query = torch.randn(2, 4, 3, 8)
    key, value = torch.randn(2, 2, 3, 8), torch.randn(2, 2, 3, 8)
    before = (torch.randn(sets, 2, 5, 8), torch.randn(sets, 2, 5, 8))
    unseen = torch.zeros(2, 3, 8, dtype=torch.bool)
    unseen[:, :, 5:] = ~torch.ones(3, 3, dtype=torch.bool).tril()
    unseen[1, :, 5] = True
    unseen[1, :, :2] = sets == 2
    sight = hidden(unseen[:, :1, :5])[:, None] if sets == 2 else None
    beginning = Beginning((before[0],), (before[1],), 5, sight)
    module = type("Layer", (), {"layer_idx": 0})()
    told, _ = attend(
        module, query, key, value, hidden(unseen[:, :, 5:])[:, None], beginnings=[beginning]
    )
    every, values = (
        torch.cat([old.repeat(2 // sets, 1, 1, 1), new], 2).repeat_interleave(2, 1)
        for old, new in zip(before, (key, value), strict=True)
    )
    scores = query @ every.transpose(-1, -2) / 8**0.5
    scores.masked_fill_(unseen[:, None], float("-inf"))
    expected = (scores.softmax(-1) @ values).transpose(1, 2)
    assert torch.allclose(told, expected, atol=1e-5)


def test_an_architecture_that_attends_otherwise_reads_every_prompt_whole(tmp_path: Path) -> None:
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(5)
    configuration = MistralConfig(
        vocab_size=260, hidden_size=48, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=12, max_position_embeddings=512,
        sliding_window=8, eos_token_id=1, bos_token_id=0, pad_token_id=1, initializer_range=0.3,
    )  # fmt: skip
    folder = write_language_model(tmp_path / "windowed")
    MistralForCausalLM(configuration).save_pretrained(folder)
    windowed = plugins.load("models", "language").open(str(folder), tmp_path)
    assert not can_share(windowed.network)
    (told, _) = windowed.generate(asked(*QUESTIONS[:2]), Silent(), max_tokens=6)
    ids = torch.tensor([windowed.tokens(asked(QUESTIONS[0])[0])])
    alone = windowed.network.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=6
    )[0, ids.shape[1] :]
    assert told.text == windowed.tokenizer.decode(alone, skip_special_tokens=True).strip()
    check_scores(windowed, asked(*QUESTIONS[:2]), ["card", "card_arrival"])


def test_one_prompt_and_no_prompt(model: Any) -> None:
    (one,) = model.generate(asked("alone"), Silent(), max_tokens=3)
    assert one.output_tokens <= 3
    assert model.generate([], Silent(), max_tokens=3) == []


def test_labels_as_a_tree_have_the_probabilities_that_they_have_alone(model: Any) -> None:
    check_scores(model, asked(*QUESTIONS), ["card", "card_arrival", "card_linking", "lost", "x"])


def check_scores(model: Any, prompts: list[tuple[Message, ...]], options: list[str]) -> None:
    told = model.score(prompts, options, Silent())
    assert told.shape == (len(prompts), len(options))
    for place, prompt in enumerate(prompts):
        ids = model.tokens(prompt)
        for column, option in enumerate(options):
            tokens = [*model.tokenizer(option)["input_ids"], model.tokenizer.eos_token_id]
            with torch.no_grad():
                logits = model.network(torch.tensor([ids + tokens])).logits[0]
            said = torch.log_softmax(logits, -1)
            alone = sum(float(said[len(ids) - 1 + n, token]) for n, token in enumerate(tokens))
            assert told[place, column] == pytest.approx(alone, abs=1e-4)


def test_a_tree_holds_each_shared_token_once() -> None:
    trie = Trie.of([[1, 2, 3], [1, 2, 4], [5], []])
    assert (trie.token, trie.parent) == ((1, 2, 3, 4, 5), (-1, 0, 1, 1, -1))
    assert (trie.depth, trie.last) == ((0, 1, 2, 2, 0), (2, 3, 4, -1))
    assert np.array_equal(trie.sees()[3], [True, True, False, True, False])


def test_batches_are_bounded_and_hold_every_row_once() -> None:
    lengths = [5, 30_000, 7, 6, 5] * 40
    made = batches(lengths, beside=100)
    assert sorted(row for batch in made for row in batch) == list(range(200))
    assert max(map(len, made)) <= 64
    assert all(len(batch) == 1 for batch in made if lengths[batch[-1]] == 30_000)


def test_a_prompt_that_leaves_no_room_is_one_line(model: Any) -> None:
    with pytest.raises(ModelError, match=r"Prompt 2 has \d+ tokens .* reads 512"):
        model.generate(asked("short", "x" * 600), Silent(), max_tokens=8)


def test_an_encoder_writes_no_text(encoder: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="writes no text"):
        plugins.load("models", "language").open(encoder, tmp_path)


def test_a_conversation_survives_the_table() -> None:
    turns = (SYSTEM, Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    assert of_input(as_input(turns)) == turns
    assert as_input([Message("user", "plain")]) == "plain"
    quoted = (Message("user", '[{"role": "user"'),)
    assert of_input(as_input(quoted)) == quoted
    with pytest.raises(DataError, match="there is no role 'robot'"):
        of_input('[{"role": "robot", "content": ""}]')
