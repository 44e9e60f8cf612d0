"""vLLM's command for a release of generated text: its weights, and its prompt as a chat template.

vLLM puts nothing of ours around a question but what a chat template writes. So the system prompt
and the examples of the release are written into one, which must render a conversation as the
release itself does: that is tried before anything is started. What is looked up for each question
has no place in a template.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from rungwise import plugins
from rungwise.conversation import Conversation, Message, as_input
from rungwise.errors import InputError, StorageError
from rungwise.models.language.local import LocalLanguageModel
from rungwise.release.opened import answers_in_text
from rungwise.release.package import Package
from rungwise.training.prompting import export
from rungwise.training.prompting.prompted import Prompted

WITHOUT = "Serve it without `--engine`."
PROBES: tuple[Conversation, ...] = (
    (Message("user", "One question?"),),
    (Message("system", "Be short."), Message("user", "One?"), Message("assistant", "Two."),
     Message("user", "And {{ this }} 'too'?\n")),
)  # fmt: skip
"""Conversations that the template must render as the release does."""
AS_SYSTEM = "[{'role': 'system', 'content': told.system}] + all"
BEFORE_QUESTION = (
    "[{'role': all[0]['role'], 'content': told.system ~ '\\n\\n' ~ all[0]['content']}] + all[1:]"
)
"""Where the system prompt stands: in its place, or in the first turn if the template has none."""


def command(folder: Path, package: Package, template: Path, host: str, port: int) -> list[str]:
    """The command that serves the release, and the file of its chat template beside it.

    Args:
        folder: The release.
        package: Its files, checked.
        template: Where the chat template is written.
        host: Address to listen on.
        port: Port to listen on.

    Raises:
        InputError: vLLM cannot answer as the release does.
        StorageError: The template cannot be written.
    """
    prompted, model = _asked(folder, package)
    text = chat_template(prompted, model)
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{template} cannot be written: {error.strerror}", "Free space or permissions there."
        ) from error
    greedy = {"temperature": 0, "max_new_tokens": prompted.asked.max_tokens}
    return [
        "vllm", "serve", str(folder / export.MODEL),
        "--served-model-name", package.version,
        "--host", host, "--port", str(port),
        "--max-model-len", str(model.context),
        "--chat-template", str(template),
        "--chat-template-content-format", "string",
        "--override-generation-config", json.dumps(greedy),
        "--seed", "0",
    ]  # fmt: skip


def _asked(folder: Path, package: Package) -> tuple[Prompted, LocalLanguageModel]:
    """What the release asks, and its weights, which are not loaded."""
    name = f"Release {package.version}"
    if not answers_in_text(package):
        raise InputError(f"{name} answers with labels, and vLLM writes text", WITHOUT)
    serving = export.read(folder)
    if not serving.weights:
        raise InputError(f"{name} has no weights of a language model for vLLM", WITHOUT)
    if not serving.merged:
        raise InputError(f"{name} keeps its adapter beside the weights: vLLM has none", WITHOUT)
    if package.manifest is not None and package.manifest.classes:
        raise InputError(f"{name} chooses among labels, and vLLM writes text", WITHOUT)
    model = plugins.load("models", "language").open(str(folder / serving.weights), folder)
    fitted = plugins.load("rungs", serving.rung).serve(folder, model)
    if not isinstance(fitted, Prompted):
        raise InputError(f"{name} asks no model", WITHOUT)
    if fitted.passages is not None or fitted.asked.selection == "nearest":
        what = "passages" if fitted.passages is not None else "examples"
        fact = f"{name} looks {what} up for each question, and vLLM's template cannot"
        raise InputError(fact, WITHOUT)
    return fitted, model


def chat_template(prompted: Prompted, model: LocalLanguageModel) -> str:
    """The model's chat template, behind what puts the release's prompt into each conversation.

    Raises:
        InputError: It does not render conversations as the release does.
    """
    own = getattr(model.tokenizer, "chat_template", None)
    if not isinstance(own, str):
        raise InputError(f"{model.name} has no chat template, and vLLM needs one", WITHOUT)
    expected = prompted.prompts(pl.Series([as_input(probe) for probe in PROBES], dtype=pl.String))
    for placed in (AS_SYSTEM, BEFORE_QUESTION):
        text = _template(prompted, expected[0][1:-1], placed, own)
        pairs = zip(PROBES, expected, strict=True)
        if all(_rendered(model, probe, text) == model.tokens(told) for probe, told in pairs):
            return text
    fact = f"The prompt of the release does not fit into the chat template of {model.name}"
    raise InputError(fact, WITHOUT)


def _template(prompted: Prompted, examples: Conversation, placed: str, own: str) -> str:
    shown = [{"role": one.role, "content": one.content} for one in examples]
    options = "".join(
        f"{{%- set {name} = {_literal(value)} -%}}" for name, value in prompted.asked.chat.items()
    )
    return (
        f"{{%- set told = namespace(system={_literal(prompted.asked.system)}, rest=[]) -%}}"
        "{%- for message in messages -%}"
        "{%- if message['role'] in ['system', 'developer'] -%}"
        "{%- set told.system = told.system ~ '\\n\\n' ~ message['content'] -%}"
        "{%- else -%}{%- set told.rest = told.rest + [message] -%}{%- endif -%}"
        "{%- endfor -%}"
        f"{{%- set all = {_literal(shown)} + told.rest -%}}"
        f"{{%- set messages = {placed} -%}}"
        # What is written here keeps Jinja from cutting the beginning of the model's own template.
        f"{options}{{{{- '' }}}}{own}"
    )


def _rendered(model: LocalLanguageModel, probe: Conversation, template: str) -> list[int] | None:
    """Token ids of a conversation; None if the template refuses it."""
    turns = [{"role": one.role, "content": one.content} for one in probe]
    try:
        text = model.tokenizer.apply_chat_template(
            turns, chat_template=template, tokenize=False, add_generation_prompt=True
        )
    except (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError,
            ValueError):  # fmt: skip
        return None
    return list(model.tokenizer(text, add_special_tokens=False)["input_ids"])


def _literal(value: Any) -> str:
    """A value as Jinja reads it: as JSON, but for the names of three constants."""
    return json.dumps(value, ensure_ascii=False) if value is not None else "none"
