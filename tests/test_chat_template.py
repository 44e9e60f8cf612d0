"""What a chat template writes is what is scored, written and trained on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.small_encoder import context, examples
from tests.small_language import TEMPLATE, write_language_model

from rungwise import plugins
from rungwise.conversation import Conversation, Message
from rungwise.errors import ModelError, TaskError
from rungwise.progress import Silent
from rungwise.table import Inputs
from rungwise.training.language.supervised import supervised
from rungwise.training.prompting import room
from rungwise.training.prompting.models import language_model

ENDING = (
    "{% for message in messages %}<|turn|>{{ message['role'] }}\n{{ message['content'] }}<|over|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)
"""ChatML, as most models have it."""
SPACED = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %} {{ message['content'] }} "
    "<|over|>{% else %}[INST] {{ message['content'] }} [/INST]{% endif %}{% endfor %}"
)
"""As Llama 2 and Mistral: spaces around an answer, and nothing in place of a generation prompt."""
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"  # noqa: E501
ALTERNATING = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% endfor %}"
)
SILENT_ABOUT_SYSTEM = ENDING.replace(
    "{% for message in messages %}", "{% for message in messages if message['role'] != 'system' %}"
)
THINKING = ENDING.replace(
    "assistant\n{% endif %}",
    "assistant\n{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}",
)
"""As Qwen3: the model opens its thinking, unless an option closes it in the prompt."""
OPENED = ENDING.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
"""As DeepSeek-R1: the prompt opens the thinking."""
SYSTEM, QUESTION = Message("system", "Be short."), Message("user", "What is it?")
ROWS = examples(0, 12)
LABELS = ("refund", "access", "delivery", "re")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that knows two more special tokens, with a row in its embeddings for each."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = write_language_model(tmp_path_factory.mktemp("language") / "small")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|turn|>", "<|over|>"]})
    tokenizer.save_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder)
    torch.manual_seed(3)
    network.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    network.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "model")


def opened(folder: Path, template: str | None = None, **changed: Any) -> Any:
    """The model of a folder with another template and other keys in its tokenizer_config.json."""
    path = folder / "tokenizer_config.json"
    content = {**json.loads(path.read_text()), **changed}
    path.write_text(json.dumps({key: one for key, one in content.items() if one is not None}))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return plugins.load("models", "language").open(str(folder), folder)


def scored(model: Any, prompt: Conversation, labels: Sequence[str] = LABELS) -> Any:
    return model.score([prompt], labels, Silent())[0]


def by_hand(model: Any, prompt: str, answers: Sequence[str], end: str) -> list[float]:
    """Log-probability of texts that somebody wrote out, one at a time, by transformers alone."""
    found = []
    before = model.tokenizer(prompt, add_special_tokens=False)["input_ids"]
    for answer in answers:
        own = model.tokenizer(answer + end, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model.network(torch.tensor([[*before, *own]])).logits[0]
        said = torch.log_softmax(logits, -1)[len(before) - 1 : -1]
        found.append(float(said.gather(1, torch.tensor(own)[:, None]).sum()))
    return found


CHATML = "<|turn|>user\nWhat is it?<|over|>\n<|turn|>assistant\n"


@pytest.mark.parametrize(
    ("template", "prompt", "before", "behind"),
    [
        (ENDING, CHATML, "", ""),
        (SPACED, "[INST] What is it? [/INST]", " ", " "),
        (THINKING, CHATML, "", ""),
        (OPENED, f"{CHATML}<think>\n", "</think>\n\n", ""),
    ],
)
def test_labels_are_scored_and_learnt_as_the_template_writes_them(
    folder: Path, template: str, prompt: str, before: str, behind: str
) -> None:
    model = opened(folder, template, eos_token="<|over|>")
    assert model.tokenizer.decode(model.tokens((QUESTION,))) == prompt
    answers = [f"{before}{label}{behind}" for label in LABELS]
    assert scored(model, (QUESTION,)) == pytest.approx(
        by_hand(model, prompt, answers, "<|over|>"), abs=1e-3
    )
    rows = supervised(model, [(QUESTION,)] * len(LABELS), LABELS, limit=512)
    assert [model.tokenizer.decode(row) for row in rows.ids] == [
        f"{prompt}{answer}<|over|>" for answer in answers
    ]
    assert set(rows.begins.tolist()) == {len(model.tokens((QUESTION,)))}


def test_another_end_of_documents_changes_no_answer(folder: Path) -> None:
    """`eos_token` is what ends a document; what ends an answer, the template says."""
    before = opened(folder, ENDING, eos_token="<|over|>")
    expected, said = (
        scored(before, (QUESTION,)),
        before.generate([(QUESTION,)], Silent(), max_tokens=9),
    )
    path = folder / "generation_config.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "eos_token_id": [1, before.chat.end]}))
    after = opened(folder, ENDING, eos_token="<end>")
    assert after.tokenizer.eos_token_id != before.tokenizer.eos_token_id
    np.testing.assert_allclose(scored(after, (QUESTION,)), expected, atol=1e-5)
    assert [one.text for one in after.generate([(QUESTION,)], Silent(), max_tokens=9)] == [
        one.text for one in said
    ]
    assert after.chat.end in after.stops


def test_an_end_that_is_no_named_token_of_the_tokenizer_ends_an_answer(folder: Path) -> None:
    """`<|over|>` is special among the added tokens alone."""
    model = opened(folder, ENDING, additional_special_tokens=None, extra_special_tokens=None)
    assert model.tokenizer.convert_ids_to_tokens(model.chat.end) == "<|over|>"


@pytest.mark.parametrize("template", [TEMPLATE, None])
def test_a_tokenizer_without_an_end_is_one_line(folder: Path, template: str | None) -> None:
    if template is None:
        (folder / "chat_template.jinja").unlink()
    model = opened(folder, template, eos_token=None)
    for ask in (
        lambda: scored(model, (QUESTION,)),
        lambda: supervised(model, [(QUESTION,)], ["a"], limit=64),
    ):
        with pytest.raises(ModelError, match="names no token that ends an answer") as caught:
            ask()
        assert "\n" not in str(caught.value)
    assert model.stops == {1}, "what generation_config.json names"
    model.generate([(QUESTION,)], Silent(), max_tokens=2)


def test_an_end_that_the_template_names_needs_no_other(folder: Path) -> None:
    model = opened(folder, ENDING, eos_token=None)
    assert scored(model, (QUESTION,)) == pytest.approx(
        by_hand(model, CHATML, LABELS, "<|over|>"), abs=1e-3
    )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (NO_SYSTEM + ENDING, "System role not supported"),
        (ALTERNATING + ENDING, "Conversation roles must alternate"),
        (SILENT_ABOUT_SYSTEM, "leaves it out"),
    ],
)
def test_a_system_prompt_without_a_place_goes_into_the_first_question(
    folder: Path, template: str, why: str
) -> None:
    model = opened(folder, template)
    shown = (Message("user", "And that?"), Message("assistant", "A cat."))
    text = model.tokenizer.decode(model.tokens((SYSTEM, *shown, QUESTION)))
    assert text == (
        "<|turn|>user\nBe short.\n\nAnd that?<|over|>\n<|turn|>assistant\nA cat.<|over|>\n" + CHATML
    )
    (note,) = model.notes
    assert why in note
    assert "before the first question" in note
    model.generate([(SYSTEM, QUESTION)], Silent(), max_tokens=2)


def test_a_system_prompt_that_has_a_place_stays_there(folder: Path) -> None:
    model = opened(folder, ENDING)
    text = model.tokenizer.decode(model.tokens((SYSTEM, QUESTION)))
    assert text == "<|turn|>system\nBe short.<|over|>\n" + CHATML
    assert model.notes == ()


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for message in messages %}{{ message['content'] }}", "Unexpected end of template"),
        ("{{ messages[0].content | nonsense }}", "nonsense"),
        ("{{ undefined_thing.attribute }}", "undefined"),
        ("{{ raise_exception('Only for tools') }}", "Only for tools"),
        ("{{ messages | length / 0 }}", "division"),
        ("{{ messages[0]['content'] + 1 }}", "str"),
        ("{{ messages.__class__.__mro__ }}", "unsafe"),
        ("{% for message in messages %}{{ message.content[0]['text'] }}{% endfor %}", "leaves out"),
    ],
)
def test_a_broken_template_is_one_line(folder: Path, template: str, reason: str) -> None:
    model = opened(folder, template)
    with pytest.raises(ModelError, match=f"chat template .*{reason}") as caught:
        model.generate([(SYSTEM, QUESTION)], Silent(), max_tokens=2)
    assert "\n" not in str(caught.value)


def test_a_conversation_that_the_template_refuses_is_one_line(folder: Path) -> None:
    model = opened(folder, ALTERNATING + ENDING)
    with pytest.raises(ModelError, match="cannot render a conversation: Conversation roles"):
        model.tokens((QUESTION, QUESTION))


def test_without_a_template_turns_are_joined_aloud(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    model = opened(folder)
    assert (
        model.tokenizer.decode(model.tokens((SYSTEM, QUESTION))) == "Be short.\n\nWhat is it?\n\n"
    )
    assert "has no chat template" in model.notes[0]
    assert scored(model, (QUESTION,)) == pytest.approx(
        by_hand(model, "What is it?\n\n", LABELS, "<end>"), abs=1e-3
    )


# ── thinking ─────────────────────────────────────────────────────────────────────────────
def written(model: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What becomes of an answer in which the network writes this text, and then ends."""
    from rungwise.models.language import decoding

    ids = model.tokenizer(text, add_special_tokens=False)["input_ids"]
    monkeypatch.setattr(decoding, "answer", lambda *_: [decoding.Written(list(ids), stopped=True)])
    (told,) = model.generate([(QUESTION,)], Silent(), max_tokens=64)
    return told


