"""The requests of the quarter, and what people say of them.

    send     a week of tickets to a server, over HTTP; what was wanted is noted for later
    label    fill in a review file as people would: with what was wanted
    rows     tickets that people have labelled, to refresh with

Until week 4 they come from the customers of the test part, whose words the model has not learnt:
production is as the test was. From week 5 on some are German: the shop has opened in Austria, and
nobody has told the model.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import urllib.request
from pathlib import Path

import polars as pl
import yaml

from rungwise import Project

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.tickets.make_data import PHRASES, Ticket, Writer, new_tickets, write

GERMAN = Path(__file__).with_name("german.yaml")
SHIFT, SHARE = 5, 0.5
"""The week from which on so many of the tickets are German."""
TRUTH = "truth.csv"
"""What was wanted in each ticket; people find it out by reading."""
AT_ONCE = 20
"""Tickets in one request."""


def german(rows: int, seed: int) -> list[Ticket]:
    """Labelled German tickets."""
    told = yaml.safe_load(GERMAN.read_text(encoding="utf-8"))
    stream = random.Random(seed)
    made = []
    for place in range(rows):
        label = stream.choice(list(told["labels"]))
        lines = stream.sample(told["labels"][label], 1 + (stream.random() < 0.5))
        text = " ".join([stream.choice(told["openings"]), *lines, stream.choice(told["closings"])])
        text = text.replace("{thing}", stream.choice(told["things"]))
        text = text.replace("{number}", f"#{stream.randint(10_000, 99_999)}").strip()
        made.append(Ticket(f"A{place:05}", f"A{place // 2:04}", text, label))
    return made


def as_tested(project: Path, rows: int, seed: int) -> list[Ticket]:
    """New tickets of the test part's customers, each in words of its own or in anybody's."""
    stream = random.Random(seed)
    writer = Writer(yaml.safe_load(PHRASES.read_text(encoding="utf-8")), stream)
    wordings = {(one.customer, one.label): one for one in writer.wordings()}
    digest = Project(project).log("split")[0].payload["test_inputs"]
    tested = pl.read_parquet(project / ".rungwise" / "objects" / digest[:2] / digest[2:])
    learnt = pl.read_csv(project / "questions.csv", infer_schema=False)
    known = tested.select("id", "group").join(learnt, left_on="id", right_on="ticket")
    asked = stream.choices(known.select("group", "label").rows(), k=rows)
    return [
        Ticket(
            "", customer, writer.text(wordings.get((customer, label)) or wordings["", label]), label
        )
        for customer, label in asked
    ]


def week(project: Path, number: int, rows: int) -> list[Ticket]:
    """The tickets of a week, in random order."""
    later = round(rows * SHARE) if number >= SHIFT else 0
    made = [*as_tested(project, rows - later, 100 + number), *german(later, 200 + number)]
    random.Random(number).shuffle(made)
    return [
        Ticket(f"w{number:02}-{at:04}", row.customer, row.text, row.label)
        for at, row in enumerate(made)
    ]


def send(project: Path, port: int, number: int, rows: int) -> None:
    """Ask the server for each ticket, and note what was wanted."""
    tickets, right, version = week(project, number, rows), 0, ""
    for start in range(0, rows, AT_ONCE):
        part = tickets[start : start + AT_ONCE]
        body = {"input": [one.text for one in part], "ids": [one.ticket for one in part]}
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/predict", json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(asked) as reply:
            answer = json.load(reply)
        version = answer["release"]
        labels = [each["label"] for each in answer["answers"]]
        right += sum(label == one.label for label, one in zip(labels, part, strict=True))
    with (project / TRUTH).open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((one.ticket, one.label) for one in tickets)
    print(
        f"Week {number}: {rows} tickets answered by {version}. "
        f"(What nobody knows yet: {right / rows:.0%} of the answers are right.)"
    )


def label(review: Path, truth: Path, by: str) -> None:
    """Write what was wanted into a review file, in the name of whoever read the tickets."""
    with truth.open(encoding="utf-8", newline="") as file:
        wanted = dict(csv.reader(file))
    with review.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["label"], row["by"] = wanted.get(row["id"], ""), by
    with review.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    print(f"{by} labelled {sum(bool(row['label']) for row in rows)} of {len(rows)} tickets")


def rows(output: Path, count: int) -> None:
    """Labelled tickets of the new world: as many German ones as others."""
    made = [*new_tickets(count // 2, 300), *german(count - count // 2, 301)]
    random.Random(302).shuffle(made)
    columns = ("ticket", "customer", "text", "label")
    numbered = [(f"R{at:05}", one.customer, one.text, one.label) for at, one in enumerate(made)]
    write(output, columns, numbered)
    print(f"Wrote {len(numbered)} labelled tickets to {output}")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("send", "label", "rows"))
    parser.add_argument("file", type=Path, help="the project, the review file, or the output")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--week", type=int, default=1)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--by", default="Ada Wong")
    given = parser.parse_args()
    if given.what == "send":
        send(given.file, given.port, given.week, given.rows)
    elif given.what == "label":
        label(given.file, given.truth, given.by)
    else:
        rows(given.file, given.rows)


if __name__ == "__main__":
    main()
