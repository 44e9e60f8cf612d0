"""Words of a text, for metrics that count what two texts share.

Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words, so there
each character is a word, as in Cui et al. 2019 ("A Span-Extraction Dataset for Chinese Machine
Reading Comprehension") and in sacrebleu's `zh` and `char`. Marks belong to their letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache

import regex

from rungwise.errors import TaskError

UNSPACED = (
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}ー]\p{M}*"
)
WORD = regex.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[\w\p{{M}}])+")
PIECE = regex.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})\S)+")
HAN = regex.compile(r"\p{Script=Han}")
OTHERS = regex.compile(
    r"[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}]"
)
LETTER = regex.compile(r"\p{L}")
ENOUGH = 0.1
"""Share of the letters from which a script decides how BLEU counts."""
TOKENIZERS = ("13a", "intl", "zh", "char", "ja-mecab", "ko-mecab")
"""Of sacrebleu: those that need no download."""
EXTRAS = {"ja-mecab": "ja", "ko-mecab": "ko"}

Words = Callable[[str], list[str]]


def words(text: str) -> list[str]:
    """The words of a text in lower case; signs between them are left out."""
    found: list[str] = WORD.findall(text.lower())
    return found


def pieces(text: str) -> list[str]:
    """What stands between spaces, and each character of a script that is written without them."""
    found: list[str] = PIECE.findall(text)
    return found


def of_tokenizer(name: str | None) -> Words:
    """Words as a tokenizer of sacrebleu cuts them, in lower case; without one, `words`.

    Raises:
        TaskError: It is unknown, or its extra is not installed.
    """
    if name is None:
        return words
    cut = tokenizer(name)
    return lambda text: [one for one in cut(text.lower()).split() if WORD.search(one)]


@cache
def tokenizer(name: str) -> Callable[[str], str]:
    """A tokenizer of sacrebleu, which puts spaces between words.

    Raises:
        TaskError: It is unknown, or its extra is not installed.
    """
    from sacrebleu.metrics.bleu import _get_tokenizer

    if name not in TOKENIZERS:
        raise TaskError(
            f"`generation.tokenizer` is {name!r}", f"Choose one of {', '.join(TOKENIZERS)}."
        )
    try:
        made: Callable[[str], str] = lru_cache(maxsize=1 << 16)(_get_tokenizer(name)())
    except (ImportError, RuntimeError) as error:
        raise TaskError(
            f"The tokenizer {name} needs a dictionary that is not installed",
            f"Install it with `pip install 'sacrebleu[{EXTRAS.get(name, name)}]'`, or set "
            "`generation.tokenizer: char`.",
        ) from error
    return made


def inferred(texts: Iterable[str | None]) -> str | None:
    """The tokenizer of sacrebleu that expected texts ask for by their scripts.

    Returns:
        `zh` for Chinese, `char` for other scripts without spaces, None for all others: sacrebleu's
        own default, `13a`.
    """
    letters = han = others = 0
    for text in texts:
        letters += len(LETTER.findall(text or ""))
        han += len(HAN.findall(text or ""))
        others += len(OTHERS.findall(text or ""))
    if others >= ENOUGH * letters and others:
        return "char"
    return "zh" if han >= ENOUGH * letters and han else None
