"""Files larger than memory: read in blocks they hold what they hold when read whole."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest
from tests.small_task import GOAL, rows, write

from rungwise import Project
from rungwise.data import blocks, spool, stored
from rungwise.data.formats import read_file
from rungwise.data.near import find
from rungwise.data.raw import Raw
from rungwise.errors import DataError
from rungwise.progress import Silent
from rungwise.records import to_json

Item = TypeVar("Item")
CELLS = (
    "plain", "", "two words", '"quoted, with a comma"', '"said ""so"""', '"over\ntwo lines"',
    '"over\r\nthree\n\nlines"', "naïve — 東京", '"a,b\n,c"', "5' tall",
)  # fmt: skip
ODD = ('stray "quote inside', '"opens and never closes', "too,many,cells,here", "")


def delimited(seed: int, odd: float) -> str:
    """A hundred rows of three cells, some over several lines; a share of lines that are no rows."""
    draw = random.Random(seed)
    lines = ["id,text,label"]
    for number in range(100):
        if draw.random() < odd:
            lines.append(draw.choice(ODD))
        lines.append(f"r{number},{draw.choice(CELLS)},{draw.choice(CELLS)}")
    return "\n".join(lines) + "\n" * draw.randrange(3)


def objects(seed: int) -> str:
    draw = random.Random(seed)
    lines = []
    for number in range(200):
        row = {"text": draw.choice(CELLS), "label": draw.choice("ab"), "n": number / 7}
        lines.append(json.dumps(row, ensure_ascii=bool(number % 2)))
        if draw.random() < 0.05:
            lines.append(
                draw.choice(
                    [
                        "",
                        "{",
                        "[1]",
                        '{"text": {"a": 1}, "label": ["b"]}',
                        '{"text": NaN}',
                        '{"text": "\\ud800"}',
                    ]
                )
            )
    return "\n".join(lines)


