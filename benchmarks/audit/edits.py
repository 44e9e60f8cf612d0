"""Random word edits: so large a share of a text's words is changed, each in one of five ways."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence

KINDS = ("replace", "delete", "insert", "swap", "typo")


class Editor:
    """Edits words; new words are drawn from the words of `texts`, as often as they occur."""

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        self._random = random.Random(seed)
        self._words = [word for text in texts for word in text.split()]

    def edit(self, text: str, rate: float, kinds: Sequence[str] = KINDS) -> str:
        """Change `rate` of the words of a text, at least one."""
        words: list[str] = text.split()
        chosen = self._random.sample(
            range(len(words)), min(len(words), max(1, round(rate * len(words))))
        )
        for place in sorted(chosen, reverse=True):
            self._change(words, place, self._random.choice(kinds))
        return " ".join(words)

    def word(self) -> str:
        """One of their words, as often as it occurs."""
        return self._random.choice(self._words)

    def _change(self, words: list[str], place: int, kind: str) -> None:
        if kind == "replace":
            words[place] = self.word()
        elif kind == "delete":
            del words[place]
        elif kind == "insert":
            words.insert(place, self.word())
        elif kind == "swap" and place + 1 < len(words):
            words[place], words[place + 1] = words[place + 1], words[place]
        else:
            words[place] = self._typo(words[place])

    def _typo(self, word: str) -> str:
        """One or two letters dropped, doubled, exchanged or replaced."""
        letters = list(word)
        for _ in range(self._random.choice((1, 2))):
            place = self._random.randrange(len(letters) + 1)
            way = self._random.randrange(3)
            if way == 0 and len(letters) > 1:
                del letters[min(place, len(letters) - 1)]
            elif way == 1:
                letters.insert(place, self._random.choice(string.ascii_lowercase))
            else:
                place = min(place, len(letters) - 1)
                letters[place] = self._random.choice(string.ascii_lowercase)
        return "".join(letters)
