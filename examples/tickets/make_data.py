"""Write the demo's support tickets: about 1,200 rows, eight labels that overlap, known problems.

A ticket's label is what the customer wants *now*. Most tickets also mention another topic that
is already settled or ruled out ("the refund came through, thanks"): a reader sees at once which
of the two is meant, an average of word meanings does not. That is what leaves room between
frozen features and tuning, and it is how real tickets read.

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
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

CHOICE = re.compile(r"\(([^()]*)\)")
SLOT = re.compile(r"\{(\w+)\}")
PHRASES = Path(__file__).with_name("phrases.yaml")
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


class Writer:
    """Writes tickets from the phrases; one random stream, so the same seed writes the same."""

    def __init__(self, phrases: Mapping[str, Any], random_stream: random.Random) -> None:
        self.phrases = phrases
        self.random = random_stream
        self.labels: Mapping[str, Any] = phrases["labels"]
        self.product = ""

    def text(self, label: str) -> str:
        """One ticket's text: greeting, background, the request, closing, and human noise."""
        self.product = self.pick(self.phrases["slots"]["product"])
        background = [self.phrase("context")] if self.random.random() < 0.6 else []
        if self.random.random() < 0.75:
            background.append(self.settled(label))
        if self.random.random() < 0.35:
            background.append(self.phrase("filler"))
        self.random.shuffle(background)
        at = self.random.randint(0, len(background))
        parts = [
            *background[:at],
            self.fill(self.pick(self.labels[label]["now"])),
            *background[at:],
        ]
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

    def phrase(self, kind: str) -> str:
        """One filled phrase of a kind."""
        return self.fill(self.pick(self.phrases[kind]))

    def pick(self, options: Sequence[str]) -> str:
        """Any one of them."""
        return self.random.choice(options)

    def fill(self, template: str) -> str:
        """Resolve `(a|b)` from the inside out, then every `{slot}`."""
        while "(" in template:
            template = CHOICE.sub(lambda match: self.pick(match[1].split("|")), template)
        text = re.sub(r"\s+", " ", SLOT.sub(lambda match: self.slot(match[1]), template))
        text = re.sub(r"\s+([.,?])", r"\1", text).strip()
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
    customers = [f"C{number:04}" for number in range(rows // 2)]
    sound = [written(writer, stream.choice(customers)) for _ in range(rows)]
    result = [
        *sound,
        *copies(sound, rows // 48, customers, stream),
        *conflicts(sound, rows // 100, writer),
    ]
    stream.shuffle(result)
    numbered = [replace(row, ticket=f"T{at:05}") for at, row in enumerate(result, 1)]
    return with_bad_rows(numbered, stream)


def new_tickets(rows: int, seed: int) -> list[Ticket]:
    """Tickets that arrived since: sound ones, with ids of their own."""
    writer = Writer(yaml.safe_load(PHRASES.read_text(encoding="utf-8")), random.Random(seed))
    return [replace(written(writer, "new"), ticket=f"N{at:05}") for at in range(1, rows + 1)]


def written(writer: Writer, customer: str) -> Ticket:
    """One sound ticket; labels occur as often as their shares say."""
    shares = [label["share"] for label in writer.labels.values()]
    (label,) = writer.random.choices(list(writer.labels), weights=shares)
    return Ticket("", customer, writer.text(label), label)


def copies(
    rows: Sequence[Ticket], count: int, customers: Sequence[str], stream: random.Random
) -> list[Ticket]:
    """The same text from another customer, some in other case or spacing."""
    changes = (str, str.lower, str.upper, lambda text: text.replace(" ", "  "))
    return [
        replace(row, customer=stream.choice(customers), text=stream.choice(changes)(row.text))
        for row in stream.sample(rows, count)
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
