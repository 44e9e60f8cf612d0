"""A language model behind any server that speaks the OpenAI protocol.

address.py      endpoint:MODEL@BASE_URL → model and URL
limits.py       how a server is asked and what that may take; key.py: which key it gets
together.py     many rows at once → each as it is done
server.py       one request, sent until it is answered; troubles.py says why it was not
pace.py         requests a minute; spending.py: tokens, money and its cap
answers.py      answers on disk as they come, so that none is asked for twice
writing.py      a conversation → an answer; likelihood.py: options → log-probabilities
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise.conversation import Conversation, Generated
from rungwise.errors import ModelError
from rungwise.models.endpoint import likelihood, writing
from rungwise.models.endpoint.address import Address, is_endpoint, parse
from rungwise.models.endpoint.answers import Answers
from rungwise.models.endpoint.limits import EndpointLimits
from rungwise.models.endpoint.server import Server, connected
from rungwise.models.endpoint.spending import Spending, Usage
from rungwise.models.endpoint.together import finished
from rungwise.objects import digest_json
from rungwise.progress import Progress

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

UNSTATED_CONTEXT = 8192
"""Positions where neither the limits nor the server say how many: current models have more."""

Kept = Mapping[str, Any]


class Endpoint:
    """Opens models behind endpoints."""

    modality = "endpoint"

    def open(
        self,
        name: str,
        folder: Path | None = None,
        *,
        limits: EndpointLimits | None = None,
        answers: Path | None = None,
    ) -> EndpointModel:
        """Open a model by name; nothing is sent yet.

        Args:
            name: `endpoint:MODEL@BASE_URL`.
            folder: What a relative `answers` is relative to.
            limits: What asking may take.
            answers: File that keeps every answer as it comes; None keeps them in memory.

        Raises:
            ModelError: The name is misspelt.
        """
        path = (folder or Path()) / answers if answers is not None else None
        return EndpointModel(parse(name), limits or EndpointLimits(), path)


class EndpointModel:
    """A model behind an endpoint, as `rungwise.conversation.LanguageModel` asks.

    Attributes:
        name: As a task names it.
        digest: Of the URL and the model's name.
        limits: What asking may take.
    """

    def __init__(self, address: Address, limits: EndpointLimits, answers: Path | None) -> None:
        self.name = address.name
        self.digest = address.digest
        self.limits = limits
        self._address = address
        self._path = answers
        self._spending = Spending(limits)

    @property
    def usage(self) -> Usage:
        """Tokens, requests and money that this object has asked for."""
        return self._spending.usage

    @functools.cached_property
    def context(self) -> int:
        """Positions that prompt and answer share: as limited, as the server says, or 8192.

        Raises:
            ModelError: The server cannot be reached.
        """
        return self.limits.context or self._stated_context or UNSTATED_CONTEXT

    @property
    def notes(self) -> tuple[str, ...]:
        """Inferred defaults, to be said aloud."""
        if self.limits.context or self._stated_context:
            return ()
        return (f"{self.name} does not say how much it reads; {UNSTATED_CONTEXT} tokens assumed",)

    def generate(
        self,
        prompts: Sequence[Conversation],
        progress: Progress,
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> list[Generated]:
        """Answer each, greedily, in order; what is on file is not asked again.

        Args:
            prompts: What is asked (n); a question that occurs twice is asked once.
            progress: Where to report.
            max_tokens: Longest answer.
            schema: A JSON Schema that the server is told to hold every answer to.

        Raises:
            ModelError: The server cannot be reached, refuses, answers with what cannot be used,
                or the spend cap is reached; the message says how many rows are done.
            StorageError: The file of answers cannot be written.
        """

        def begin(server: Server) -> Callable[[Conversation], Kept]:
            def ask(prompt: Conversation) -> Kept:
                body = writing.question(self._address.model, prompt, schema)
                most = (writing.most_tokens(prompt, schema), max_tokens)
                reply = server.chat(body, max_tokens, most, writing.check)
                if reply is None:
                    return {**asdict(Generated("", 0, 0, "unasked")), "spend_usd": 0.0}
                answer = writing.read(reply.content)
                told = {"model": answer.model, "withheld": answer.withheld}
                return {**asdict(answer.generated), **told, "spend_usd": reply.spend_usd}

            return ask

        setting = {"max_tokens": max_tokens, "temperature": 0, "schema": schema}
        needs = frozenset(field.name for field in fields(Generated))
        kept = self._answered(prompts, setting, needs, begin, progress)
        self._tell(kept, progress)
        return [Generated(**{name: one[name] for name in needs}) for one in kept]

    def score(
        self, prompts: Sequence[Conversation], options: Sequence[str], progress: Progress
    ) -> NDArray[numpy.float64]:
        """Log-probability, in nats, that each prompt is answered by each option and then ended.

        Returns:
            Array (prompts, options).

        Raises:
            ModelError: As `generate`; or the server cannot score answers that it is handed:
                only those of llama.cpp can.
        """
        import numpy

        def begin(server: Server) -> Callable[[Conversation], Kept]:
            known = likelihood.Options(server, options)

            def ask(prompt: Conversation) -> Kept:
                scores, read, spent = known.score(prompt)
                return {"scores": scores, "prompt_tokens": read, "spend_usd": spent}

            return ask

        setting = {"options": list(options)}
        kept = self._answered(prompts, setting, frozenset({"scores"}), begin, progress)
        rows = [one["scores"] for one in kept]
        return numpy.array(rows, dtype=numpy.float64).reshape(len(prompts), len(options))

    def _answered(
        self,
        prompts: Sequence[Conversation],
        setting: Kept,
        needs: frozenset[str],
        begin: Callable[[Server], Callable[[Conversation], Kept]],
        progress: Progress,
    ) -> list[Kept]:
        """One answer a prompt (n), from the file or from the server, in order."""
        answers = self._answers
        keys = [self._key(prompt, setting) for prompt in prompts]
        wanted = {
            key: prompt
            for key, prompt in zip(keys, prompts, strict=True)
            if not needs <= (found := answers.get(key) or {}).keys()
            or found.get("ended") == "unasked"  # the server may read more by now
        }
        if answers.path is not None and len(wanted) < len(set(keys)):
            there = sum(key not in wanted for key in keys)
            progress.say(f"{there} of {len(keys)} answers are in {answers.path} already")
        if wanted:
            self._ask(keys, wanted, begin, progress)
        return [answers.get(key) or {} for key in keys]

    def _ask(
        self,
        keys: Sequence[str],
        wanted: Mapping[str, Conversation],
        begin: Callable[[Server], Callable[[Conversation], Kept]],
        progress: Progress,
    ) -> None:
        """Ask for what is wanted and keep every answer at once."""
        stop = threading.Event()
        answers = self._answers
        try:
            with connected(self._address, self.limits, self._spending, stop) as server:
                ask = begin(server)

                def work(key: str) -> None:
                    try:
                        answers.keep(key, ask(wanted[key]))
                    except ModelError as error:
                        fact = f"{error.fact} (at row {keys.index(key) + 1})"
                        raise type(error)(fact, error.next_step) from None

                title = f"asking {self._address.model}"
                rows = finished(list(wanted), work, self.limits.concurrency, stop)
                with contextlib.closing(rows):  # however this ends, no thread goes on asking
                    for _ in progress.over(rows, title, len(wanted)):
                        pass
        except ModelError as error:
            done = sum(answers.get(key) is not None for key in keys)
            so_far = f"{done} of {len(keys)} rows are done and {self._spending.said()}"
            raise type(error)(f"{error.fact}; {so_far}", error.next_step) from None

    @functools.cached_property
    def _answers(self) -> Answers:
        answers = Answers(self._path)
        self._spending.before_usd = answers.spend_usd
        return answers

    @functools.cached_property
    def _stated_context(self) -> int | None:
        with connected(self._address, self.limits, self._spending, threading.Event()) as server:
            reply = server.find("models")
        return writing.context(self._address.model, reply.content) if reply else None

    def _key(self, prompt: Conversation, setting: Kept) -> str:
        return digest_json(
            {"model": self.digest, "prompt": writing.messages(prompt), "setting": setting}
        )

    def _tell(self, kept: Sequence[Kept], progress: Progress) -> None:
        others = sorted({one.get("model", "") for one in kept} - {"", self._address.model})
        if others:
            progress.say(f"{self._address.model} answered as {', '.join(others)}")
        withheld = sum(bool(one.get("withheld")) for one in kept)
        if withheld:
            progress.say(f"{withheld} of {len(kept)} answers were withheld by the server's filter")


__all__ = ["Endpoint", "EndpointLimits", "EndpointModel", "Usage", "is_endpoint", "parse"]
