"""A person signs a decision with name, role and reason; it is on record for ever (R4, R70)."""

from __future__ import annotations

from rungwise.errors import TaskError

PLACEHOLDERS = frozenset({"NAME", "ROLE", "REASON", "…", "..."})
"""What the commands that Rungwise prints have in place of the words of a person."""


def signed(what: str, by: str, role: str, reason: str) -> tuple[str, str, str]:
    """Name, role and reason, without space around them.

    Args:
        what: The decision as a message begins: `The go decision`.
        by: Who decides.
        role: In which role.
        reason: Why.

    Raises:
        TaskError: One of them is missing, or is still the placeholder.
    """
    given = {"--by NAME": by, "--role ROLE": role, '--reason "…"': reason}
    if blank := [option for option, words in given.items() if not words.strip()]:
        raise TaskError(f"{what} lacks {' and '.join(blank)}", "Add it: it is on record for ever.")
    for option, words in given.items():
        if words.strip() in PLACEHOLDERS:
            raise TaskError(
                f"{what} has the placeholder {words.strip()} for {option.split()[0]}",
                "Write the words of the person who decides: they are on record for ever.",
            )
    return by.strip(), role.strip(), reason.strip()
