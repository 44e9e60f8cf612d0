"""The demo's tickets are what the demo says they are: reproducible, overlapping, and flawed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import yaml
from examples.tickets.make_data import PHRASES, Ticket, Writer, tickets, write_all
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from rungwise import Project
from rungwise.data.normalise import normalised


@pytest.fixture(scope="module")
def made() -> list[Ticket]:
    return tickets(rows=1200, seed=7)


def test_the_same_seed_writes_the_same_tickets(made: list[Ticket]) -> None:
    assert tickets(rows=1200, seed=7) == made
    assert tickets(rows=1200, seed=8) != made


def test_there_are_eight_labels_and_one_is_rare(made: list[Ticket]) -> None:
    counts = Counter(row.label for row in made if row.label)
    assert len(counts) == 8
    rarest, second = sorted(counts.values())[:2]
    assert 40 <= rarest < second


def test_almost_no_two_tickets_read_the_same_by_chance(made: list[Ticket]) -> None:
    """Every repeated text is a planted one: 25 copies and 12 conflicts."""
    texts = [row.text for row in made if row.text]
    assert 30 <= len(texts) - normalised_unique(texts) <= 37


def test_lines_of_ones_own_belong_to_one_customer(made: list[Ticket]) -> None:
    """So the words of most tickets to be answered were in no ticket to learn from."""
    writer = Writer(yaml.safe_load(PHRASES.read_text(encoding="utf-8")), random.Random(7))
    wordings = writer.wordings()
    owners: dict[str, set[str]] = {}
    for one in (one for one in wordings if one.customer):
        for line in one.now:
            owners.setdefault(line, set()).add(one.customer)
    assert len(owners) > 150
    assert all(len(customers) == 1 for customers in owners.values())
    assert {one.customer for one in wordings if one.customer} <= {row.customer for row in made}


def test_counting_words_finds_little(made: list[Ticket]) -> None:
    """A peer's words and word pairs, learnt from some customers, on the tickets of the others."""
    rows = [row for row in made if row.text and row.label]
    customers = sorted({row.customer for row in rows})
    apart = set(customers[::4])
    learnt, asked = ([row for row in rows if (row.customer in apart) == part] for part in (0, 1))
    peer = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), RidgeClassifier(alpha=0.1)
    )
    peer.fit([row.text for row in learnt], [row.label for row in learnt])
    right = peer.score([row.text for row in asked], [row.label for row in asked])
    assert right < 0.8


def test_no_word_gives_a_label_away(made: list[Ticket]) -> None:
    """Words that occur often occur under several labels: a rule on one word must fail."""
    seen: dict[str, Counter[str]] = {}
    for row in made:
        for word in set(row.text.lower().split()):
            seen.setdefault(word, Counter())[row.label] += 1
    frequent = [labels for labels in seen.values() if labels.total() >= 60]
    alone = [labels for labels in frequent if max(labels.values()) / labels.total() > 0.9]
    assert len(frequent) > 50
    assert len(alone) <= 1


def test_every_planted_problem_is_found(made: list[Ticket], tmp_path: Path) -> None:
    write_all(tmp_path, rows=1200, seed=7)
    project = Project.init(
        tmp_path / "tickets",
        data=tmp_path / "questions.csv",
        goal="Route support tickets to eight teams with at least 85 percent accuracy",
        columns={"input": "text", "label": "label", "id": "ticket", "group": "customer"},
    )
    split = project.split()
    assert sorted(split.quarantined.values()) == [2, 3, 3]
    assert sum(split.rows.values()) == len(made) - 8
    found = {finding.code.partition(".")[0]: finding for finding in project.audit()}
    assert found["conflicts"].count >= 10
    assert found["copies"].count >= 20
    assert found["sizes"].severity == "warn"


def normalised_unique(texts: list[str]) -> int:
    import polars as pl

    return normalised(pl.Series(texts)).n_unique()
