"""Prompt, answer and end of an answer as token ids, as the tokenizer's chat template renders them.

Scoring, generation and training read all three here. What the template writes between the prompt
and an answer belongs to the answer, and the first special token behind it ends it: a tokenizer's
`eos_token` may be another one, that of documents, at which no answer ends.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from rungwise.conversation import (
    CHANNEL,
    THINKING,
    Conversation,
    Message,
    opens_thinking,
    without_thinking,
)
from rungwise.errors import ModelError

TOLD, ASKED, ANSWERED = "told-7f3a", "asked-91c2", "answered-52d8"
"""A system text, a question and an answer that no template contains."""
QUESTION = (Message("user", ASKED),)
JOINED = "\n\n"
"""Between turns where there is no template, and between a system text and the question."""

Options = Mapping[str, Any]


class ChatTemplate:
    """The chat template of a tokenizer, or the turns one after another if it has none.

    Args:
        tokenizer: As transformers loads it.
        name: Of the model, for messages.
        options: What the template is told besides, such as `enable_thinking`.

    Attributes:
        notes: What was inferred, to be said aloud.

    Raises:
        ModelError: The template cannot render a question, or knows no such option.
    """

    def __init__(self, tokenizer: Any, name: str, options: Options | None = None) -> None:
        self._tokenizer, self._name = tokenizer, name
        self._options = dict(options or {})
        self._written = bool(getattr(tokenizer, "chat_template", None))
        self._folds = False
        self.notes: tuple[str, ...] = ()
        self._check_options()
        if not self._written:
            self.notes = (
                f"{name} has no chat template: system prompt and question are joined by an empty "
                "line.",
            )
        elif why := self._system_is_lost():
            self._folds = True
            self.notes = (
                f"The chat template of {name} has no place for a system prompt ({why}): it is put "
                "before the first question.",
            )
        if self._written and ASKED not in self._prompt:
            raise ModelError(
                f"The chat template of {name} leaves out what is asked: it does not take texts",
                "Name a model for texts, or correct its template.",
            )

    @functools.cached_property
    def named_end(self) -> int | None:
        """The first special token behind an answer, else the tokenizer's own end of a text."""
        special = [one for one in self._ids(self._tail) if one in self._special]
        end = special[0] if special else self._tokenizer.eos_token_id
        return None if end is None else int(end)

    @property
    def end(self) -> int:
        """The token that ends an answer.

        Raises:
            ModelError: Neither the template nor the tokenizer names one.
        """
        if self.named_end is None:
            raise ModelError(
                f"The tokenizer of {self._name} names no token that ends an answer",
                "Set `eos_token` in its tokenizer_config.json, or name another model.",
            )
        return self.named_end

    @functools.cached_property
    def closing(self) -> str:
        """The tag that ends the thinking in which every prompt ends; "" if none does."""
        return opens_thinking(self._prompt)

    @functools.cached_property
    def thinks(self) -> bool:
        """Whether the template speaks of thinking, and does not begin the answer without it."""
        source = str(getattr(self._tokenizer, "chat_template", None) or "")
        tags = [tag for pair in THINKING for tag in pair]
        if not any(tag in source for tag in tags) and not CHANNEL.search(source):
            return False
        return not self._prompt.rstrip().endswith(tuple(end for _, end in THINKING))

    def prompt(self, conversation: Conversation) -> list[int]:
        """A conversation as token ids, ready for the answer to begin."""
        text = self._render(conversation, opened=True)
        # A template writes its own beginning; without one the tokenizer adds it.
        return list(self._tokenizer(text, add_special_tokens=not self._written)["input_ids"])

    def answer(self, text: str) -> tuple[int, ...]:
        """The token ids with which a prompt is answered by this text, without the end."""
        prompt, body = self._prompt, self._body(text)
        alone = self._ids(body)
        if not getattr(self._tokenizer, "is_fast", False):
            return alone
        # Tokenised behind a prompt: some tokenizers begin a text with a space of their own.
        told = self._tokenizer(prompt + body, add_special_tokens=False, return_offsets_mapping=True)
        ids, offsets = told["input_ids"], told["offset_mapping"]
        first = next((n for n, (start, _) in enumerate(offsets) if start >= len(prompt)), len(ids))
        return tuple(ids[first:]) if tuple(ids[:first]) == self._ids(prompt) else alone

    def read(self, tokens: list[int]) -> tuple[str, str]:
        """The answer, and the thinking before it, that these tokens are."""
        whole = self._tokenizer.decode(tokens, skip_special_tokens=False)
        text, thinking = without_thinking(whole, opened=bool(self.closing))
        if not thinking:
            return self._tokenizer.decode(tokens, skip_special_tokens=True).strip(), ""
        for special in self._special.values():
            text = text.replace(special, "")
        return text.strip(), thinking

    def _body(self, text: str) -> str:
        """What stands behind the prompt where it is answered by this text, before the end."""
        if not self._written:
            return text
        whole = self._render((*QUESTION, Message("assistant", text)))
        tail, header = self._tail, self._header
        end = len(whole) - len(tail) if whole.endswith(tail) else len(whole)
        between = tail[: self._before_end]
        if whole.startswith(self._prompt):
            return whole[len(self._prompt) : end] + between
        # Thinking that the prompt opens and the template leaves out is closed at once.
        lead = f"{self.closing}{JOINED}" if self.closing else ""
        return lead + (whole[len(header) : end] if whole.startswith(header) else text) + between

    @functools.cached_property
    def _prompt(self) -> str:
        return self._render(QUESTION, opened=True)

    @functools.cached_property
    def _answered(self) -> tuple[str, str]:
        """What the template writes before an answer and behind it."""
        whole = self._render((*QUESTION, Message("assistant", ANSWERED)))
        header, found, tail = whole.rpartition(ANSWERED)
        return (header, tail) if found else (whole, "")

    @property
    def _header(self) -> str:
        return self._answered[0]

    @property
    def _tail(self) -> str:
        return self._answered[1] if self._written else ""

    @functools.cached_property
    def _special(self) -> dict[int, str]:
        """Id → text of every special token."""
        added = getattr(self._tokenizer, "added_tokens_decoder", {})
        ids = {*self._tokenizer.all_special_ids, *(one for one in added if added[one].special)}
        return {one: self._tokenizer.convert_ids_to_tokens(one) for one in sorted(ids)}

    @functools.cached_property
    def _before_end(self) -> int:
        """Characters of the tail before its first special token; 0 if it has none."""
        found = [self._tail.find(text) for text in self._special.values() if text in self._tail]
        return min(found, default=0)

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _system_is_lost(self) -> str:
        """Why a system text does not reach the model; "" if it does."""
        told = (Message("system", TOLD), *QUESTION)
        try:
            if TOLD in self._render(told):
                return ""
            why = "it leaves it out"
        except ModelError as error:
            why = error.fact.partition(": ")[2]
        folded = self._render(_folded(told))  # any other fault of the template shows here
        return why if TOLD in folded else ""

    def _check_options(self) -> None:
        if not self._options:
            return
        known = _variables(self._tokenizer) if self._written else set()
        for key in self._options:
            if key not in known:
                names = ", ".join(sorted(known)) or "none"
                raise ModelError(
                    f"The chat template of {self._name} has no option {key!r}; it has {names}",
                    "Correct `generation.chat_template`.",
                )

    def _render(self, conversation: Conversation, *, opened: bool = False) -> str:
        """A conversation as text; `opened` if the answer is to begin at its end.

        Raises:
            ModelError: The template refuses the conversation, or is broken.
        """
        import jinja2

        if not self._written:
            return JOINED.join([*(one.content for one in conversation), *([""] * opened)])
        turns = [
            {"role": one.role, "content": one.content}
            for one in (_folded(conversation) if self._folds else conversation)
        ]
        try:
            text: str = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=opened, **self._options
            )
        except (
            jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError,
            TypeError, ValueError,
        ) as error:  # fmt: skip
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(
                f"The chat template of {self._name} cannot render a conversation: {reason}",
                "Correct chat_template.jinja or `chat_template` in its tokenizer_config.json.",
            ) from error
        return text


def _folded(conversation: Conversation) -> Conversation:
    """The same with all system texts at the beginning of the first question."""
    told = [one.content for one in conversation if one.role == "system"]
    rest = [one for one in conversation if one.role != "system"]
    first = next((place for place, one in enumerate(rest) if one.role == "user"), None)
    if not told:
        return conversation
    if first is None:
        return (Message("user", JOINED.join(told)), *rest)
    rest[first] = Message("user", JOINED.join([*told, rest[first].content]))
    return tuple(rest)


def _variables(tokenizer: Any) -> set[str]:
    """Names that a template reads and that are the user's to set."""
    import jinja2
    from jinja2 import meta

    own = {*inspect.signature(tokenizer.apply_chat_template).parameters, "messages"}
    environment = jinja2.Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"])
    source = tokenizer.get_chat_template()
    try:
        read = meta.find_undeclared_variables(environment.parse(source))
    except jinja2.TemplateError:
        return set()
    special = {name for name in read if name.endswith("_token")}
    return read - own - special - {"raise_exception", "strftime_now", "range", "namespace"}
