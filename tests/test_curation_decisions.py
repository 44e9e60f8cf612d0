"""Files of decisions, and chains of transforms that give the same rows again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.data_made import frame

from rungwise.data import quarantine
from rungwise.data.curation.chain import Curated, apply, replay, vanishing
from rungwise.data.curation.decision_file import read_decisions
from rungwise.data.curation.decisions import SCHEMA
from rungwise.data.curation.record import ACTIONS, Transform
from rungwise.data.stored import parquet, table
from rungwise.errors import DataError
from rungwise.objects import digest_bytes

LABELS = ("a", "b", "c")
WANTED: list[dict[str, Any]] = [
    {"id": "1", "action": "drop", "value": None, "reason": "a test", "by": None, "line": 2},
    {"id": "2", "action": "relabel", "value": "b", "reason": "rule 3", "by": "Ada", "line": 3},
]

JSON = [
    {"id": "1", "action": "drop", "reason": "a test"},
    {"id": "2", "action": "relabel", "label": "b", "reason": "rule 3", "by": "Ada"},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.csv", "id,action,label,reason,by\n1,drop,, a test ,\n2,Relabel,b,rule 3,Ada\n"),
        ("d.tsv", "by\tid\taction\tlabel\treason\n\t1\tdrop\t\ta test\nAda\t2\trelabel\tb\trule 3"),
        ("d.jsonl", "\n" + "\n".join(json.dumps(one) for one in JSON)),
    ],
)
def test_every_format_says_the_same(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_decisions(tmp_path / name).to_dicts() == WANTED


def test_a_yaml_list_counts_its_entries(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(
        "- {id: 1, action: drop, reason: a test}\n"
        "- {id: 2, action: relabel, label: b, reason: rule 3, by: Ada}\n",
        encoding="utf-8",
    )
    lines = [one | {"line": place} for place, one in enumerate(WANTED, 1)]
    assert read_decisions(path).to_dicts() == lines


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,action\n1,drop\n", "no column reason"),
        ("id,action,reason,colour\n1,drop,x,red\n", "unknown column 'colour'"),
        ("id,action,reason\n1,delete,x\n", "Line 2 of d.csv has no known action"),
        ("id,action,reason\n1,drop,x\n2,drop,\n", "Line 3 of d.csv gives no reason"),
        ("id,action,reason\n,drop,x\n", "Line 2 of d.csv names no row"),
        ("id,action,label,reason\n1,relabel,,x\n", "has no new label"),
        ("id,action,label,reason\n1,relabel,a,x\n1,relabel,b,y\n", "Line 3 of d.csv contradicts"),
        ("id,action,label,reason\n1,drop,,x\n1,relabel,b,y\n", "contradicts"),
        ("id,action,reason\n", "no "),
    ],
)
def test_what_cannot_be_applied_is_said_with_its_line(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "d.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_decisions(tmp_path / "d.csv")


@pytest.mark.parametrize("content", ["{", "- 3", "a: b", ""])
def test_yaml_that_is_no_list_of_decisions_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "d.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        read_decisions(tmp_path / "d.yaml")


def test_a_row_may_be_relabelled_and_redacted(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("id,action,label,text,reason\n1,relabel,b,,x\n1,redact,,<NAME> asks,y\n")
    assert read_decisions(path)["value"].to_list() == ["b", "<NAME> asks"]


def parts() -> Curated:
    rows = frame([(f"text {place}", LABELS[place % 3]) for place in range(12)])
    return Curated(rows[:9], rows[9:], quarantine.empty())


decisions = st.lists(
    st.tuples(
        st.sampled_from(["relabel", "redact", "drop"]),
        st.dictionaries(
            st.integers(1, 8).map(str), st.sampled_from([*LABELS, "", "\u202e<A>"]), max_size=4
        ),
    ),
    max_size=5,
)


@given(decisions, st.dictionaries(st.sampled_from("ab"), st.just("c"), max_size=2))
def test_replaying_a_chain_gives_the_same_bytes(
    chosen: list[tuple[str, dict[str, str]]], merges: dict[str, str]
) -> None:
    """Row 9 is never dropped, so that something is left."""
    kept: dict[str, bytes] = {}
    chain: list[Transform] = []
    now = parts()
    for action, about in [*chosen, ("merge", merges)]:
        values = list(about.values()) if action != "drop" else [None] * len(about)
        made = {"id": list(about), "action": action, "value": values, "reason": "x", "by": None}
        content = parquet(pl.DataFrame(made | {"line": None}, SCHEMA))
        kept[digest_bytes(content)] = content
        known = next(one for one in ACTIONS if one == action)
        chain.append(Transform(known, digest_bytes(content), len(about), "test", "parent"))
        now = apply(now, known, table(content))
    again = replay(parts(), chain, lambda digest: table(kept[digest]))
    for name in ("train", "validation", "quarantine"):
        assert parquet(getattr(again, name)) == parquet(getattr(now, name))
    dropped = {row for action, about in chosen if action == "drop" for row in about}
    assert set(now.quarantine["id"]) == dropped
    assert set(now.train["id"]) == {str(row) for row in range(1, 10)} - dropped
    assert not set(merges) & {*now.train["expected"], *now.validation["expected"]}


def test_merged_labels_are_followed_to_their_end() -> None:
    assert vanishing([("a", "b"), ("b", "c")]) == {"a": "c", "b": "c"}
    assert vanishing([("a", "b"), ("b", "a")]) == {"b": "a"}
    assert vanishing([]) == {}
