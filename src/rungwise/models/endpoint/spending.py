"""Tokens, requests and money, counted as they go; a cap that holds with many requests at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rungwise.errors import ModelError
from rungwise.models.endpoint.limits import EndpointLimits

MOST_TOKENS = 1 << 32
"""No model reads so many; a larger count is noise, and would overflow what it is added to."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked so far.

    Attributes:
        prompt_tokens: Tokens that the server says it read.
        output_tokens: Tokens that it says it wrote.
        requests: Requests sent, failed ones included.
        spend_usd: US dollars, by the tokens of the answers; what a request costs that was sent
            and never answered, only the server knows.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    requests: int = 0
    spend_usd: float = 0.0


class Spending:
    """The one account of all threads.

    A request is admitted only where the cap holds even if it costs the most it can; so the cap
    is not passed by answers that are under way.
    """

    def __init__(self, limits: EndpointLimits) -> None:
        self.usage = Usage()
        self.before_usd = 0.0
        self._limits = limits
        self._held = 0.0
        self._changed = threading.Condition()

    def hold(self, most_usd: float) -> None:
        """Set aside what a request can cost at most; waits for answers that may free money.

        Raises:
            ModelError: The cap leaves too little.
        """
        cap = self._limits.spend_cap_usd
        with self._changed:
            while cap is not None and self._total() + self._held + most_usd > cap:
                if self._held == 0:
                    raise ModelError(
                        f"The spend cap of {_plain(cap)} USD is reached: the next request may cost "
                        f"up to {_plain(most_usd)} USD",
                        "Raise spend_cap_usd, or ask for fewer rows or shorter answers.",
                    )
                self._changed.wait()
            self._held += most_usd

    def sent(self) -> None:
        """Count a request that leaves now."""
        with self._changed:
            self.usage = replace(self.usage, requests=self.usage.requests + 1)

    def settle(self, most_usd: float, prompt_tokens: int, output_tokens: int, usd: float) -> None:
        """Give back what was set aside and count what was used."""
        with self._changed:
            self._held = max(0.0, self._held - most_usd)
            if self._held < 1e-12:  # rounding must not look like a request under way
                self._held = 0.0
            self.usage = Usage(
                self.usage.prompt_tokens + prompt_tokens,
                self.usage.output_tokens + output_tokens,
                self.usage.requests,
                self.usage.spend_usd + usd,
            )
            self._changed.notify_all()

    def said(self) -> str:
        """What was spent, for a message."""
        if self._limits.price_in or self._limits.price_out:
            earlier = f", {self.before_usd:.4f} of them before" if self.before_usd else ""
            return f"{self._total():.4f} USD are spent{earlier}"
        return f"{self.usage.prompt_tokens + self.usage.output_tokens} tokens are used"

    def _total(self) -> float:
        return self.before_usd + self.usage.spend_usd


def reported_tokens(content: Mapping[str, Any]) -> tuple[int, int] | None:
    """Tokens read and written, as an answer reports them; None where it reports nothing."""
    usage = content.get("usage")
    read, written = (
        (token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens", 0)))
        if isinstance(usage, dict)
        else (
            token_count(content.get("tokens_evaluated")),
            token_count(content.get("tokens_predicted")),
        )
    )
    return None if read is None or written is None else (read, written)


def token_count(reported: object) -> int | None:
    """A count of tokens; None where the server reports what is none, such as -1 or "many"."""
    if isinstance(reported, bool) or not isinstance(reported, int):
        return None
    return reported if 0 <= reported < MOST_TOKENS else None


def _plain(usd: float) -> str:
    """Such as `0.0012`: no exponent, and no more digits than a millionth of a dollar."""
    shown = f"{usd:.6f}".rstrip("0").rstrip(".")
    return "0.000001" if usd and shown == "0" else shown
