"""How an endpoint is asked, and what that may take: time, requests, money."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from rungwise.errors import InputError
from rungwise.settings import check_variable

MILLION = 1_000_000


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

    def __post_init__(self) -> None:
        if self.key_variable is not None:
            check_variable(self.key_variable)
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

    def price(self, prompt_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost, in US dollars."""
        return (prompt_tokens * self.price_in + output_tokens * self.price_out) / MILLION
