"""Write the demo's support tickets: about 1,200 rows, eight labels that overlap, known problems.

A ticket's label is what the customer wants *now*. Most tickets also mention another topic that
is already settled or ruled out ("the refund came through, thanks"): a reader sees at once which
of the two is meant, an average of word meanings does not. And most tickets are put in words that
only their customer uses, so that tickets to be answered are worded as no ticket to learn from is:
counting words finds less in them than reading does. That is how real tickets read, and it leaves
room between words, frozen features and tuning.

Planted, and found again by the first audit or the splitter:
copies of one text from several customers, one text under two labels, a rare label that lags,
and a few rows that cannot be used. Everything depends on the seed alone.

Three files: `questions.csv` to learn from, `rules-2024.csv` with the answers of the keyword rules
that the imaginary shop uses today, and `new.csv` with tickets that arrived since.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

SLOT = re.compile(r"\{(\w+)\}")
PHRASES = Path(__file__).with_name("phrases.yaml")
LINES = 3
"""Lines of one label that a customer alone has."""
STOCK = 12
"""Lines of a label that anybody may use: the first ones."""
COMMON = 0.45
"""Share of tickets in lines that anybody may use."""
PLAIN = 0.85
"""Share of tickets that say what is wanted in two ways."""
SETTLED = 0.6
"""Share of tickets that mention another topic as settled."""
RULES_2024 = (
    ("warranty_claim", r"warranty|guarantee"),
    ("cancel_order", r"cancel|stop"),
    ("refund_status", r"refunded|my refund|still missing"),
    ("refund_request", r"refund|money back|return"),
    ("billing_error", r"charge|invoice|bill|paid|payment"),
    ("item_damaged", r"broken|crack|scratch|damage|replace"),
    ("delivery_lost", r"delivered|left in|neighbour|wrong address"),
    ("delivery_late", r""),
)
"""What the shop sorts by today: the first pattern that occurs decides."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One row; `label` is "" where nobody gave one."""

    ticket: str
    customer: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Lines that ask for one thing, and the one customer who uses them; "" if anybody may."""

    customer: str
    label: str
    now: tuple[str, ...]


class Writer:
    """Writes tickets from the phrases; one random stream, so the same seed writes the same."""

    def __init__(self, phrases: Mapping[str, Any], random_stream: random.Random) -> None:
        self.phrases = phrases
        self.random = random_stream
        self.labels: Mapping[str, Any] = phrases["labels"]
        self.product = ""

    def wordings(self) -> list[Wording]:
        """The first lines of each label for anybody, and all others by threes for one customer."""
        made = []
        for label, kind in self.labels.items():
            lines = tuple(kind["now"])
            common = min(STOCK, len(lines) // 3)
            made.append(Wording("", label, lines[:common]))
            for place in range(common, len(lines) - LINES + 1, LINES):
                made.append(Wording(f"C{len(made):04}", label, lines[place : place + LINES]))
        return made

    def text(self, wording: Wording) -> str:
        """One ticket's text: greeting, background, the request, closing, and human noise."""
        self.product = self.pick(self.phrases["slots"]["product"])
        ways = 1 + (self.random.random() < PLAIN)
        parts = [self.fill(line) for line in self.random.sample(wording.now, ways)]
        if self.random.random() < SETTLED:
            parts.append(self.settled(wording.label))
        if self.random.random() < 0.4:
            parts.append(self.fill(self.pick(self.phrases["filler"])))
        self.random.shuffle(parts)
        greeting, closing = self.pick(self.phrases["greeting"]), self.pick(self.phrases["closing"])
        if greeting:
            parts[0] = f"{greeting}, {parts[0]}"
        if closing:
            parts.append(f"{closing} {self.pick(self.phrases['slots']['person'])}")
        return self.noise(" ".join(parts))

    def settled(self, label: str) -> str:
        """A topic other than `label`, mentioned as settled or ruled out."""
        other = self.pick([name for name in self.labels if name != label])
        return self.fill(self.pick(self.labels[other]["past"]))

    def pick(self, options: Sequence[str]) -> str:
        """Any one of them."""
        return self.random.choice(options)

    def fill(self, template: str) -> str:
        """Put something in the place of every `{slot}`."""
        text = SLOT.sub(lambda match: self.slot(match[1]), template)
        return text[0].upper() + text[1:]

    def slot(self, name: str) -> str:
        """What stands for `{name}`."""
        if name == "product":
            return self.product
        if name == "number":
            return f"#{self.random.randint(10_000, 99_999)}"
        if name == "months":
            return f"{self.random.randint(5, 22)} months"
        return self.pick(self.phrases["slots"][name])

    def noise(self, text: str) -> str:
        """Typing as people type: lower case, lost punctuation, a swapped or missing letter."""
        if self.random.random() < 0.25:
            text = text.lower()
        if self.random.random() < 0.15:
            text = text.replace(". ", " ").replace(",", "")
        if self.random.random() < 0.08:
            text = text.upper()
        letters = list(text)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            at = self.random.randrange(len(letters) - 1)
            if letters[at].isalpha() and letters[at + 1].isalpha():
                letters[at : at + 2] = self.random.choice(
                    ([letters[at + 1], letters[at]], [letters[at]])
                )
        return "".join(letters)


