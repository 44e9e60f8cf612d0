"""How likely a model finds an answer that it is handed.

The OpenAI protocol gives log-probabilities only of what the model itself writes. A server of
llama.cpp can be made to write a given token: its routes beside the protocol turn a conversation
into tokens, and a bias on one token leaves the reported log-probability as the model has it.
So each option is read token by token, the token that ends an answer included; options that
begin alike are read once as far as they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from rungwise.conversation import CannotScore, Conversation
from rungwise.models.endpoint.server import Body, Server
from rungwise.models.endpoint.spending import token_count
from rungwise.models.endpoint.writing import check_model, messages, most_tokens

T = TypeVar("T")

FORCED = 1000.0
"""Added to one token's logit: no model's logits lie so far apart."""
ABOVE = 1e-3
"""A logarithm of a probability is not above zero, but for rounding."""


class Options:
    """Options as tokens, for one server.

    Raises:
        ModelError: The server cannot score answers that it is handed.
    """

    def __init__(self, server: Server, options: Sequence[str]) -> None:
        self._server = server
        end = self._tokens(self._ask("/props", None, "eos_token", str), special=True)[-1:]
        self._options = [(*self._tokens(option, special=False), *end) for option in options]

    def score(self, prompt: Conversation) -> tuple[list[float], int, float]:
        """Log-probability (nats) of each option (options), tokens read, and US dollars.

        Raises:
            ModelError: The server does not answer, or writes another token than it is made to.
        """
        asked: dict[str, Any] = {"messages": messages(prompt)}
        start = self._tokens(self._ask("/apply-template", asked, "prompt", str), special=True)
        known: dict[tuple[int, ...], float] = {}
        read, spent, most = 0, 0.0, most_tokens(prompt)
        for option in self._options:
            for place in range(1, len(option) + 1):
                path = option[:place]
                if path in known:
                    continue
                asked = {
                    "prompt": [*start, *path[:-1]], "logit_bias": [[path[-1], FORCED]],
                    "n_predict": 1, "n_probs": 1, "temperature": 0, "cache_prompt": True,
                }  # fmt: skip
                reply = self._server.find("/completion", asked, (most + place, 1), check_model)
                if reply is None:
                    raise cannot(self._server)
                known[path] = self._read(reply.content, path[-1])
                read += token_count(reply.content.get("tokens_evaluated")) or 0
                spent += reply.spend_usd
        sums = [
            math.fsum(known[option[:place]] for place in range(1, len(option) + 1))
            for option in self._options
        ]
        return sums, read, spent

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        tokens = self._ask("/tokenize", body, "tokens", list)
        if not all(type(token) is int for token in tokens):
            raise cannot(self._server)
        return tokens

    def _ask(self, route: str, body: Body | None, field: str, kind: type[T]) -> T:
        reply = self._server.find(route, body)
        told = None if reply is None else reply.content.get(field)
        if not told or not isinstance(told, kind):
            raise cannot(self._server)
        return told

    def _read(self, content: Body, token: int) -> float:
        try:
            said = content["completion_probabilities"][0]
            found = said["logprob"]
            if said["id"] == token and type(found) in {int, float} and -math.inf < found <= ABOVE:
                return float(found)
        except (KeyError, IndexError, TypeError, OverflowError):
            pass
        raise cannot(self._server)


def cannot(server: Server) -> CannotScore:
    """What to say of a server that scores nothing it is handed."""
    return CannotScore(
        f"{server.address.base_url} gives log-probabilities only of what its model writes itself, "
        "so options that it is handed cannot be scored there",
        "Use a server of llama.cpp or a local model for scores, or compare generated answers.",
    )
