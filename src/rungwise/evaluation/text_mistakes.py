"""What is wrong with one text, by rules; each fault has a name that stays (R32).

What an answer says is looked at before how it is written: the JSON, the number or the words that
were asked for are taken out of it and compared. An answer is wrong in form alone if what it says is
right (R34). If rules cannot tell, it counts as content: nothing unknown speaks for tuning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rungwise.conversation import without_thinking
from rungwise.evaluation.fault import Fault, Kind, of_form_alone, ordered
from rungwise.evaluation.final_values import (
    final_number,
    other_currency,
    same_measure,
    states_number,
)
from rungwise.evaluation.folding import folded
from rungwise.evaluation.json_fields import fields
from rungwise.evaluation.json_mistakes import (
    NOTHING_RIGHT,
    OF_ONE_FIELD,
    REPEATED,
    same_name,
    words_of,
    wrong_fields,
)
from rungwise.evaluation.json_within import json_within
from rungwise.evaluation.moments import same_moment
from rungwise.evaluation.numbers_within import is_number
from rungwise.evaluation.text_wording import another_wording, names, numbers, words
from rungwise.evaluation.words_within import answers_with, copies, holds

REFUSING = re.compile(
    r"^\W*(i('m| am) sorry\b.{0,80}?\b(can('|no)?t|can not|unable|not able|don't have)"
    r"|i can(no|')t|i am unable|i'm unable|as an? ([\w-]+ )?ai|unfortunately,? i)\b",
    re.I | re.S,
)
LONGER, SHORTER = 3.0, 1 / 3
"""Lengths, of the expected one, from which an answer is called too long, or too short."""
ANOTHER_QUESTION = re.compile(
    r"\n\W*(?:question|problem|q|input|user|human|instruction)\b[^\n:]{0,12}:", re.I
)
"""A base model that does not stop writes the next question, and answers it."""
CODE_BLOCK = re.compile(r"```\w*\s*(?P<json>[{\[].*[}\]])\s*```", re.S)
FENCED = re.compile(r"\s*```\w*[^\S\n]*\n(?P<text>.*?)\s*```\s*", re.S)
SHORTEST = 80
"""Characters; a shorter right answer is no measure of how long a text may be on its way to it."""
ITEMS = re.compile(r"[,;]?\s+(?:and|&)\s+|[,;]\s+|\s*\n\s*(?:[-*•]\s+|\d+[.)]\s+)?|^[-*•]\s+")
"""What parts the items of a list, in a row or line by line."""
AGAIN, LONGEST_PHRASE = 4, 50
"""How often the same words must end a text in a row to be a loop, and how many words at most."""

NO_ANSWER = Fault("no answer", "content")
REFUSAL = Fault("refusal", "content")
COPY = Fault("the input copied", "content")
NUMBER = Fault("another number", "content")
NO_NUMBER = Fault("no number", "content")
UNSAID = Fault("no JSON, and not all that was asked", "content")
OTHER = Fault("another text", "content")
AMONG = Fault("the right words in a text that says something else", "content")
CUT = Fault("cut off at the longest answer", "limit")
LOOP = Fault("the same words again and again", "form")
JSON_AROUND = Fault("JSON with words around it", "form")
JSON_BROKEN = Fault("JSON cut short or broken", "form")
NO_JSON = Fault("no JSON", "form")
SPELLING = Fault("another spelling: case, punctuation or articles", "form")
AROUND = Fault("the right answer with words around it", "form")
LANGUAGE = Fault("another language", "form")
LONG = Fault("too long", "form")
SHORT = Fault("too short", "form")
REWORDED = Fault("other words, with the same names and numbers", "content")
"""`open` and `closed` are other words too."""
NAMED = {
    one.name: one.kind
    for one in (
        NO_ANSWER, REFUSAL, COPY, NUMBER, NO_NUMBER, UNSAID, OTHER, AMONG, CUT, LOOP, JSON_AROUND,
        JSON_BROKEN, NO_JSON, SPELLING, AROUND, LANGUAGE, LONG, SHORT, REWORDED,
    )
}  # fmt: skip
UNNAMED, WORDED = OTHER.name, REWORDED.name


@dataclass(frozen=True, slots=True)
class Answer:
    """A row's answer, and what is known about it.

    Attributes:
        expected: The right text.
        output: What was answered.
        asked: The input, or None where it is not known.
        cut: It ended because it was as long as it may be.
        foreign: It is in another language than the expected one, both beyond doubt.
        known: Paths of the JSON fields that other rows have.
    """

    expected: str
    output: str
    asked: str | None = None
    cut: bool = False
    foreign: bool = False
    known: frozenset[str] = frozenset()


def mistake(answer: Answer) -> str:
    """The name of the first fault of an answer; "" where it has none."""
    return next((one.name for one in faults(answer)), "")


def faults(answer: Answer) -> tuple[Fault, ...]:
    """All that is wrong with an answer, what it says before how it is written; empty for nothing.

    A text that equals the expected one but for white space is right; for JSON, one with the same
    fields. An answer that was cut before it said anything has no fault but that.
    """
    expected, output = answer.expected, answer.output
    if output.strip() == expected.strip():
        return ()
    answer = _read(answer)
    expected, output = answer.expected, answer.output
    if not output.strip():
        return (CUT,) if answer.cut else (NO_ANSWER,)
    if output.strip() == expected.strip():
        return (JSON_AROUND,) if is_json(expected) else (AROUND,)
    return ordered(_json(answer) if is_json(expected) else _plain_text(answer))


def _plain_text(answer: Answer) -> list[Fault]:
    """What is wrong with an answer that is no JSON and should be none."""
    expected, output = answer.expected, answer.output
    if REFUSING.search(output) and not holds(output, expected):
        return [REFUSAL]
    return _number(answer) if is_number(expected) else _text(answer)


def _read(answer: Answer) -> Answer:
    """The answer alone: without thinking before it, or another question and its answer behind it.

    Expected JSON in a code block is the JSON: whether the answer has the block too is form.
    """
    expected, output = without_thinking(answer.expected)[0], without_thinking(answer.output)[0]
    if fenced := CODE_BLOCK.fullmatch(expected.strip()):
        expected = fenced["json"] if is_json(fenced["json"]) else expected
    if not is_json(expected) and not ANOTHER_QUESTION.search(f"\n{expected}"):
        again = ANOTHER_QUESTION.search(output, len(output) - len(output.lstrip()))
        if again and output[: again.start()].strip():
            return replace(answer, expected=expected, output=output[: again.start()], cut=False)
        if (block := FENCED.fullmatch(output)) and not FENCED.fullmatch(expected):
            output = block["text"]
    return replace(answer, expected=expected, output=output)


def says_what_is_right(answer: Answer) -> bool:
    """Whether the content of an answer, taken out of what is around it, is the expected one."""
    found = faults(answer)
    return not found or of_form_alone(found)


def kind_of(name: str) -> Kind:
    """The kind of a fault that is on record by its name; content where no rule names it."""
    if name in NAMED:
        return NAMED[name]
    if name == REPEATED.name:
        return REPEATED.kind
    return OF_ONE_FIELD.get(name.partition(": ")[0], "content")


def of_form(name: str) -> bool:
    """Whether a group of that name is about how an answer is written, not what it says (R34)."""
    return kind_of(name) == "form"


def field_of(name: str) -> str:
    """The path of the JSON field that a group is about; "" where it is about none."""
    kind, colon, path = name.partition(": ")
    return path if colon and kind in OF_ONE_FIELD else ""


def is_json(expected: str) -> bool:
    """Whether a text is a JSON object or list."""
    return expected.lstrip()[:1] in ("{", "[") and fields(expected) is not None


def _json(answer: Answer) -> list[Fault]:
    held = json_within(answer.output)
    if held.text:
        found = wrong_fields(answer.expected, held.text, answer.asked, answer.known)
        if held.written == "around":
            found.append(JSON_AROUND)
        elif held.written == "broken":
            found = [*_so_far(found), CUT] if _was_cut(answer) else [*found, JSON_BROKEN]
        return [*found, *_loop(answer)]
    if REFUSING.search(answer.output):
        return [REFUSAL]
    if _was_cut(answer):
        return [CUT]
    form = [*_loop(answer), JSON_BROKEN if held.written == "broken" else NO_JSON]
    if answer.asked is not None and copies(answer.output, answer.asked, answer.expected):
        return [COPY, *form]
    return form if _says_all(answer) else [UNSAID, *form]


def _so_far(found: list[Fault]) -> list[Fault]:
    """What is wrong already with a JSON that was cut; which fields it would have is not known."""
    return [one for one in found if one.kind == "content" and one != NOTHING_RIGHT]


def _says_all(answer: Answer) -> bool:
    """Whether all values of the expected JSON stand in a text that is none."""
    told = f" {words_of(answer.output)} "
    values = [words_of(leaf) for _, leaf in fields(answer.expected) or ()]
    return any(values) and all(f" {value} " in told for value in values if value)


def _number(answer: Answer) -> list[Fault]:
    """The final number; one that is not said to be final counts only if the answer has ended."""
    if _was_cut(answer) and not states_number(answer.output):
        return [CUT]
    told = final_number(answer.output)
    if told is None:
        return [NO_NUMBER, *_loop(answer)]
    if told != final_number(answer.expected) or other_currency(answer.expected, answer.output):
        return [NUMBER, *_loop(answer), *_length(answer)]
    return [*_loop(answer), SPELLING if is_number(answer.output) else AROUND]


def _text(answer: Answer) -> list[Fault]:
    if _is_spelt_otherwise(answer):
        return [SPELLING]
    form = [*_loop(answer), *([LANGUAGE] if answer.foreign else []), *_length(answer)]
    if answer.asked is not None and _chooses_nothing(answer, answer.asked):
        return [COPY, *form]
    if same_measure(answer.expected, answer.output):
        return [*form, AROUND]
    if holds(answer.output, answer.expected):
        said = answers_with(answer.output, answer.expected, answer.asked or "")
        return [*form, AROUND] if said else [AMONG, *form]
    if _was_cut(answer):
        return [CUT, *form]
    return [*_other_words(answer), *form]


def _is_spelt_otherwise(answer: Answer) -> bool:
    """Whether an answer is the expected one: the same words, date or time, or the same items."""
    expected, output = folded(answer.expected), folded(answer.output)
    same = expected == output or same_name(expected, output)
    return same or same_moment(answer.expected, answer.output) or _same_items(answer)


def _chooses_nothing(answer: Answer, asked: str) -> bool:
    """Whether an answer copies the input; not if it adds the right answer, which that lacks."""
    adds = holds(answer.output, answer.expected) and not holds(asked, answer.expected)
    return not adds and copies(answer.output, asked, answer.expected)


def _same_items(answer: Answer) -> bool:
    """Whether two lists have the same items in the same order, parted otherwise."""
    wanted, told = (
        [folded(item) for item in ITEMS.split(text.strip()) if folded(item)]
        for text in (answer.expected, answer.output)
    )
    return len(wanted) > 1 and wanted == told


def _other_words(answer: Answer) -> list[Fault]:
    """What an answer without the expected words says; nothing if it may be a translation.

    A translation has the same numbers and keeps the names that the input gives. An expected answer
    that is quoted from the input is not translated at all.
    """
    if answer.foreign and numbers(answer.expected) == numbers(answer.output):
        quoted = words(answer.asked or "")
        kept = names(answer.expected) & quoted <= words(answer.output)
        if kept and not holds(answer.asked or "", answer.expected):
            return []
    if answer.asked is not None and another_wording(answer.asked, answer.expected, answer.output):
        return [REWORDED]
    return [OTHER]


def _length(answer: Answer) -> list[Fault]:
    if len(answer.output) > LONGER * len(answer.expected):
        return [LONG]
    return [SHORT] if len(answer.output) < SHORTER * len(answer.expected) else []


def _loop(answer: Answer) -> list[Fault]:
    return [LOOP] if _loops(answer) else []


def _was_cut(answer: Answer) -> bool:
    """Whether more room might have changed an answer that has not said what was asked.

    A loop has no end. A text that is much longer than the right one already is about something
    else, unless a number was asked, before which any reasoning may stand.
    """
    if not answer.cut or _loops(answer):
        return False
    return is_number(answer.expected) or len(answer.output) <= LONGER * max(
        len(answer.expected), SHORTEST
    )


def _loops(answer: Answer) -> bool:
    """The output ends in the same words again and again, and the expected text does not."""
    return ends_in_a_loop(answer.output) and not ends_in_a_loop(answer.expected)


def ends_in_a_loop(text: str) -> bool:
    """Whether a text ends in the same words at least four times in a row."""
    words = text.split()
    for length in range(1, min(LONGEST_PHRASE, len(words) // AGAIN) + 1):
        tail = words[-length * AGAIN :]
        # Whoever is cut in mid-sentence has begun the next round: the words still shift alike.
        if all(tail[place] == tail[place - length] for place in range(length, len(tail))):
            return True
    return False
