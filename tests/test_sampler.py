"""The writer of the sample: bounded, unbiased, redacted, and never in the way of an answer."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rungwise.policy import MonitoringPolicy
from rungwise.sample import Requests, opened, read, segments
from rungwise.sample.sampler import Sampler

START = datetime(2026, 12, 1, 6, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]


def requests(count: int, start: int = 0, rare: int = 50, day: int = 0, **more: object) -> Requests:
    """Every `rare`th is answered with the rare label, with little confidence."""
    numbers = range(start, start + count)
    odd = [number % rare == 0 for number in numbers]
    given: dict[str, object] = {
        "version": "v1.0",
        "source": "serve",
        "texts": [f"text {number}" for number in numbers],
        "answers": ["rare" if one else "usual" for one in odd],
        "sizes": [1 + number % 7 for number in numbers],
        "ids": [f"r{number}" for number in numbers],
        "times": [START + timedelta(days=day, seconds=number) for number in numbers],
        "confidence": np.array([0.4 if one else 0.95 for one in odd], np.float32),
        "classes": ("rare", "usual"),
    }
    return Requests(**(given | more))  # type: ignore[arg-type]


def sampler(folder: Path, seed: int = 0, **policy: int) -> Sampler:
    return Sampler(folder, MonitoringPolicy(**policy), seed, pause=0.05)


def kept(folder: Path, offered: list[Requests], seed: int = 0, **policy: int) -> pl.DataFrame:
    writer = sampler(folder, seed, **policy)
    for one in offered:
        writer.add(one)
    writer.close()
    return read(folder)


def test_few_requests_are_all_kept_as_they_were(tmp_path: Path) -> None:
    shares = np.array([[0.25, 0.75]] * 3, np.float32)
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    given = requests(3, probabilities=shares, embeddings=vectors, review=[True, False, False])
    rows = kept(tmp_path, [given])
    assert rows["id"].to_list() == ["r0", "r1", "r2"]
    assert rows["embedding"].to_list() == vectors.tolist()
    assert rows["probabilities"].to_list() == shares.tolist()
    assert rows["review"].to_list() == [True, False, False]
    assert rows["weight"].to_list() == [1.0, 1.0, 1.0]
    assert rows["uniform"].all()
    assert rows["time"][2] == START + timedelta(seconds=2)
    assert set(rows["version"]) == {"v1.0"}


def test_sums_by_weight_are_unbiased_and_the_even_part_ignores_answers(tmp_path: Path) -> None:
    total, rare, even, sizes = [], [], [], []
    for seed in range(60):
        rows = kept(tmp_path / str(seed), [requests(4000)], seed, sample_rows=50, class_rows=60)
        total.append(rows["weight"].sum())
        rare.append(rows.filter(answer="rare")["weight"].sum())
        even.append(rows.filter("uniform").select((pl.col("answer") == "rare").mean()).item())
        sizes.append(len(rows))
    for values, truth in ((total, 4000), (rare, 80), (even, 0.02)):
        drawn = np.array(values, np.float64)
        error = drawn.std() / np.sqrt(len(drawn))
        assert abs(drawn.mean() - truth) < 4 * error
    # The even part: rows × (1 + ln(n / rows)) = 50 × (1 + ln 80) = 269; the strata as much again.
    assert 220 < np.mean(sizes) < 600
    # The strata make rare answers less rare: 2 % of the requests, but many more kept rows.
    assert (
        np.mean([read(tmp_path / str(seed))["answer"].eq("rare").mean() for seed in (1, 2)]) > 0.1
    )


def test_what_is_kept_does_not_depend_on_how_requests_come(tmp_path: Path) -> None:
    whole = kept(tmp_path / "whole", [requests(600)], sample_rows=20)
    pieces = [requests(50, start) for start in range(0, 600, 50)]
    assert kept(tmp_path / "pieces", pieces, sample_rows=20).equals(whole)
    assert not kept(tmp_path / "other", [requests(600)], seed=1, sample_rows=20).equals(whole)


def test_personal_values_do_not_touch_the_disk(tmp_path: Path) -> None:
    texts = ["Write to ada@example.com", "I am Anna Kowalska, call +48 601 234 567", "fine"]
    answers = ["usual", "Dear Anna Kowalska, ada@example.com", "rare"]
    names = ["1", "ada@example.com", "3"]
    given = requests(3, texts=texts, answers=answers, ids=names)
    rows = kept(tmp_path, [given])
    assert rows["text"].to_list() == ["Write to <EMAIL>", "I am <NAME>, call <PHONE>", "fine"]
    assert rows["answer"].to_list() == ["usual", "Dear <NAME>, <EMAIL>", "rare"]
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    parts = pl.read_parquet(path).select(pl.all().exclude("time").cast(pl.String, strict=False))
    assert not {"ada@", "Kowalska", "601"} & set(" ".join(map(str, parts.rows())).split())
    assert b"ada@example.com" not in path.read_bytes()


def test_only_kept_requests_are_embedded_and_a_broken_encoder_costs_the_vector(
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    def embed(texts: object) -> np.ndarray:
        asked.extend(texts)  # type: ignore[arg-type]
        return np.ones((len(texts), 4), np.float32)  # type: ignore[arg-type]

    rows = kept(tmp_path / "a", [requests(2000, embed=embed)], sample_rows=30, class_rows=0)
    assert len(asked) == len(rows) < 300
    assert rows["embedding"].list.len().unique().to_list() == [4]

    def broken(texts: object) -> np.ndarray:
        raise ValueError("no encoder")

    writer = sampler(tmp_path / "b")
    writer.add(requests(5, embed=broken))
    writer.close()
    assert read(tmp_path / "b")["embedding"].null_count() == 5
    assert (writer.counts.kept, writer.counts.failures) == (5, 1)


def test_a_full_disk_fails_nothing_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = sampler(tmp_path)
    write, full = segments.write, [True]

    def fails(*arguments: object) -> Path:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(segments, "write", fails)
    writer.offer(requests(10))
    until = time.monotonic() + 20
    while not writer.counts.failures and time.monotonic() < until:
        time.sleep(0.02)
    assert "No space left" in writer.counts.last
    full[0] = False  # and as soon as there is room, nothing is missing
    writer.close()
    assert len(read(tmp_path)) == 10
    assert (writer.counts.offered, writer.counts.kept, writer.counts.lost) == (10, 10, 0)
    assert writer.counts.last == ""


@pytest.mark.parametrize("broken", ["file", "rows"])
def test_nothing_that_is_wrong_with_a_sample_raises(tmp_path: Path, broken: str) -> None:
    place = tmp_path / "sample"
    if broken == "file":
        place.write_text("a file in place of the folder")
    writer = sampler(place)
    writer.offer(requests(4, answers=["usual"] if broken == "rows" else ["usual"] * 4))
    writer.close()
    assert writer.counts.failures >= 1
    assert writer.counts.last
    assert read(place).is_empty()


def test_threads_share_a_writer_and_processes_share_a_folder(tmp_path: Path) -> None:
    one, two = sampler(tmp_path), sampler(tmp_path)
    pieces = [requests(25, start) for start in range(0, 1000, 25)]
    halves = [(one, pieces[0::4]), (two, pieces[1::4]), (one, pieces[2::4]), (two, pieces[3::4])]
    threads = [
        threading.Thread(target=lambda w=w, p=p: [w.offer(each) for each in p]) for w, p in halves
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for writer in (one, two):
        writer.close()
        assert (writer.counts.offered, writer.counts.lost) == (500, 0)
    found = opened(tmp_path)
    assert len(found.rows) == one.counts.kept + two.counts.kept
    assert found.said == ()
    assert found.rows["weight"].sum() == pytest.approx(1000, rel=0.25)


def test_the_oldest_days_make_room(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 500)).astype(np.float32)
    days = [requests(200, day=day, embeddings=vectors) for day in range(6)]  # .4 MB each
    rows = kept(tmp_path, days, sample_megabytes=1)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.parquet")) <= 1_000_000
    assert rows["time"].dt.date().max() == (START + timedelta(days=5)).date()
    assert rows["time"].dt.date().n_unique() == 2


WRITES = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.test_sampler import requests, sampler
writer = sampler(Path(sys.argv[1]))
start = 0
while True:
    writer.offer(requests(20, start))
    start += 20
    time.sleep(0.005)
"""


def test_after_a_kill_all_files_are_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path), str(ROOT)]
    with subprocess.Popen(command) as process:
        until = time.monotonic() + 60
        while not list(tmp_path.rglob("*.parquet")) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
    found = opened(tmp_path)
    assert len(found.rows) > 0
    assert found.torn == ()


def test_the_writer_loads_no_training_stack() -> None:
    code = (
        "import sys, tempfile; from tests.test_sampler import *;"
        "kept(Path(tempfile.mkdtemp()), [requests(3)]);"
        "print({'torch', 'sklearn', 'transformers', 'scipy'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert told.stdout.strip() == "set()", told.stderr
