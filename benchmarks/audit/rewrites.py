"""Texts rewritten by a plan drawn at random, as people do who answer with another's text.

Some of the sentences are kept, in order or not; words of them are changed, clauses of a sentence
change places, and sentences of the writer's own stand between. How much of each is drawn anew for
every text, so that a rewriting runs from a cut-out to something that shares little but phrases.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from benchmarks.audit.edits import Editor

KEPT = (0.1, 1.0)
"""Share of the sentences that are taken over."""
CHANGED = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Share of their words that is changed."""
OWN = (0.0, 2.0)
"""Words of the writer's own, over those taken."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Rewriter:
    """Rewrites one text after another; new words are drawn from the words of `texts`."""

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        self._random = random.Random(seed)
        self._editor = Editor(texts, seed)

    def rewrite(self, text: str, own: str) -> str:
        """A text made from `text`, with sentences of `own` between."""
        draw = self._random
        taken = SENTENCE.split(text)
        kept = max(1, round(draw.uniform(*KEPT) * len(taken)))
        places = sorted(draw.sample(range(len(taken)), kept))
        if draw.random() < 0.5:
            draw.shuffle(places)
        rate = draw.choice(CHANGED)
        sentences = [self._changed(taken[place], rate) for place in places]
        room = draw.uniform(*OWN) * sum(len(sentence.split()) for sentence in sentences)
        for sentence in SENTENCE.split(own) if draw.random() < 0.5 else ():
            if (room := room - len(sentence.split())) < 0:
                break
            sentences.insert(draw.randrange(len(sentences) + 1), sentence)
        return " ".join(sentences)

    def _changed(self, sentence: str, rate: float) -> str:
        clauses = sentence.split(", ")
        if rate and len(clauses) > 1 and self._random.random() < 0.5:
            self._random.shuffle(clauses)
        changed = ", ".join(clauses)
        return self._editor.edit(changed, rate) if rate else changed
