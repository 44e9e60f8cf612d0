"""`python -m benchmarks.serving --release demo/tickets/releases/v1.0`.

With `--folder` each part is written down when it is done, and not measured again.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import shutil
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.serving import schema
from benchmarks.serving.load import (
    TEXT,
    Load,
    closed,
    naive,
    naive_torch,
    opened_loop,
    ours,
    processor,
    running,
    terminated,
)  # fmt: skip
from rungwise.files import write_text
from rungwise.release.build import build
from rungwise.release.manifest import contents
from rungwise.release.package import Package

CONNECTIONS = 32
SWAPS = 50
TIGHT = 1.3
"""Deadline under overload, in uncongested p99: what a client adds comes on top."""
ONNX = "one request, one forward (ONNX)"
TORCH = "one request, one forward (PyTorch)"


def main() -> None:
    """Print each line as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--swap-requests", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=10_000, help="Of schemathesis.")
    parser.add_argument("--folder", type=Path, help="Where parts that are done are kept.")
    parser.add_argument("--only", choices=("throughput", "overload", "swaps", "schema"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    release = given.release.resolve()
    parts: dict[str, Callable[[], list[dict[str, object]]]] = {
        "throughput": lambda: throughput(release, given.requests, given.repeats),
        "overload": lambda: overload(release, given.requests, given.repeats),
        "swaps": lambda: swaps(release, given.swap_requests),
        "schema": lambda: [schema.measure(release, given.cases)],
    }
    for name, measure in parts.items():
        if given.only in (None, name):
            for line in _kept(given.folder, name, measure):
                told = "  ".join(f"{key}={value}" for key, value in line.items())
                print(json.dumps(line) if given.json else told, flush=True)


def _kept(
    folder: Path | None, name: str, measure: Callable[[], list[dict[str, object]]]
) -> list[dict[str, object]]:
    """The lines of a part: those that were written down, or else measured now."""
    if folder is None:
        return measure()
    path = folder / f"{name}.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(measure()))
    lines: list[dict[str, object]] = json.loads(path.read_text())
    return lines


def throughput(release: Path, requests: int, repeats: int) -> list[dict[str, object]]:
    """Answers a second and p99 of 32 connections, ours and two naive endpoints in turns."""
    servers = {"ours": ours(release), ONNX: naive(release), TORCH: naive_torch()}
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(repeats):
        for name, command in servers.items():
            with running(command) as (port, process):
                asyncio.run(closed(port, CONNECTIONS, 200))
                before = processor(process)
                load = asyncio.run(closed(port, CONNECTIONS, requests))
                load.processor = processor(process) - before
                loads[name].append(load)
    read = {
        "answers a second": lambda load: load.rate,
        "p99 seconds": lambda load: load.percentile(0.99),
        "processor ms an answer": lambda load: 1000 * load.processor / requests,
    }
    lines: list[dict[str, object]] = []
    for metric, of in read.items():
        found = {name: statistics.median(map(of, each)) for name, each in loads.items()}
        for peer in (ONNX, TORCH):
            better = found["ours"] / found[peer]
            ratio = better if metric == "answers a second" else 1 / better
            lines.append(
                {"workload": "32 connections, 32 tokens", "metric": metric,
                 "ours": round(found["ours"], 4), "peer": round(found[peer], 4),
                 "peer_name": peer, "ratio": round(ratio, 2)}
            )  # fmt: skip
    return lines


def overload(release: Path, requests: int, repeats: int) -> list[dict[str, object]]:
    """The median of some loads of twice what can be answered, by p99."""
    found = [_overload(release, requests) for _ in range(repeats)]
    found.sort(key=lambda line: float(str(line["ours"])))
    ratios = [line["ours"] for line in found]
    return [{**found[len(found) // 2], "each": ratios}]


def _overload(release: Path, requests: int) -> dict[str, object]:
    """Twice what can be answered: who is refused how, and how long the others wait."""
    with running(ours(release)) as (port, _):
        asyncio.run(closed(port, CONNECTIONS, 200))
        full = asyncio.run(closed(port, CONNECTIONS, requests))
        calm = asyncio.run(opened_loop(port, 0.5 * full.rate, requests))
    with running(ours(release, deadline=TIGHT * calm.percentile(0.99))) as (port, _):
        asyncio.run(closed(port, CONNECTIONS, 200))
        load = asyncio.run(opened_loop(port, 2 * full.rate, 2 * requests))
    other = [code for code in load.status if code not in (200, 429)]
    return {
        "workload": "2x overload", "metric": "p99 of admitted over uncongested",
        "ours": round(load.percentile(0.99) / calm.percentile(0.99), 2),
        "uncongested": round(calm.percentile(0.99), 4), "answered": load.status.count(200),
        "refused": load.status.count(429), "without Retry-After": load.retry.count(""),
        "failed": len(other),
    }  # fmt: skip


def swaps(release: Path, requests: int) -> list[dict[str, object]]:
    """50 changes of release and 5 rollbacks while texts of many lengths are answered, then the end.

    Memory is read after a tenth of the requests and after all. At the end the process is asked to
    terminate in the middle of a load: an answer is lost if its request had been sent and its
    connection was not refused.
    """
    texts = [" ".join(TEXT.split()[: 1 + 7 * n % 33] * (1 + n % 4)) for n in range(64)]
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder) / "releases"
        for version in ("v1.0", "v1.1"):
            _copy(release, releases, version)
        with running(ours(releases / "v1.0", deadline=60)) as (port, process):
            for version in ("v1.1", "v1.0"):  # both are loaded when memory is read first
                _asked(port, "release", {"release": version})
            first = asyncio.run(closed(port, CONNECTIONS, requests // 10, texts))
            early, seconds, failed = process.memory_info().rss, [], []
            pause = 0.8 * requests * first.wall / (requests // 10) / SWAPS

            def change() -> None:
                for number in range(SWAPS):
                    if not _asked(port, "release", {"release": f"v1.{1 - number % 2}"}):
                        failed.append(number)
                    if number % 10 == 9:
                        began = time.perf_counter()
                        _asked(port, "rollback", {})
                        seconds.append(time.perf_counter() - began)
                    time.sleep(pause)

            changes = threading.Thread(target=change)
            changes.start()
            load = asyncio.run(closed(port, CONNECTIONS, requests - requests // 10, texts))
            changes.join()
            late = process.memory_info().rss
            lost = asyncio.run(terminated(port, process, CONNECTIONS))
    load.status += first.status
    load.releases += first.releases
    answered = [header for header, _ in load.releases]
    shared = {"workload": f"{SWAPS} swaps in {requests} requests"}
    return [
        {**shared, "metric": "failures", "v1.0": answered.count("v1.0"),
         "ours": len(failed) + len(load.status) - load.status.count(200),
         "mixed": sum(header != body for header, body in load.releases),
         "v1.1": answered.count("v1.1")},
        {**shared, "metric": "rollback, slowest seconds", "ours": round(max(seconds), 3)},
        {**shared, "metric": "memory at the end over that after a tenth",
         "ours": round(late / early, 3)},
        {**shared, "metric": "SIGTERM: answers lost", "ours": lost},
    ]  # fmt: skip


def _asked(port: int, what: str, body: dict[str, str]) -> bool:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/admin/{what}", json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(asked) as reply:
        return bool(reply.status == 200)


def _copy(release: Path, releases: Path, version: str) -> None:
    manifest = Package(release).manifest
    assert manifest is not None, "a release has a manifest"

    def export(folder: Path) -> None:
        for name in contents(release):
            if name in manifest.files and name != "README.md":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(release / name, folder / name)

    build(releases, dataclasses.replace(manifest, version=version), export, "")


if __name__ == "__main__":
    main()
