"""`python -m benchmarks.audit.personal_languages`: German, French and Spanish, by rules alone.

Sentences are templates of our own with values from Faker's locale of the language. A row without a
personal slot is a row without personal data: each one that is flagged is a false row. What the
learnt reader would say is measured beside it, which is why an audit keeps it from these languages.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.audit.personal import patterns
from benchmarks.audit.personal_scores import Spans, score_kinds
from benchmarks.rows import Row, arguments, show
from rungwise.data.personal.measured import text_kinds
from rungwise.modalities.text import Text, people
from rungwise.progress import Silent

FOLDER = Path(__file__).with_name("personal_tongues")
LOCALES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES"}
LANGUAGES = {"de": "German", "fr": "French", "es": "Spanish"}
KINDS = {"name": "name", "first": "name", "last": "name", "address": "address", "street": "address",
         "phone": "phone", "email": "email", "iban": "iban"}  # fmt: skip
"""Slots that are personal, by the kind of their value."""
ROWS, READ, SEED = 2_000, 300, 41
SLOT = re.compile(r"\{(\w+)\}")


def main() -> None:
    """Measure each language."""
    told = arguments(__doc__).parse_args()
    show(rows(), as_json=told.json)


def rows() -> Iterator[Row]:
    """Precision and recall of rows by kind, and false rows in 1,000 without personal data."""
    for code, language in LANGUAGES.items():
        texts, truths = sentences(code, ROWS)
        assert set(text_kinds(pl.Series(texts)).of_row) == {language}
        began = time.perf_counter()
        found = patterns(texts)
        seconds = time.perf_counter() - began
        scores = score_kinds(truths, found)
        for kind in ("name", "address", "phone", "email", "iban"):
            right, flagged = rows_right(truths, found, kind)
            yield Row(f"{language}, {kind}: right of {flagged} flagged rows", "seconds", seconds,
                      None, "", right / max(1, flagged))  # fmt: skip
            yield Row(f"{language}, {kind}: recall of {scores.true.get(kind, 0)} values", "seconds",
                      seconds, None, "", scores.recall([kind]))  # fmt: skip
        nobody = [place for place, truth in enumerate(truths) if not truth]
        false = sum(bool(found[place]) for place in nobody)
        yield Row(f"{language}: false rows in 1,000 of {len(nobody)} without personal data",
                  "seconds", seconds, None, "", 1000 * false / len(nobody))  # fmt: skip
        some = [texts[place] for place in nobody[:READ]]
        began = time.perf_counter()
        read = people.read(pl.Series(some), Text().open(people.ENCODER, Path()), 10.0, Silent())
        yield Row(f"{language}: the same by the learnt reader, which is left out", "seconds",
                  time.perf_counter() - began, None, "",
                  1000 * read.spans["row"].n_unique() / len(some))  # fmt: skip


def rows_right(truths: Sequence[Spans], found: Sequence[Spans], kind: str) -> tuple[int, int]:
    """Rows with a span of a kind that overlaps a true one, and rows with a span of it."""
    right = flagged = 0
    for truth, spans in zip(truths, found, strict=True):
        own = [span for span in spans if span[2] == kind]
        flagged += bool(own)
        right += any(
            start < end_ and start_ < end
            for start, end, _ in own
            for start_, end_, true in truth
            if true == kind
        )
    return right, flagged


def sentences(code: str, count: int) -> tuple[list[str], list[Spans]]:
    """Texts and true spans; each template comes equally often."""
    from faker import Faker

    faker = Faker(LOCALES[code])
    faker.seed_instance(SEED)
    chance = random.Random(SEED)
    slots = _slots(faker, chance)
    lines = (FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines()
    filled = [_filled(lines[place % len(lines)], slots) for place in range(count)]
    return [text for text, _ in filled], [spans for _, spans in filled]


def _slots(faker: Any, chance: random.Random) -> Mapping[str, Callable[[], str]]:
    def name() -> str:
        return f"{faker.first_name()} {faker.last_name()}"

    return {
        "name": name,
        "first": lambda: str(faker.first_name()),
        "last": lambda: str(faker.last_name()),
        "address": lambda: str(faker.address()).replace("\n", chance.choice((", ", "\n"))),
        "street": lambda: str(faker.street_address()).replace("\n", ", "),
        "phone": lambda: str(faker.phone_number()),
        "email": lambda: str(faker.email()),
        "iban": lambda: str(faker.iban()),
        "order": lambda: chance.choice(("{}", "#{}", "AB-{}", "2026-{}")).format(
            chance.randrange(10 ** chance.randrange(4, 11))
        ),
        "date": lambda: str(faker.date(chance.choice(("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y")))),
        "amount": lambda: f"{chance.randrange(1, 999)},{chance.randrange(100):02}",
        "small": lambda: str(chance.randrange(2, 60)),
        "version": lambda: f"{chance.randrange(20)}.{chance.randrange(20)}.{chance.randrange(9)}",
    }


def _filled(
    line: str, slots: Mapping[str, Callable[[], str]]
) -> tuple[str, list[tuple[int, int, str]]]:
    line = line.replace("\\n", "\n")
    text, spans, reached = "", [], 0
    for slot in SLOT.finditer(line):
        text += line[reached : slot.start()]
        value = slots[slot[1]]()
        if slot[1] in KINDS:
            spans.append((len(text), len(text) + len(value), KINDS[slot[1]]))
        text += value
        reached = slot.end()
    return text + line[reached:], spans


if __name__ == "__main__":
    main()
