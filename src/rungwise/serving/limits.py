"""What one request may ask for, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from rungwise.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the server.

    Attributes:
        body: Bytes of a request's body.
        rows: Texts of a request.
        characters: Characters of a text.
        tokens: Tokens of a request, after long texts were cut to what the model reads.
        deadline: Seconds in which a request must be answerable to be let in.
        time: Seconds after which a request that was let in is given up.
    """

    body: int = 1_000_000
    rows: int = 256
    characters: int = 100_000
    tokens: int = 32_768
    deadline: float = 1.0
    time: float = 30.0

    def __post_init__(self) -> None:
        for name in ("body", "rows", "characters", "tokens", "deadline", "time"):
            if not (value := getattr(self, name)) > 0:
                raise InputError(f"The limit {name} is {value}", "Give a number above 0.")
