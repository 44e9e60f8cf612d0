"""Spellings of one class: labels that differ in their form and not in what they say.

Folded are case, white space and invisible characters, the Unicode form (NFC, NFD, full width,
ligatures), typographic punctuation, separators between letters (`card_arrival`, `card-arrival`),
and decimal zeros of whole numbers (`1`, `1.0`). A finding also folds what people write between
words or leave out (`e-mail` and `email`, `Level 1` and `level_1`, `Q & A` and `Q&A`, `(refund)`,
`refund!`), a decimal comma, and a letter of another script among Latin ones: a person decides on
it. Kept is whatever can tell two classes apart: signs (`C`, `C++`, `+1`, `-1`, `<5`), `!` and `?`,
digits, accents, `ß` and `ss`, raised, lowered and circled characters (`x²`, `①`), and the dotless
`ı`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rungwise.data.lookalikes import LOOKALIKES

INVISIBLE = {"Cf", "Cc"}
FLAG = re.compile("(\U0001f3f4[\U000e0020-\U000e007f]+)")
"""The black flag with tags, which are all that tells England's from Scotland's."""
SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
MEANING = ("<super>", "<sub>", "<circle>", "<fraction>", "<square>")
"""Compatibility forms that are read otherwise than the characters they are made of."""
TYPOGRAPHIC = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼ`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
)
BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[\s_'-]+(?=[^\W\d_])")
BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_])[\s.'-]+(?=[^\W\d_])")
AROUND_SIGN = re.compile(r"\s*([&/,;:|%<>=()\[\]])\s*")
BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])[\s_]+(?=\d)|(?<=\d)[\s_]+(?=[^\W\d_])")
WRAPPED = re.compile(r"[(\[{<]\s*([^()\[\]{}<>]*[^\W\d_][^()\[\]{}<>]*?)\s*[)\]}>]")
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}$)")
BULLET = re.compile(r"^(?:[-•*]\s+|#|_+)(?=[^\W\d_])|_+$")
EDGES = re.compile(r"""^["']+|(?:[.,;:\s]|(?<![\d"'])["']+)+$""")
WHOLE = re.compile(r"([+-]?\d+)[.,]0+")
THOUSANDS = re.compile(r"[+-]?\d+,000")
LEAST_LETTERS = 5
"""One edit of a shorter label is often another word."""
LONGEST_FOLDED = 1_000
"""Characters; a longer label is a text that was named as the label, and is taken as it is."""
LONGEST = 64
"""Characters; in a longer label, which is a sentence, slips are not looked for."""
RARE_SHARE = 0.1
"""A label is rare with at most such a part of its neighbour's rows."""


def _spaces(label: str) -> str:
    parts = FLAG.split(label)  # every second one is a flag
    visible = [part if at % 2 else _visible(part) for at, part in enumerate(parts)]
    return " ".join("".join(visible).split())


def _visible(text: str) -> str:
    return "".join(
        character
        for character in text
        if character.isspace()
        or not (unicodedata.category(character) in INVISIBLE or character in SELECTORS)
    )


def _form(label: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(_plain, label)))


def _plain(character: str) -> str:
    kind = unicodedata.decomposition(character).partition(" ")[0]
    if not kind.startswith("<") or kind in MEANING:
        return character
    return unicodedata.normalize("NFKC", character)


def _case(label: str) -> str:
    return label.lower().replace("ς", "σ")


def _punctuation(label: str) -> str:
    plain = EDGES.sub("", label.translate(TYPOGRAPHIC))
    return BETWEEN_LETTERS.sub(" ", plain) or label


def _number(label: str) -> str:
    whole = WHOLE.fullmatch(label)
    return whole[1] if whole and not THOUSANDS.fullmatch(label) else label


def _words(label: str) -> str:
    """Without what people set between words and around a label, or leave out."""
    wrapped = WRAPPED.fullmatch(label)
    plain = AROUND_SIGN.sub(r"\1", BULLET.sub("", wrapped[1] if wrapped else label))
    plain = DECIMAL_COMMA.sub(".", BESIDE_DIGIT.sub("", plain))
    letters = sum(map(str.isalpha, plain))
    return BETWEEN_WORDS.sub("", plain.rstrip("!")) if letters >= LEAST_LETTERS else plain


def _letters(label: str) -> str:
    """A label with the Latin letters that its Cyrillic, Greek or Armenian ones look like."""
    latin = "".join(LOOKALIKES.get(letter, letter) for letter in label)
    mixed = any("LATIN" in unicodedata.name(letter, "") for letter in label)
    return latin if mixed and latin != label else label


FOLDS: Mapping[str, Callable[[str], str]] = {
    "white space or invisible characters": _spaces,
    "Unicode form": _form,
    "case": _case,
    "punctuation": _punctuation,
    "decimal zeros": _number,
}


