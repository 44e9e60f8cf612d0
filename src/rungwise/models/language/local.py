"""A causal language model from a folder, as `rungwise.conversation.LanguageModel` asks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rungwise.checkpoints import pretrained
from rungwise.conversation import (
    THINKING,
    THINKING_ROOM,
    Conversation,
    Draft,
    Generated,
    GoesOn,
)
from rungwise.errors import ModelError
from rungwise.models import longest_input
from rungwise.models.language.chat_template import ChatTemplate
from rungwise.progress import Progress

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray
    from torch import Tensor

    from rungwise.checkpoints import Checkpoint
    from rungwise.models.language.kept_batches import KeptBatches


class LocalLanguageModel:
    """Weights and tokenizer are loaded when first needed; answers are greedy, in float32.

    Attributes:
        chat_options: What the chat template is told besides.
        prefix: Keys and values before every prompt (layers, 2, heads, tokens, width), or None.
    """

    def __init__(self, name: str, checkpoint: Checkpoint) -> None:
        self.name = name
        self.checkpoint = checkpoint
        self.digest = checkpoint.digest
        self.folder = checkpoint.folder
        self.prefix: Tensor | None = None
        self.chat_options: Mapping[str, Any] = {}

    @functools.cached_property
    def context(self) -> int:
        """Positions that prompt and answer share: as the network has them, tried on one input.

        Raises:
            ModelError: The configuration cannot be read.
        """
        return longest_input.language_model(self.checkpoint)

    @functools.cached_property
    def tokenizer(self) -> Any:
        """The folder's tokenizer, with its chat template.

        Raises:
            ModelError: It cannot be loaded.
        """
        return pretrained.tokenizer(self.checkpoint)

    @functools.cached_property
    def chat(self) -> ChatTemplate:
        """How prompts, answers and their ends become tokens.

        Raises:
            ModelError: See `chat_template.ChatTemplate`.
        """
        return ChatTemplate(self.tokenizer, self.name, self.chat_options)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over or inferred, to be said aloud.

        Raises:
            ModelError: The tokenizer or its chat template cannot be used.
        """
        return (*self.checkpoint.notes, *self.chat.notes)

    @property
    def thinking_room(self) -> int:
        """Tokens to leave for thinking beside an answer; 0 if the model does not think."""
        return min(THINKING_ROOM, self.context // 2) if self.chat.thinks else 0

    @functools.cached_property
    def network(self) -> Any:
        """A torch module in evaluation mode, on the device that the settings name.

        Raises:
            ModelError: It cannot be loaded.
        """
        from rungwise.device import device

        network = pretrained.network(self.checkpoint, "AutoModelForCausalLM", dtype="float32")
        return network.to(device()).eval()

    @property
    def stops(self) -> frozenset[int]:
        """Token ids that end an answer."""
        end = self.chat.named_end
        return self.named_stops if end is None else self.named_stops | {end}

    @property
    def named_stops(self) -> frozenset[int]:
        """Those of them that the folder names, so that whoever serves it stops there too."""
        named = self.network.generation_config.eos_token_id
        ids = named if isinstance(named, list) else [named]
        return frozenset(int(one) for one in (*ids, self.tokenizer.eos_token_id) if one is not None)

    def count(self, text: str) -> int:
        """Tokens of an answer, its end included."""
        return len(self.chat.answer(text)) + 1

    def tokens(self, prompt: Conversation) -> list[int]:
        """A prompt as token ids, ready for the answer to begin."""
        return self.chat.prompt(prompt)

    def generate(
        self,
        prompts: Sequence[Conversation],
        progress: Progress,
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        kept: KeptBatches | None = None,
        shown: Callable[[int, str], None] | None = None,
        goes_on: GoesOn | None = None,
        longer: int = 0,
    ) -> list[Generated]:
        """Answer each greedily; a local model is not held to a schema.

        Args:
            prompts, progress, max_tokens, schema: See `rungwise.conversation.LanguageModel`.
            kept: Batches that were answered before, and where others are kept.
            shown: Told each answer (its place, its text) when its batch has ended.
            goes_on: Asked after each token of an answer whether more is to be written.
            longer: A longer limit under which the same batches may have been kept.

        Raises:
            ModelError: A prompt leaves no room for an answer.
        """
        from rungwise.models.language import decoding

        network = self.network  # a prefix is known once the weights are
        ids = [self._fitting(prompt, place, max_tokens) for place, prompt in enumerate(prompts)]

        def ended(place: int, one: decoding.Written) -> None:
            if shown is not None:
                shown(place, self.chat.read(one.tokens)[0])

        def going(place: int, one: decoding.Written) -> bool:
            told = Draft(len(one.tokens), lambda: self._settled(one.tokens))
            return goes_on is None or goes_on(place, told)

        written = decoding.answer(
            network, ids, max_tokens, self.stops, progress, self.prefix, kept, ended,
            None if goes_on is None else going, longer,
        )  # fmt: skip
        answers = [self.chat.read(one.tokens) for one in written]
        return [
            Generated(
                text=text,
                prompt_tokens=len(prompt),
                output_tokens=len(one.tokens) + one.stopped,
                ended="stop" if one.stopped else "length",
                thinking_tokens=self._count(thinking),
            )
            for prompt, one, (text, thinking) in zip(ids, written, answers, strict=True)
        ]

    def score(
        self,
        prompts: Sequence[Conversation],
        options: Sequence[str],
        progress: Progress,
        *,
        kept: KeptBatches | None = None,
    ) -> NDArray[numpy.float64]:
        """Log-probabilities (prompts, options), the end of the answer included; one pass each."""
        from rungwise.models.language import label_trie

        network = self.network
        coded = [self.chat.answer(one) for one in options]
        room = max(map(len, coded)) + 1
        ids = [self._fitting(prompt, place, room) for place, prompt in enumerate(prompts)]
        return label_trie.score(network, ids, coded, self.chat.end, progress, self.prefix, kept)

    def fits(self, prompt: Conversation, room: int) -> bool:
        """Whether a prompt leaves room for an answer of so many tokens."""
        return self._before + len(self.tokens(prompt)) + room <= self.context

    def _settled(self, tokens: list[int]) -> str:
        """The text of these tokens, as far as later ones do not change it."""
        text, thinking = self.chat.read(tokens)
        begun = text.lstrip().lower()
        may_think = any(opening.lower().startswith(begun) for opening, _ in THINKING)
        if not thinking and (self.chat.thinks or may_think):
            return ""  # what looks like an answer may turn out to be thinking
        return text.rstrip("\ufffd")  # the first bytes of a character

    def _count(self, text: str) -> int:
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"]) if text else 0

    @property
    def _before(self) -> int:
        return 0 if self.prefix is None else int(self.prefix.shape[3])

    def _fitting(self, prompt: Conversation, place: int, room: int) -> list[int]:
        ids = self.tokens(prompt)
        if self._before + len(ids) + room > self.context:
            raise ModelError(
                f"Prompt {place + 1} has {len(ids):,} tokens and its answer may have {room:,}, but "
                f"{self.name} reads {self.context:,}",
                "Use fewer examples or shorter inputs, or name a model that reads more.",
            )
        return ids
