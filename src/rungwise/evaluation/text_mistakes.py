"""What can be wrong with one text, by rules; each mistake has a name that stays (R32).

The names go on record, and what counts them (R34) asks `of_form` which are about form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_fields import compared, fields
from rungwise.evaluation.text_wording import another_wording
from rungwise.evaluation.tokenisation import pieces

REFUSAL = re.compile(
    r"^\W*(i('m| am) sorry|i can(no|')t|i am unable|i'm unable|as an ai|unfortunately,? i)\b", re.I
)
LONGER, SHORTER = 3.0, 1 / 3
"""Lengths, of the expected one, from which an answer is called too long, or too short."""
AGAIN, LONGEST_PHRASE = 4, 50
"""How often the same words must end a text in a row to be a loop, and how many words at most."""
EXCHANGED = "values exchanged between items of a list"
UNNAMED = "another text"
"""What no rule names."""
WORDED = "other words, with the same names and numbers"
"""No name of form: `open` and `closed` are other words too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A row's answer, and what is known about it.

    Attributes:
        expected: The right text.
        output: What was answered.
        asked: The input, or None where it is not known.
        cut: It ended because it was as long as it may be.
        foreign: It is in another language than the expected one, both beyond doubt.
    """

    expected: str
    output: str
    asked: str | None = None
    cut: bool = False
    foreign: bool = False


def mistake(answer: Answer) -> str:
    """What is wrong with an answer: the first rule that holds names it; "" where nothing is.

    A text that equals the expected one but for white space is right; for JSON, one with the same
    fields.
    """
    expected, output = answer.expected, answer.output
    if output.strip() == expected.strip():
        return ""
    wanted = fields(expected) if expected.lstrip()[:1] in ("{", "[") else None
    told = fields(output) if wanted is not None else None
    if wanted is not None and told is not None:
        right, _, every = compared(expected, output)
        if wanted == told:
            return "" if right == every else EXCHANGED
        return _wrong_fields(wanted, told, answer.asked)
    rules = UNANSWERED + (NO_JSON if wanted is not None else OTHER_TEXT)
    return next(rule.name for rule in rules if rule.holds(answer))


def of_form(name: str) -> bool:
    """Whether a group of that name is about how an answer is written, not what it says (R34)."""
    return name in FORM


def field_of(name: str) -> str:
    """The path of the JSON field that a group is about; "" where it is about none."""
    about = re.fullmatch(r"(?:field missing|field too many|wrong value|invented value): (.*)", name)
    return about[1] if about else ""


def _wrong_fields(
    wanted: Counter[tuple[str, str]], told: Counter[tuple[str, str]], asked: str | None
) -> str:
    paths, found = _paths(wanted), _paths(told)
    if missing := sorted(paths - found):
        return f"field missing: {missing[0].lstrip('/')}"
    if strange := sorted(found - paths):
        return f"field too many: {strange[0].lstrip('/')}"
    changed = sorted({path for path, _ in (wanted - told)})
    if not changed:
        return "a value repeated"
    path = changed[0]
    right = [value for at, value in wanted - told if at == path]
    instead = [value for at, value in told - wanted if at == path]
    invented = asked is not None and _invented(right, instead, asked)
    return f"{'invented' if invented else 'wrong'} value: {path.lstrip('/')}"


def _invented(right: Iterable[str], instead: Iterable[str], asked: str) -> bool:
    """Whether a value does not stand in the input although the right one does.

    Where the right one does not either, the field is no quotation, and nothing can be said.
    """
    within = f" {_words(asked)} "

    def stands(value: str) -> bool:
        return f" {_words(value)} " in within

    return all(stands(one) for one in right) and any(
        _words(one) and not stands(one) for one in instead
    )


def _words(text: str) -> str:
    return " ".join(pieces(folded(text)))


def _paths(found: Iterable[tuple[str, str]]) -> set[str]:
    return {path for path, _ in found}


def _loops(answer: Answer) -> bool:
    """The output ends in the same words again and again, and the expected text does not."""
    return _ends_in_a_loop(answer.output) and not _ends_in_a_loop(answer.expected)


def _ends_in_a_loop(text: str) -> bool:
    words = text.split()
    for length in range(1, min(LONGEST_PHRASE, len(words) // AGAIN) + 1):
        tail = words[-length * AGAIN :]
        # Whoever is cut in mid-sentence has begun the next round: the words still shift alike.
        if all(tail[place] == tail[place - length] for place in range(length, len(tail))):
            return True
    return False


def _holds_json(answer: Answer) -> bool:
    inside = re.search(r"[{\[].*[}\]]", answer.output, re.DOTALL)
    return inside is not None and fields(inside.group()) is not None


def _within(answer: Answer) -> bool:
    expected, output = (" ".join(pieces(folded(one))) for one in (answer.expected, answer.output))
    return bool(expected) and f" {expected} " in f" {output} "


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of mistake, and whether an answer is one."""

    name: str
    holds: Callable[[Answer], bool]


LOOP = Rule("the same words again and again", _loops)
CUT = Rule("cut off at the longest answer", lambda one: one.cut)
UNANSWERED = (
    Rule("no answer", lambda one: not one.output.strip()),
    Rule("refusal", lambda one: bool(REFUSAL.search(one.output))),
)
NO_JSON = (
    LOOP,
    Rule("JSON with words around it", _holds_json),
    CUT,
    Rule("JSON cut short or broken", lambda one: one.output.lstrip()[:1] in ("{", "[")),
    Rule("no JSON", lambda one: True),
)
OTHER_TEXT = (
    LOOP,
    Rule(
        "another spelling: case, punctuation or articles",
        lambda one: folded(one.expected) == folded(one.output),
    ),
    Rule("the right answer with words around it", _within),
    CUT,
    Rule("another language", lambda one: one.foreign),
    Rule("too long", lambda one: len(one.output) > LONGER * len(one.expected)),
    Rule("too short", lambda one: len(one.output) < SHORTER * len(one.expected)),
    Rule(
        WORDED,
        lambda one: one.asked is not None and another_wording(one.asked, one.expected, one.output),
    ),
    Rule(UNNAMED, lambda one: True),
)
"""In this order: the first that holds names the mistake."""
FORM = frozenset(rule.name for rule in (*NO_JSON, *OTHER_TEXT)) - {UNNAMED, WORDED}
"""How the answer is written; what is missing, wrong or invented in it is not about form."""
