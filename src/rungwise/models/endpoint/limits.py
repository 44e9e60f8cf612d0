"""How an endpoint is asked, and what that may take: time, requests, money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rungwise.errors import InputError
from rungwise.objects import canonical, digest_json
from rungwise.settings import check_variable

MILLION = 1_000_000
OURS = {
    "model": "the model stands before `@`",
    "messages": "the messages are the prompt",
    "max_tokens": "the longest answer is `generation.max_tokens`",
    "max_completion_tokens": "the longest answer is `generation.max_tokens`",
    "stream": "answers are read whole",
    "n": "each row gets one answer",
}
"""Parameters that are not the user's to set, and why."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """What a user sets; the defaults suit a server that the user runs.

    Attributes:
        timeout_s: Seconds that one answer may take.
        attempts: How often one request is sent before giving up.
        concurrency: Requests at once.
        requests_per_minute: At most so many, retries included; None for no bound.
        spend_cap_usd: Money that may be spent, with what the file of answers says was spent
            before; None for no bound.
        price_in: US dollars per million tokens read.
        price_out: US dollars per million tokens written.
        backoff_s: Seconds before the second attempt; they double with each further one.
        context: Positions that prompt and answer share; None asks the server.
        key_variable: The environment variable that holds the key for this server alone; None for
            OPENAI_API_KEY at api.openai.com and RUNGWISE_ENDPOINT_KEY elsewhere.
        answers_as: The model that the server's answers name; None for the name that is asked.
        extra_body: Parameters that every request holds besides ours, or in place of them.
        reasoning_effort: How long a model thinks, in the words of its server.
        unanswered_in_a_row: So many replies in a row that are no answers end the work.
    """

    timeout_s: float = 60.0
    attempts: int = 5
    concurrency: int = 4
    requests_per_minute: float | None = None
    spend_cap_usd: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    backoff_s: float = 1.0
    context: int | None = None
    key_variable: str | None = None
    answers_as: str | None = None
    extra_body: Mapping[str, Any] | None = None
    reasoning_effort: str | None = None
    unanswered_in_a_row: int = 10

    def __post_init__(self) -> None:
        if self.key_variable is not None:
            check_variable(self.key_variable)
        self._check_extra_body()
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int | float):
                continue
            free = field.name in ("price_in", "price_out", "backoff_s", "spend_cap_usd")
            least = 0 if free else 1 if isinstance(field.default, int) else math.ulp(0.0)
            if not math.isfinite(value) or value < least:
                raise InputError(
                    f"{field.name} of the endpoint is {value}",
                    "Give a number that is not negative." if free else "Give a number above 0.",
                )
        if self.spend_cap_usd is not None and not self.price_in and not self.price_out:
            raise InputError(
                f"spend_cap_usd is {self.spend_cap_usd}, but what a token costs is not known",
                "Give price_in and price_out, in US dollars per million tokens.",
            )

    def _check_extra_body(self) -> None:
        given = self.extra_body or {}
        if ours := sorted(OURS.keys() & given.keys()):
            raise InputError(
                f"extra_body of the endpoint holds `{ours[0]}`", f"Leave it out: {OURS[ours[0]]}."
            )
        try:
            canonical(given)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"extra_body of the endpoint cannot be written as JSON: {error}",
                "Use texts, numbers, lists and mappings; put dates in quotes.",
            ) from error

    def __hash__(self) -> int:
        return hash(digest_json(asdict(self)))

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is asked for, as far as the user says."""
        return not (self.extra_body or {}).get("temperature", 0)

    @property
    def identity(self) -> dict[str, Any]:
        """What changes answers; empty unless the user set some of it."""
        told = {"answers_as": self.answers_as, **self.parameters}
        return {name: value for name, value in told.items() if value is not None}

    @property
    def parameters(self) -> dict[str, Any]:
        """What requests hold besides the model, the messages and the longest answer."""
        effort = {"reasoning_effort": self.reasoning_effort} if self.reasoning_effort else {}
        return effort | dict(self.extra_body or {})

    def price(self, prompt_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost, in US dollars."""
        return (prompt_tokens * self.price_in + output_tokens * self.price_out) / MILLION
