"""A language model behind any server that speaks the OpenAI protocol.

address.py      endpoint:MODEL@BASE_URL → model and URL
limits.py       how a server is asked and what that may take; key.py: which key it gets
together.py     many rows at once → each as it is done
server.py       one request, sent until it is answered; troubles.py says why it was not
pace.py         requests a minute; spending.py: tokens, money and its cap
answers.py      answers on disk as they come, so that none is asked for twice
writing.py      a conversation → an answer; likelihood.py: options → log-probabilities
unanswered.py   rows whose reply is no answer, and when they are too many
"""

from __future__ import annotations

import contextlib
import functools
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise.conversation import Conversation, Generated, without_thinking
from rungwise.errors import ModelError
from rungwise.models.endpoint import likelihood, writing
from rungwise.models.endpoint.address import Address, is_endpoint, parse
from rungwise.models.endpoint.answers import Answers
from rungwise.models.endpoint.key import notice
from rungwise.models.endpoint.limits import EndpointLimits
from rungwise.models.endpoint.server import NoAnswer, Server, connected
from rungwise.models.endpoint.spending import Spending, Usage
from rungwise.models.endpoint.together import finished
from rungwise.models.endpoint.troubles import DECLINED
from rungwise.models.endpoint.unanswered import Unanswered
from rungwise.objects import digest_json
from rungwise.progress import Progress

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

UNSTATED_CONTEXT = 8192
"""Positions where neither the limits nor the server say how many: current models have more."""

Kept = Mapping[str, Any]
Begin = Callable[[Server, Conversation, int], Callable[[Conversation], Kept]]
"""Makes what asks one row of a server, given the first row that will be asked and their number."""


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
        check_name: bool = False,
        most: int | None = None,
    ) -> EndpointModel:
        """Open a model by name; nothing is sent yet.

        Args:
            name: `endpoint:MODEL@BASE_URL`.
            folder: What a relative `answers` is relative to.
            limits: How the server is asked, and what that may take.
            answers: File that keeps every answer as it comes; None keeps them in memory.
            check_name: Whether one token is asked for before many rows are, so that a server
                that answers as another model is refused before it is paid.
            most: How many answers are kept in memory if no file keeps them; None for all.

        Raises:
            ModelError: The name is misspelt.
        """
        path = (folder or Path()) / answers if answers is not None else None
        return EndpointModel(parse(name), limits or EndpointLimits(), path, check_name, most)


