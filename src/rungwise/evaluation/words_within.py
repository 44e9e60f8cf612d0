"""Whether a text that holds the expected words gives them as its answer.

Words that stand somewhere in a long text may be a mention, a denial, or a quotation of the input.
"""

from __future__ import annotations

import re

from rungwise.evaluation.final_values import final_answer, states_answer
from rungwise.evaluation.folding import folded
from rungwise.evaluation.text_wording import NEGATION, names, words
from rungwise.evaluation.tokenisation import pieces

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\W*[A-Z0-9])|\n+")
CALLED = re.compile(
    r"\s*(?:is|was|are|were)\s+(?:\w+ly\s+)?(?:(?:known|called|named|referred to)\s+(?:as\s+)?)?"
    r"(?P<rest>(?:\S+\s*){1,4})"
)
"""What something is said to be, behind it."""
REJECTED = re.compile(r",?\s+(?:and|but)?\s*\bnot\s+(?P<other>[^.,;!?]+)", re.I)
"""Another answer that is turned down behind the right one: `It is Paris, not Lyon`."""
POLAR = {"yes": "no", "no": "yes"}
COPIED, COPIED_WORDS = 0.5, 30
"""Share of the words of the input, or their number, that a copy quotes in a row."""


def holds(text: str, expected: str) -> bool:
    """Whether words stand in a text in a row, in whatever case."""
    wanted = _row(expected)
    return bool(wanted) and f" {wanted} " in f" {_row(text)} "


def answers_with(output: str, expected: str, asked: str = "") -> bool:
    """Whether the expected words, which stand in an output, are what it answers.

    They must stand in its first sentence, or behind `answer is` and the like; no other answer may
    be stated, and what holds them may neither deny them nor name them otherwise. If the question
    holds them itself, a text that repeats it says nothing: only a stated answer counts. An input
    that is no question is what the answer is taken from: then any sentence may hold it, but an
    output that gives another of its names besides has not chosen.

    Args:
        output: A text that holds the expected words.
        expected: The right answer.
        asked: The question, below whatever is to be read for it: a name that stands in it is not
            another answer.
    """
    stated = [final_answer(output)] if states_answer(output) else []
    if (polar := folded(expected)) in POLAR:
        return any(_row(one).split()[:1] == [polar] for one in stated or [output])
    if stated and not holds(stated[0], expected):
        return False
    sentences = [one for one in SENTENCE.split(output.strip()) if one.strip()]
    source = not _is_question(asked) and holds(asked, expected)
    echoed = not source and holds(question_of(asked), expected)
    ends = stated if echoed else [*(sentences if source else sentences[:1]), *stated]
    holding = [one for one in sentences if holds(one, expected)]
    if not any(holds(one, expected) for one in ends):
        return False
    if all(_named_otherwise(one, expected, asked) for one in holding):
        return False
    others = (names(output) - words(expected)) & words(asked) if source else set()
    if others or any(_leaves_open(one, expected) for one in holding):
        return False
    holding = [_without_rejected(one, expected) for one in holding]
    negated = NEGATION.search(expected.lower()) or NEGATION.search(question_of(asked).lower())
    return bool(negated) or not all(NEGATION.search(one.lower()) for one in holding)


def question_of(asked: str) -> str:
    """The last line of an input: the question, if there is a text above it."""
    return "".join(asked.strip().splitlines()[-1:])


def _is_question(asked: str) -> bool:
    """Whether an input asks something, below a text or alone, and is no text to be read."""
    lines = [line for line in asked.strip().splitlines() if line.strip()]
    return len(lines) != 1 or lines[0].rstrip().endswith("?")


def copies(output: str, asked: str, expected: str) -> bool:
    """Whether a text quotes most of the input in a row, so that it chooses nothing.

    Not where the right answer is nearly as long.
    """
    quoted, inside = pieces(folded(asked)), f" {_row(output)} "
    least = min(max(2, int(COPIED * len(quoted))), COPIED_WORDS)
    if len(pieces(folded(expected))) >= least:
        return False
    starts = range(len(quoted) - least + 1)
    return any(f" {' '.join(quoted[place : place + least])} " in inside for place in starts)


def _named_otherwise(sentence: str, expected: str, asked: str) -> bool:
    """Whether a sentence calls the expected words by a name that is not asked about.

    As in `The Miasma theory is known as the Plague theory`.
    """
    told, wanted = folded(sentence), folded(expected)
    place = told.rfind(wanted)
    renamed = CALLED.match(told, place + len(wanted)) if place >= 0 else None
    if renamed is None or CALLED.search(told, 0, place):
        return False
    known = set(pieces(folded(f"{question_of(asked)} {expected}")))
    return any(f" {name} " in f" {renamed['rest']} " for name in names(sentence) - known)


def _leaves_open(sentence: str, expected: str) -> bool:
    """Whether another answer stands beside the expected one with `or`."""
    told, wanted = f" {_row(sentence)} ", _row(expected)
    return f" {wanted} or " in told or f" or {wanted} " in told


def _without_rejected(sentence: str, expected: str) -> str:
    """A sentence that gives the answer, without the answers that it turns down behind it."""
    found = REJECTED.search(sentence)
    if found is None or holds(found["other"], expected):
        return sentence
    return sentence[: found.start()] if holds(sentence[: found.start()], expected) else sentence


def _row(text: str) -> str:
    return " ".join(pieces(folded(text)))