WORDS = "spaces or signs between words"
ALL_FOLDS: Mapping[str, Callable[[str], str]] = {
    "letters of another script": _letters, **FOLDS, WORDS: _words
}  # fmt: skip
"""With what only a finding may fold, which a person decides on: `e-mail` and `email`."""


def plain_signs(text: str) -> str:
    """A text with the minus, plus, digits and brackets of a keyboard: `−1`, `＋１` and `A–`."""
    return _form(text).translate(TYPOGRAPHIC)


def spelling_key(label: str, folds: Iterable[str] = tuple(FOLDS)) -> str:
    """Labels with one key are spellings of one class."""
    if len(label) > LONGEST_FOLDED:
        return label
    key = label
    for name in folds:
        key = ALL_FOLDS[name](key)
    return key or label


@dataclass(frozen=True, slots=True)
class Spellings:
    """One class under several spellings.

    Attributes:
        rows: Spelling → its rows, the most frequent first.
        differences: In what they differ, by the names of `ALL_FOLDS`.
    """

    rows: Mapping[str, int]
    differences: tuple[str, ...]

    @property
    def kept(self) -> str:
        """The most frequent spelling; of several, the first in the order of the alphabet."""
        return next(iter(self.rows))


def spellings(rows: Mapping[str, int], distinct: Iterable[str] = ()) -> list[Spellings]:
    """Classes under several spellings, those with the most rows first.

    Args:
        rows: Label → rows.
        distinct: Labels that are classes of their own whatever they look like.
    """
    own = set(distinct)
    same: dict[str, list[str]] = defaultdict(list)
    for label in rows:
        if label not in own:
            same[spelling_key(label, ALL_FOLDS)].append(label)
    found = [
        Spellings(
            {label: rows[label] for label in sorted(labels, key=lambda one: (-rows[one], one))},
            _differences(labels),
        )
        for labels in same.values()
        if len(labels) > 1
    ]
    return sorted(found, key=lambda one: (-sum(one.rows.values()), one.kept))


def _differences(labels: list[str]) -> tuple[str, ...]:
    """The one fold that makes them equal, else every fold without which they stay apart."""
    for name in ALL_FOLDS:
        if len({spelling_key(label, [name]) for label in labels}) == 1:
            return (name,)
    needed = []
    for name in ALL_FOLDS:
        others = [other for other in ALL_FOLDS if other != name]
        if len({spelling_key(label, others) for label in labels}) > 1:
            needed.append(name)
    return tuple(needed)


def rare_neighbours(rows: Mapping[str, int], distinct: Iterable[str] = ()) -> dict[str, str]:
    """Rare label → the frequent label that is one edit of a letter away.

    An edit is a letter added, left out, changed, or swapped with the next. Digits and signs are
    no slips: `level 1` and `level 2` are two classes.

    Args:
        rows: Label → rows; spellings of one class count as one.
        distinct: Labels that are classes of their own whatever they look like.
    """
    own = set(distinct)
    by_key: dict[str, list[str]] = defaultdict(list)
    for label in sorted(rows, key=lambda one: (-rows[one], one)):
        by_key[spelling_key(label)].append(label)
    total = {key: sum(rows[label] for label in labels) for key, labels in by_key.items()}
    letters = {key: sum(map(str.isalpha, key)) for key in total}
    near: dict[str, set[str]] = defaultdict(set)
    for key in total:
        if letters[key] >= LEAST_LETTERS and len(key) <= LONGEST:
            for rest in _shortened(key):
                near[rest].add(key)
    found: dict[str, str] = {}
    for key, count in total.items():
        if len(key) > LONGEST:
            continue
        others = {other for rest in _shortened(key) for other in near[rest]} - {key}
        likely = [
            other
            for other in others
            if count <= RARE_SHARE * total[other] and _one_slip(key, other)
        ]
        if likely:
            target = by_key[max(likely, key=lambda one: (total[one], one))][0]
            found |= {label: target for label in by_key[key] if label not in own}
    return found


def _shortened(key: str) -> Iterator[str]:
    """The key, and the key without each of its letters."""
    yield key
    for place, character in enumerate(key):
        if character.isalpha():
            yield key[:place] + key[place + 1 :]


def _one_slip(one: str, other: str) -> bool:
    """Whether an edit of one letter, or a swap of two, makes them equal."""
    if len(one) > len(other):
        one, other = other, one
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    left, right = one[start:], other[start:]
    if len(one) == len(other):
        changed = left[:1].isalpha() and right[:1].isalpha() and left[1:] == right[1:]
        swapped = left[:2] == right[1::-1] and left[:2].isalpha() and left[2:] == right[2:]
        return changed or (len(left) > 1 and swapped)
    return right[:1].isalpha() and left == right[1:]