def same(one: Raw, other: Raw) -> None:
    assert one.cells.equals(other.cells)
    assert one.lines.equals(other.lines)
    assert one.bad.equals(other.bad)
    assert one.assumptions == other.assumptions
    assert one.inside.equals(other.inside)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every file is large, and nothing is small enough to be held whole."""
    monkeypatch.setattr(blocks, "LARGE", 1)
    monkeypatch.setattr(blocks, "BLOCK", 700)
    monkeypatch.setattr(spool, "BATCH", 5000)
    monkeypatch.setattr(stored, "BATCH", 5000)
    monkeypatch.setattr(stored, "LARGE", 1)
    return monkeypatch


@pytest.mark.parametrize("odd", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(12))
def test_delimited_text(
    tmp_path: Path, small_blocks: pytest.MonkeyPatch, seed: int, odd: float
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimited(seed, odd), encoding="utf-8", newline="")
    whole, digest = read_file(path, "a.csv", [])
    for size in (150, 700, 5000):
        small_blocks.setattr(blocks, "BLOCK", size)
        found, its = read_file(path, "a.csv", [], cache=tmp_path / f"cache{size}")
        assert its == digest
        same(found, whole)


@pytest.mark.parametrize("seed", range(6))
def test_json_lines(tmp_path: Path, small_blocks: pytest.MonkeyPatch, seed: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(objects(seed), encoding="utf-8")
    same(read_file(path, "a", [], cache=tmp_path / "c")[0], read_file(path, "a", [])[0])


def test_tabs_whose_quotation_marks_are_text(
    tmp_path: Path, small_blocks: pytest.MonkeyPatch
) -> None:
    lines = [f"r{n}\tplain {n}\ta" for n in range(200)]
    lines[150] = 'r150\t"never closed\tb'
    path = tmp_path / "a.tsv"
    path.write_text("\n".join(["id\ttext\tlabel", *lines]), encoding="utf-8")
    found = read_file(path, "a", [], cache=tmp_path / "c")[0]
    assert found.cells["text"][150] == '"never closed'
    same(found, read_file(path, "a", [])[0])


def test_parquet(tmp_path: Path, small_blocks: pytest.MonkeyPatch) -> None:
    table = pl.DataFrame(
        {
            "text": [f"text {n}" for n in range(300)],
            "score": [n / 8 for n in range(300)],
            "seen": [None if n % 3 else n % 2 == 0 for n in range(300)],
            "list": [[n] for n in range(300)],
        }
    )
    table.write_parquet(tmp_path / "a.parquet", row_group_size=37)
    found = read_file(tmp_path / "a.parquet", "a", [], cache=tmp_path / "c")[0]
    same(found, read_file(tmp_path / "a.parquet", "a", [])[0])


def test_another_encoding_is_read_whole_and_said(
    tmp_path: Path, small_blocks: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text,label\ncafé,a\n".encode("utf-16"))
    heard = Hearing()
    found = read_file(path, "a.csv", [], cache=tmp_path / "c", progress=heard)[0]
    assert found.cells["text"].to_list() == ["café"]
    assert heard.said[0].startswith("a.csv is not UTF-8, so it is read whole")


class Hearing(Silent):
    """Keeps what is said, and is interrupted where it is told to be."""

    def __init__(self, interrupted_after: int | None = None) -> None:
        self.said: list[str] = []
        self.after = interrupted_after

    def say(self, message: str) -> None:
        self.said.append(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        for number, item in enumerate(items):
            if number == self.after:
                raise KeyboardInterrupt
            yield item


def test_an_interrupted_reading_resumes(tmp_path: Path, small_blocks: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "a.csv", tmp_path / "cache"
    path.write_text(delimited(3, 0.05), encoding="utf-8", newline="")
    with pytest.raises(KeyboardInterrupt):
        read_file(path, "a.csv", [], cache=cache, progress=Hearing(3))
    kept = {piece: piece.stat().st_mtime_ns for piece in sorted(cache.glob("*/*.arrow"))}
    assert len(kept) == 3
    heard = Hearing()
    found = read_file(path, "a.csv", [], cache=cache, progress=heard)[0]
    same(found, read_file(path, "a.csv", [])[0])
    done = sum(len(pl.read_ipc(piece)) for piece in kept)
    assert f"{done:,} rows of a.csv were read before: reading goes on behind them." in heard.said
    assert {piece: piece.stat().st_mtime_ns for piece in kept} == kept
    assert len(list(cache.glob("*/*.arrow"))) > 3

    # A file that was edited since is another file, and what is there is not used for it.
    path.write_text(delimited(4, 0.05), encoding="utf-8", newline="")
    same(read_file(path, "a.csv", [], cache=cache)[0], read_file(path, "a.csv", [])[0])


def test_an_interrupted_init_resumes_and_a_refused_one_leaves_nothing(
    tmp_path: Path, small_blocks: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path / "requests.csv")
    with pytest.raises(KeyboardInterrupt):
        Project.init(tmp_path / "task", data=data, goal=GOAL, progress=Hearing(3))
    heard = Hearing()
    Project.init(tmp_path / "task", data=data, goal=GOAL, progress=heard)
    assert any("were read before" in one for one in heard.said)
    with pytest.raises(DataError):
        Project.init(tmp_path / "other", data=data, goal=GOAL, columns={"label": "absent"})
    assert {one.name for one in tmp_path.iterdir()} == {"requests.csv", "task"}


def test_rows_that_are_done_are_told(tmp_path: Path, small_blocks: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "x,a\n" * 4000, encoding="utf-8")
    heard = Hearing()
    read_file(path, "a.csv", [], cache=tmp_path / "c", progress=heard)
    told = [one for one in heard.said if "rows are read" in one]
    # Of 700 bytes behind the header 175 rows of four bytes; the last waits for the next block.
    assert told[0] == "  a.csv: 1,749 rows are read, 44 % of the file."
    assert len(told) == 2


def test_split_and_audits_are_the_same(tmp_path: Path, small_blocks: pytest.MonkeyPatch) -> None:
    content = [*rows(), *rows()[:150], ("refund order 1841", "delivery"), ("", "access")]
    data = write(tmp_path / "requests.csv", content)

    def made(folder: str) -> Project:
        return Project.init(tmp_path / folder, data=data, goal=GOAL)

    blockwise = made("blockwise")
    assert (blockwise.folder / ".rungwise" / "cache" / "read").is_dir()
    record, findings = blockwise.split(), blockwise.audit()
    assert (blockwise.folder / ".rungwise" / "cache" / "parts").is_dir()
    assert blockwise.verify().objects
    small_blocks.undo()
    whole = made("whole")
    expected = whole.split()
    assert (record.rows, record.numbers) == (expected.rows, expected.numbers)
    assert record.assumptions == expected.assumptions
    for part in ("train", "validation", "test", "quarantine"):
        one, other = (p._workspace.part(part) for p in (blockwise, whole))
        assert one.equals(other)
    told = {one.code: to_json(one) for one in whole.audit()}
    assert {one.code: to_json(one) for one in findings} == told


def test_long_texts_are_compared_by_their_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "ROOM", 40_000)
    draw = random.Random(8)
    words = ["".join(draw.choices("bcdfghklmnprst", k=6)) for _ in range(3000)]
    texts = [" ".join(draw.choices(words, k=100)) for _ in range(200)]
    edited = [texts[n].replace(" ", " so ", 1) for n in range(20)]
    elsewhere = [" ".join(draw.choices(words, k=60)) + texts[n][300:] for n in range(20, 40)]
    heard = Hearing()
    found = find.near_pairs(pl.Series([*texts, *edited, *elsewhere]), "fast", heard)
    assert "first 166 characters of each" in heard.said[0]
    assert {(min(pair), max(pair)) for pair in found.rows().tolist()} == {
        (n, 200 + n) for n in range(20)
    }


SCRIPT = """
import sys, threading, time
from pathlib import Path
import polars as pl
from rungwise import Project
from rungwise.audits import hidden_groups
from rungwise.data import blocks, spool, stored
from rungwise.data.languages import languages
from rungwise.data.near import find