def tickets(rows: int, seed: int) -> list[Ticket]:
    """Labelled tickets with their planted problems, in random order."""
    stream = random.Random(seed)
    writer = Writer(yaml.safe_load(PHRASES.read_text(encoding="utf-8")), stream)
    wordings = writer.wordings()
    sound = written(writer, wordings, rows)
    result = [
        *sound,
        *copies(sound, rows // 48, stream),
        *conflicts(sound, rows // 100, writer),
    ]
    stream.shuffle(result)
    numbered = [replace(row, ticket=f"T{at:05}") for at, row in enumerate(result, 1)]
    return with_bad_rows(numbered, stream)


def new_tickets(rows: int, seed: int) -> list[Ticket]:
    """Tickets that arrived since: sound ones, with ids of their own."""
    writer = Writer(yaml.safe_load(PHRASES.read_text(encoding="utf-8")), random.Random(seed))
    made = written(writer, writer.wordings(), rows)
    return [replace(row, ticket=f"N{at:05}") for at, row in enumerate(made, 1)]


def written(writer: Writer, wordings: Sequence[Wording], rows: int) -> list[Ticket]:
    """Sound tickets; labels occur as often as their shares say, wordings of one's own in turn."""
    stream = writer.random
    shares = [label["share"] for label in writer.labels.values()]
    stock = {one.label: one for one in wordings if not one.customer}
    own = {
        label: cycle(stream.sample(of, len(of)))
        for label in writer.labels
        if (of := [one for one in wordings if one.customer and one.label == label])
    }
    made = []
    for label in stream.choices(list(writer.labels), weights=shares, k=rows):
        wording = stock[label] if stream.random() < COMMON else next(own[label])
        customer = wording.customer or f"C{stream.randrange(1000, 1000 + rows):04}"
        made.append(Ticket("", customer, writer.text(wording), label))
    return made


def copies(rows: Sequence[Ticket], count: int, stream: random.Random) -> list[Ticket]:
    """The same text from another customer without words of their own, some in other case."""
    changes = (str, str.lower, str.upper, lambda text: text.replace(" ", "  "))
    anybody = [row for row in rows if int(row.customer[1:]) >= 1000]
    return [
        replace(
            row, customer=stream.choice(anybody).customer, text=stream.choice(changes)(row.text)
        )
        for row in stream.sample(anybody, count)
    ]


def conflicts(rows: Sequence[Ticket], count: int, writer: Writer) -> list[Ticket]:
    """The same text under a second label."""
    return [
        replace(row, label=writer.pick([name for name in writer.labels if name != row.label]))
        for row in writer.random.sample(rows, count)
    ]


def with_bad_rows(rows: list[Ticket], stream: random.Random) -> list[Ticket]:
    """Three rows lose their text, three their label, and two take the id of the row before."""
    places = stream.sample(range(1, len(rows)), 8)
    for at in places[:3]:
        rows[at] = replace(rows[at], text="")
    for at in places[3:6]:
        rows[at] = replace(rows[at], label="")
    for at in places[6:]:
        rows[at] = replace(rows[at], ticket=rows[at - 1].ticket)
    return rows


def by_rules(text: str) -> str:
    """The label that the keyword rules of 2024 give a text."""
    return next(label for label, pattern in RULES_2024 if re.search(pattern, text.lower()))


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        lines.writerows(rows)


def write_all(folder: Path, rows: int = 1200, seed: int = 7) -> None:
    """Write the three files of the demo into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = tickets(rows, seed)
    columns = ("ticket", "customer", "text", "label")
    write(folder / "questions.csv", columns, map(attrgetter(*columns), made))
    answers = {row.ticket: by_rules(row.text) for row in made}
    write(folder / "rules-2024.csv", ("id", "label"), answers.items())
    arrived = new_tickets(20, seed + 1)
    write(folder / "new.csv", ("ticket", "text"), map(attrgetter("ticket", "text"), arrived))
    print(f"Wrote {len(made):,} labelled and {len(arrived)} new tickets to {folder}")


def main() -> None:
    """Write the tickets where the command line says."""
    parser = argparse.ArgumentParser(description="Write the demo's support tickets.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    write_all(options.folder, options.rows, options.seed)


if __name__ == "__main__":
    main()
