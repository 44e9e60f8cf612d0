"""Regular expressions of a user over texts of a model: neither may stall the measuring."""

from __future__ import annotations

from typing import Any

from rungwise.errors import DataError, TaskError

SECONDS = 1.0
"""A search that takes longer is given up: some patterns take for ever on some texts."""
LONGEST = 1000
"""Characters of a pattern; longer ones are programs."""


def compiled(pattern: str) -> Any:
    """A pattern of the `regex` library, whose searches can be timed.

    Raises:
        TaskError: It is no pattern, or too long for one.
    """
    import regex

    if len(pattern) > LONGEST:
        raise TaskError(
            f"The pattern {pattern[:40]!r}… has {len(pattern):,} characters",
            f"Write one of up to {LONGEST:,}, or a metric of your own.",
        )
    try:
        return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise TaskError(f"{pattern!r} is no regular expression: {error}", "Correct it.") from error


def found(pattern: Any, text: str, row: str = "") -> bool:
    """Whether a pattern is found in a text.

    Raises:
        DataError: The search takes too long; it is neither a yes nor a no.
    """
    try:
        return pattern.search(text, timeout=SECONDS) is not None
    except TimeoutError:
        where = f" on the output of row {row}" if row else ""
        raise DataError(
            f"The pattern {pattern.pattern!r} takes longer than {SECONDS:g} s{where}",
            "Rewrite it so that no repetition stands within another, such as (a+)+.",
        ) from None