@pytest.mark.parametrize(
    ("template", "text", "answer"),
    [
        (THINKING, "<think>\nOf money.\n</think>\n\nrefund", "refund"),
        (THINKING, "refund", "refund"),
        (THINKING, "<think>\nOf mon", ""),
        (OPENED, "Of money.\n</think>\n\nrefund", "refund"),
        (OPENED, "Of mon", ""),
        (ENDING, "<thinking>a</thinking>refund", "refund"),
    ],
)
def test_thinking_is_no_part_of_an_answer_and_is_counted(
    folder: Path, template: str, text: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = written(opened(folder, template), text, monkeypatch)
    assert told.text == answer
    thought = len(text) - len(answer) if answer != text else 0
    assert told.output_tokens == len(text) + 1
    # A token is a letter here; empty lines behind the thinking are neither.
    assert thought - 2 <= told.thinking_tokens <= thought


def test_a_model_that_thinks_is_left_room(folder: Path) -> None:
    assert opened(folder, ENDING).thinking_room == 0
    assert opened(folder, THINKING).thinking_room == 256  # half of 512 positions
    assert opened(folder, OPENED).thinking_room == 256


def test_an_option_of_the_template_is_heeded(folder: Path) -> None:
    model = opened(folder, THINKING)
    model.chat_options = {"enable_thinking": False}
    text = model.tokenizer.decode(model.tokens((QUESTION,)))
    assert text == f"{CHATML}<think>\n\n</think>\n\n"
    assert model.thinking_room == 0
    assert scored(model, (QUESTION,)) == pytest.approx(
        by_hand(model, text, LABELS, "<|over|>"), abs=1e-3
    )


@pytest.mark.parametrize("key", ["enable_thinkin", "messages", "add_generation_prompt", "tokenize"])
def test_an_option_that_the_template_does_not_read_is_one_line(folder: Path, key: str) -> None:
    model = opened(folder, THINKING)
    model.chat_options = {key: False}
    with pytest.raises(ModelError, match=f"no option '{key}'; it has enable_thinking"):
        model.tokens((QUESTION,))


def test_options_and_room_go_from_the_task_into_a_release(folder: Path, tmp_path: Path) -> None:
    from rungwise.release.text_predictor import TextPredictor

    opened(folder, THINKING)
    plain = context(tmp_path, str(folder), kind="generate")
    assert room.longest_answer(plain, ROWS.expected, language_model(plain)) == 4 + 256
    for key, value in {"chat_template": {"enable_thinking": False}, "thinking_tokens": 7}.items():
        changed = plain.task.generation.model_copy(update={key: value})
        assert changed.identifying() == {**plain.task.generation.identifying(), key: value}
        told = replace(plain, task=plain.task.model_copy(update={"generation": changed}))
        rung = plugins.load("rungs", "prompt")
        fitted = rung.fit({"prompt": 0}, 0, ROWS, ROWS, told)
        assert fitted.asked.max_tokens == 4 + (0 if key == "chat_template" else 7)
        exported = tmp_path / key
        exported.mkdir()
        fitted.export(exported)
        served = TextPredictor(exported, exported=True)
        few = Inputs(ROWS.inputs.ids[:3], ROWS.inputs.values[:3])
        said, again = fitted.predict(few, Silent()), served.predict(few, Silent())
        assert said.outputs.to_list() == again.outputs.to_list()
        assert said.written is not None
        assert again.written is not None
        assert said.written["prompt_tokens"].to_list() == again.written["prompt_tokens"].to_list()


def test_options_are_for_a_model_on_this_machine(tmp_path: Path) -> None:
    plain = context(tmp_path, "endpoint:m@http://127.0.0.1:1/v1", kind="generate")
    changed = plain.task.generation.model_copy(update={"chat_template": {"enable_thinking": False}})
    with pytest.raises(TaskError, match=r"generation\.chat_template"):
        language_model(replace(plain, task=plain.task.model_copy(update={"generation": changed})))