hidden_groups.ROWS = 200
blocks.LARGE, blocks.BLOCK = 1 << 22, 1 << 20
spool.BATCH = stored.BATCH = 1 << 20
stored.LARGE, find.ROOM = 1 << 22, 1 << 20
folder, peak = Path(sys.argv[1]), 0

def held():
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) * 1024

def watch():
    global peak
    while True:
        peak = max(peak, held())
        time.sleep(0.01)

number = pl.int_range(6_000, eager=True).alias("n")
words = " ".join(f"word{n % 97}" for n in range(1_500))
text = pl.format("Number {}: {} and {}", "n", pl.lit(words), pl.col("n") * 7)
label = pl.format("intent {}", pl.col("n") % 7)
file = folder / "long.csv"
with file.open("wb") as out:
    for part in range(0, 6_000, 1_000):
        some = number[part : part + 1_000].to_frame()
        some = some.select(text.alias("text"), label.alias("label"))
        some.write_csv(out, include_header=part == 0)
size = file.stat().st_size
small = folder / "small.csv"
number.to_frame().select(
    pl.format("Number {}", "n").alias("text"), label.alias("label")
).write_csv(small)

def run(name, data):
    goal = "Route them to seven teams with at least 80 percent accuracy"
    project = Project.init(folder / name, data=data, goal=goal, settings=("data.depth=fast",))
    project.split()
    return project.audit(rows=False)

run("warm", small)
languages(pl.Series(["Its tables are no rows of the file, and short texts do not ask for them."]))
before = held()
threading.Thread(target=watch, daemon=True).start()
run("cold", file)
print(size, peak - before)
"""


def test_memory_stays_below_the_size_of_the_file(tmp_path: Path) -> None:
    """Splitting and auditing 60 MB in blocks of 1 MB: anonymous memory, no pages of files."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs Linux to measure memory")
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    size, growth = map(int, ran.stdout.split())
    assert size > 60_000_000
    assert growth < size