class EndpointModel:
    """A model behind an endpoint, as `rungwise.conversation.LanguageModel` asks.

    Attributes:
        name: As a task names it.
        digest: Of the URL, the model's name and the request parameters that the user set.
        limits: How the server is asked, and what that may take.
        greedy: Whether the most probable tokens were asked for; a server may refuse that.
    """

    def __init__(
        self,
        address: Address,
        limits: EndpointLimits,
        answers: Path | None,
        check_name: bool,
        most: int | None = None,
    ) -> None:
        self.name = address.name
        told = limits.identity
        self.digest = digest_json([address.digest, told]) if told else address.digest
        self.limits = limits
        self.greedy = limits.greedy
        self._address = address
        self._path, self._most = answers, most
        self._spending = Spending(limits)
        self._unnamed = check_name
        self._key_told = False

    @property
    def usage(self) -> Usage:
        """Tokens, requests and money that this object has asked for."""
        return self._spending.usage

    @property
    def request(self) -> dict[str, Any]:
        """How a release asks this model: what changes answers, and the key's variable."""
        limits = self.limits
        told = {
            "key_variable": limits.key_variable,
            "answers_as": limits.answers_as,
            "extra_body": limits.extra_body,
            "reasoning_effort": limits.reasoning_effort,
        }
        return {name: value for name, value in told.items() if value is not None}

    def tell_key(self, progress: Progress) -> None:
        """Say once which key goes where: the address and the variable may be somebody else's."""
        sentence = "" if self._key_told else notice(self._address, self.limits.key_variable)
        self._key_told = True
        if sentence:
            progress.say(sentence)

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
        shown: Callable[[int, str], None] | None = None,
    ) -> list[Generated]:
        """Answer each, greedily if the server can, in order; what is on file is not asked again.

        What is no answer (withheld, refused, a tool call, an error in its place) is not kept: the
        row has ended `unanswered`, is counted aloud, and is asked for again next time.

        Args:
            prompts: What is asked (n); a question that occurs twice is asked once.
            progress: Where to report.
            max_tokens: Longest answer.
            schema: A JSON Schema that the server is told to hold every answer to.
            shown: Told each answer (its place, its text) as it comes; first those on file.

        Raises:
            ModelError: The server cannot be reached, refuses, gives no answer to too many rows in
                a row, or the spend cap is reached; the message says how many rows are done.
            StorageError: The file of answers cannot be written.
        """

        def begin(server: Server, first: Conversation, rows: int) -> Callable[[Conversation], Kept]:
            if self._unnamed and rows > 1:  # one row alone is its own check
                body = writing.question(self._address.model, first, schema, self.limits)
                server.check_name(body, writing.most_tokens(first, schema), writing.check_model)
                self._unnamed = False

            def ask(prompt: Conversation) -> Kept:
                body = writing.question(self._address.model, prompt, schema, self.limits)
                most = (writing.most_tokens(prompt, schema), max_tokens)
                reply = server.chat(body, max_tokens, most, writing.check)
                if reply is None:
                    return {**asdict(Generated("", 0, 0, "unasked")), "spend_usd": 0.0}
                answer = writing.read(reply.content)
                told = {"model": answer.model, "greedy": reply.greedy}
                return {**asdict(answer.generated), **told, "spend_usd": reply.spend_usd}

            return ask

        setting = {"max_tokens": max_tokens, "temperature": 0, "schema": schema}
        needs = frozenset(field.name for field in fields(Generated) if field.default is MISSING)
        come = None if shown is None else lambda place, one: shown(place, _generated(one).text)
        kept = self._answered(prompts, setting, needs, begin, progress, come)
        answers = [_generated(one) for one in kept]
        self._tell(kept, answers, progress)
        return answers

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

        def begin(server: Server, first: Conversation, rows: int) -> Callable[[Conversation], Kept]:
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
        begin: Begin,
        progress: Progress,
        come: Callable[[int, Kept], None] | None = None,
    ) -> list[Kept]:
        """One answer a prompt (n), from the file or from the server, in order."""
        answers = self._answers
        keys = [self._key(prompt, setting) for prompt in prompts]
        wanted = {
            key: prompt
            for key, prompt in zip(keys, prompts, strict=True)
            if not needs <= (found := answers.get(key) or {}).keys()
            or found.get("ended") == "unasked"  # the server may read more by now
            or found.get("withheld")  # kept by an earlier version, and no answer
        }
        if answers.path is not None and len(wanted) < len(set(keys)):
            there = sum(key not in wanted for key in keys)
            progress.say(f"{there} of {len(keys)} answers are in {answers.path} already")

        def told(key: str) -> None:
            answer = answers.get(key)  # what is no answer is not kept
            for place in (place for place, one in enumerate(keys) if one == key and answer):
                assert come is not None and answer is not None
                come(place, answer)

        if come is not None:
            for key in dict.fromkeys(key for key in keys if key not in wanted):
                told(key)
        none = self._ask(keys, wanted, begin, progress, come and told) if wanted else {}
        return [answers.get(key) or none.get(key) or {} for key in keys]

    def _ask(
        self,
        keys: Sequence[str],
        wanted: Mapping[str, Conversation],
        begin: Begin,
        progress: Progress,
        told: Callable[[str], None] | None = None,
    ) -> Mapping[str, Kept]:
        """Ask for what is wanted and keep every answer at once; returns what is no answer.

        `told` is called with the key of each, in the thread that waits, as soon as it is there.
        """
        self.tell_key(progress)
        stop = threading.Event()
        answers, none = self._answers, Unanswered(self.limits.unanswered_in_a_row)
        try:
            with connected(self._address, self.limits, self._spending, stop) as server:
                ask = begin(server, next(iter(wanted.values())), len(wanted))

                def work(key: str) -> None:
                    try:
                        answers.keep(key, ask(wanted[key]))
                        none.answered()
                    except NoAnswer as reply:
                        if reply.spend_usd:  # the money is gone, and the cap has to know
                            answers.keep(f"{key} {uuid.uuid4()}", {"spend_usd": reply.spend_usd})
                        none.add(key, reply)
                    except ModelError as error:
                        fact = f"{error.fact} (at row {keys.index(key) + 1})"
                        raise type(error)(fact, error.next_step) from None

                title = f"asking {self._address.model}"
                done = finished(list(wanted), work, self.limits.concurrency, stop)
                with contextlib.closing(done):  # however this ends, no thread goes on asking
                    for key, _ in progress.over(done, title, len(wanted)):
                        if told is not None:
                            told(key)
                none.check()
        except ModelError as error:
            there = sum(answers.get(key) is not None for key in keys)
            so_far = f"{there} of {len(keys)} rows are done and {self._spending.said()}"
            raise type(error)(f"{error.fact}; {so_far}", error.next_step) from None
        return none.rows

    @functools.cached_property
    def _answers(self) -> Answers:
        answers = Answers(self._path, self._most)
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

    def _tell(self, kept: Sequence[Kept], answers: Sequence[Generated], progress: Progress) -> None:
        """Say what a reader of the answers has to know about them."""
        model, rows = self._address.model, len(kept)
        others = sorted({one.get("model", "") for one in kept} - {"", model})
        if others:
            progress.say(f"{model} answered as {', '.join(others)}")
        counts = Counter(one["why"] for one in kept if "why" in one)
        for why, count in counts.most_common():
            progress.say(f"{count:,} of {rows:,} answers were {DECLINED[why]}")
        self.greedy = self.limits.greedy and all(one.get("greedy", True) for one in kept)
        if not self.greedy:
            refuses = f"{model} refuses temperature 0" if self.limits.greedy else "as you set it"
            progress.say(
                f"The answers of {model} are sampled, not greedy ({refuses}): asked again, it may "
                "answer otherwise"
            )
        if thinking := [one.thinking_tokens for one in answers if one.thinking_tokens]:
            progress.say(
                f"{len(thinking):,} of {rows:,} answers began with thinking, which is left out "
                f"({sum(thinking):,} tokens)"
            )
        if cut := sum(one.ended == "length" and not one.text for one in answers):
            progress.say(
                f"{cut:,} of {rows:,} answers were cut before they held any text: raise "
                "`generation.max_tokens`, or let the model think less (`endpoint.reasoning_effort`)"
            )


def _generated(kept: Kept) -> Generated:
    """An answer of the file; one that an earlier version kept may hold thinking too."""
    told = {field.name: kept[field.name] for field in fields(Generated) if field.name in kept}
    generated = Generated(**told)
    text, thinking = without_thinking(generated.text)
    if not thinking:
        return generated
    # A server that reports no count: about the share of the text that is thinking.
    share = len(thinking) / max(1, len(thinking) + len(text))
    tokens = generated.thinking_tokens or max(1, round(generated.output_tokens * share))
    return replace(generated, text=text, thinking_tokens=tokens)


__all__ = ["Endpoint", "EndpointLimits", "EndpointModel", "Usage", "is_endpoint", "parse"]
