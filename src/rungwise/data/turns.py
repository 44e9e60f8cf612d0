"""From a cell to the turns of a conversation; what is wrong names the column and the turn."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rungwise.conversation import CODED, ROLES, Conversation, Message, Role
from rungwise.data.nested import is_writable
from rungwise.data.shape import Row, Unfit

SPEAKERS: Mapping[str, Role] = {"Human": "user", "Assistant": "assistant"}
SPEAKER = re.compile(r"(?:^|\n\n)(Human|Assistant):")
SHOWN = 60
"""Code points of a wrong value that its reason repeats."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How a turn is written.

    Attributes:
        speaker: The key that says who speaks.
        content: The key of what is said.
        roles: Role by the name that stands under `speaker`.
    """

    speaker: str
    content: str
    roles: Mapping[str, Role]


OWN = Naming("role", "content", {role: role for role in ROLES})


def conversation(row: Row, column: str, naming: Naming = OWN) -> Conversation:
    """The turns in a cell that must hold a list of them.

    Raises:
        Unfit: The cell holds something else.
    """
    wanted = f"a list of objects with `{naming.speaker}` and `{naming.content}`"
    cell = row[column]
    if cell is None or not has_text(cell):
        raise Unfit(f"`{column}` is empty", f"expected {wanted}")
    try:
        value = json.loads(cell)
    except json.JSONDecodeError as error:
        value = None
        if cell.lstrip().startswith(("[", "{")):
            where = f"{error.msg.removesuffix(' at')} at character {error.pos + 1}"
            raise Unfit(f"`{column}` is bad JSON", f"{where}; expected {wanted}") from error
    except (ValueError, RecursionError) as error:
        where = "nested too deeply, or with too long a number"
        raise Unfit(f"`{column}` is bad JSON", f"{where}; expected {wanted}") from error
    if not isinstance(value, list):
        raise Unfit(f"`{column}` is no list", f"{_short(cell)} instead of {wanted}")
    if not value:
        raise Unfit(f"`{column}` is empty", f"expected {wanted}")
    return tuple(_turn(one, place, column, naming) for place, one in enumerate(value, 1))


def written(row: Row, column: str, role: Role) -> Conversation:
    """A cell that holds either one turn as a text, spoken by `role`, or a list of turns.

    Any other JSON is a text: a model may be asked for a list.

    Raises:
        Unfit: The cell is empty, or a turn in it is wrong.
    """
    text = text_of(row, column)
    if _holds_turns(text):
        return conversation(row, column)
    return (Message(role, text),)


def text_of(row: Row, column: str) -> str:
    """A cell's text.

    Raises:
        Unfit: It is empty, or no text that can be written down.
    """
    cell = row[column]
    if cell is None or not has_text(cell):
        raise Unfit(f"`{column}` is empty", "expected a text")
    return cell


def with_system(row: Row, turns: Conversation) -> Conversation:
    """The turns after the text of the column `system`, where the row has one.

    Raises:
        Unfit: The turns begin with another system text.
    """
    cell = row.get("system")
    if cell is None or not has_text(cell):
        return turns
    if turns and turns[0].role == "system":
        if turns[0].content.strip() != cell.strip():
            raise Unfit("two system texts", "`system` differs from the first turn; expected one")
        return turns
    return (Message("system", cell), *turns)


def pairs_of_turns(row: Row, column: str) -> Conversation:
    """The turns in a cell that holds earlier questions, each with its answer; none if it is empty.

    Raises:
        Unfit: The cell holds something else.
    """
    cell = row.get(column)
    if cell is None or not has_text(cell):
        return ()
    wanted = "a list of pairs: a question and its answer"
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise Unfit(f"`{column}` is no list", f"{_short(cell)} instead of {wanted}")
    turns: list[Message] = []
    for place, pair in enumerate(value, 1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Unfit(
                f"`{column}` has a turn of another form",
                f"pair {place} is {_short(pair)} instead of {wanted}",
            )
        for text, role in zip(pair, (ROLES[1], ROLES[2]), strict=True):
            turn = {OWN.speaker: role, OWN.content: text}
            turns.append(_turn(turn, place, column, OWN))
    return tuple(turns)


def transcript(text: str) -> Conversation | None:
    """The turns of a text in which `Human:` and `Assistant:` begin them; None if it is no such.

    Bai et al. 2022, "Training a Helpful and Harmless Assistant", published its data so.
    """
    parts = SPEAKER.split(text)
    if parts[0].strip() or len(parts) < 3:
        return None
    said = zip(parts[1::2], parts[2::2], strict=True)
    return tuple(Message(SPEAKERS[who], what.strip()) for who, what in said)


def continued(asked: Conversation, answer: Conversation) -> Conversation:
    """What is asked and then the answer, which may begin by repeating what is asked."""
    repeats = len(answer) > len(asked) and answer[: len(asked)] == asked
    return answer if repeats else asked + answer


def divided(
    turns: Conversation, columns: str, *, answered: bool
) -> tuple[Conversation, str | None]:
    """What is asked, and the answer, or None where nobody has answered.

    Args:
        turns: At least one.
        columns: Where they stand, for messages.
        answered: The answer must be there.

    Raises:
        Unfit: The turns do not lead to an answer.
    """
    middle = next(
        (place for place, one in enumerate(turns, 1) if place > 1 and one.role == "system"), 0
    )
    if middle:
        raise Unfit(
            f"{columns} has a system turn in the middle",
            f"turn {middle} of {len(turns)}; expected it first, or nowhere",
        )
    last = turns[-1]
    if last.role != "assistant" and answered:
        raise Unfit(
            f"{columns} ends with the {last.role}",
            "expected the assistant's answer as the last turn",
        )
    asked = turns[:-1] if last.role == "assistant" else turns
    if not asked or asked[-1].role != "user":
        found = f"a turn of the {asked[-1].role}" if asked else "nothing"
        raise Unfit(
            f"{columns} has no question before the answer", f"{found} instead of a user's turn"
        )
    return asked, last.content if last.role == "assistant" else None


def has_text(cell: str | None) -> bool:
    """Whether anything is left without white space and characters of no width."""
    return any(
        not one.isspace() and unicodedata.category(one) not in {"Cf", "Cc"} for one in cell or ""
    )


def _turn(turn: Any, place: int, column: str, naming: Naming) -> Message:
    wanted = f"an object with `{naming.speaker}` and `{naming.content}`"
    if not isinstance(turn, dict) or not {naming.speaker, naming.content} <= turn.keys():
        raise Unfit(
            f"`{column}` has a turn of another form",
            f"turn {place} is {_short(turn)} instead of {wanted}",
        )
    speaker, content = turn[naming.speaker], turn[naming.content]
    role = naming.roles.get(speaker) if isinstance(speaker, str) else None
    if role is None:
        raise Unfit(
            f"`{column}` has an unknown role",
            f"{_short(speaker)} in turn {place} instead of {_either(list(naming.roles))}",
        )
    text = "" if content is None else content
    if not isinstance(text, str):
        raise Unfit(
            f"`{column}` has content that is no text",
            f"{_short(text)} in turn {place} instead of a text",
        )
    if not has_text(text):
        raise Unfit(f"`{column}` has empty content", f"turn {place} ({speaker}); expected a text")
    if "\0" in text:
        raise Unfit("NUL byte", f"in turn {place} of `{column}`")
    if not is_writable(text):
        raise Unfit(f"`{column}` has half a character", f"turn {place} cannot be written as UTF-8")
    return Message(role, text)


def _holds_turns(text: str) -> bool:
    """Whether a text is a list in which at least one item is a turn."""
    if not text.lstrip().startswith("["):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text.startswith(CODED)  # cut off on its way here: no text that anybody wrote
    return any(isinstance(one, dict) and {"role", "content"} <= one.keys() for one in value)


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _short(value: Any) -> str:
    """A value on one line, as JSON, cut where it is long."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        text = "lists in lists"
    text = text.encode("utf-8", "backslashreplace").decode()
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")
