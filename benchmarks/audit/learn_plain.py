"""Ask the learnt reader which words it never takes for a name, so that it need not read them.

    python -m benchmarks.audit.learn_plain --write

puts each of the most frequent words of the encoder into sentences in which a name may stand, and
writes `rungwise/data/personal/plain_words.txt`. No row of any data set plays a part.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.rows import arguments
from rungwise.modalities.text import Text, people

SMALL = (
    "please tell {} about it",
    "my {} has not come yet",
    "i would like to know what {} means for the account",
)
CAPITAL = ("I spoke to {} about it", "The {} has not come yet")
WORDS, AT_ONCE, PLAIN = 16_000, 1_000, 0.9
"""Words that are asked about, sentences at a time, and the chance of a name below which a word is
plain. Of 580 given names among them none is below .97 where it is likeliest to be a name."""
OUT = Path(people.__file__).parents[2] / "data" / "personal" / "plain_words.txt"


def main() -> None:
    """Ask, say how many are plain, and write."""
    parser = arguments(__doc__)
    parser.add_argument("--write", action="store_true", help="replace the list in the package")
    told = parser.parse_args()
    words = vocabulary()
    small = largest_chances(words, SMALL) < PLAIN
    capital = largest_chances([word.capitalize() for word in words], CAPITAL) < PLAIN
    plain = [
        word.capitalize() if with_capital else word
        for word, without, with_capital in zip(words, small, capital, strict=True)
        if without
    ]
    print(
        f"{len(plain):,} of {len(words):,} words are plain, {sum(capital & small):,} with a capital"
    )
    if told.write:
        OUT.write_text("\n".join(plain) + "\n", encoding="utf-8")


def vocabulary() -> list[str]:
    """Whole words of the encoder in small letters, the most frequent first."""
    backbone = Text().open(people.ENCODER, Path())
    names = sorted(backbone.vocabulary().items(), key=lambda one: one[1])
    whole = [word for word, _ in names if word.isalpha() and word.isascii() and len(word) > 1]
    return whole[:WORDS]


def largest_chances(words: list[str], sentences: tuple[str, ...]) -> np.ndarray:
    """Of each word (n), the largest chance over the sentences to be of any kind."""
    backbone = Text().open(people.ENCODER, Path())
    blocks = backbone.first_blocks(max(people.reader().boundaries))
    largest = np.zeros(len(words), np.float32)
    for sentence in sentences:
        at = sentence.index("{")
        for begin in range(0, len(words), AT_ONCE):
            some = words[begin : begin + AT_ONCE]
            cells = [sentence.format(word) for word in some]
            pieces = backbone.pieces(cells)
            chances, _ = people.answers(pieces, cells, blocks, 60.0)
            for place, word in enumerate(some):
                first, last = pieces.offsets[place : place + 2]
                inside = pieces.starts[first:last] < at + len(word)
                inside &= pieces.ends[first:last] > at
                chance = 1 - chances[first:last][inside].mean(0)[0]
                largest[begin + place] = max(largest[begin + place], chance)
    return largest


if __name__ == "__main__":
    main()
