"""`python -m benchmarks.serving --release demo/tickets/releases/v1.0`."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import shutil
import statistics
import tempfile
import threading
import urllib.request
from pathlib import Path

from benchmarks.serving.load import Load, closed, naive, opened_loop, ours, processor, running
from rungwise.release.build import build
from rungwise.release.manifest import contents
from rungwise.release.package import Package

CONNECTIONS = 32
SWAPS = 50


def main() -> None:
    """Print each line as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--swap-requests", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    release = given.release.resolve()
    for line in (
        *throughput(release, given.requests, given.repeats),
        *overload(release, given.requests),
        swaps(release, given.swap_requests),
    ):
        print(json.dumps(line) if given.json else "  ".join(f"{k}={v}" for k, v in line.items()))


def throughput(release: Path, requests: int, repeats: int) -> list[dict[str, object]]:
    """Answers a second and p99 of 32 connections, ours and naive in turns."""
    loads: dict[str, list[Load]] = {"ours": [], "naive": []}
    for _ in range(repeats):
        for name, command in (("ours", ours(release)), ("naive", naive(release))):
            with running(command) as (port, process):
                asyncio.run(closed(port, CONNECTIONS, 200))
                before = processor(process)
                load = asyncio.run(closed(port, CONNECTIONS, requests))
                load.processor = processor(process) - before
                loads[name].append(load)
    rates = {name: statistics.median(load.rate for load in each) for name, each in loads.items()}
    late = {
        name: statistics.median(load.percentile(0.99) for load in each)
        for name, each in loads.items()
    }
    shared = {"workload": "32 connections, 32 tokens", "peer_name": "one request, one forward"}
    faster, sooner = rates["ours"] / rates["naive"], late["naive"] / late["ours"]
    rate = {"ours": round(rates["ours"], 1), "peer": round(rates["naive"], 1)}
    seconds = {"ours": round(late["ours"], 4), "peer": round(late["naive"], 4)}
    spent = {
        name: statistics.median(1000 * load.processor / requests for load in each)
        for name, each in loads.items()
    }
    used = {"ours": round(spent["ours"], 2), "peer": round(spent["naive"], 2)}
    cheaper = spent["naive"] / spent["ours"]
    return [
        {**shared, "metric": "processor ms an answer", **used, "ratio": round(cheaper, 2)},
        {**shared, "metric": "answers a second", **rate, "ratio": round(faster, 2)},
        {**shared, "metric": "p99 seconds", **seconds, "ratio": round(sooner, 2)},
    ]


def overload(release: Path, requests: int) -> list[dict[str, object]]:
    """Twice what can be answered: who is refused how, and how long the others wait."""
    with running(ours(release)) as (port, _):
        asyncio.run(closed(port, CONNECTIONS, 200))
        full = asyncio.run(closed(port, CONNECTIONS, requests))
        calm = asyncio.run(opened_loop(port, 0.5 * full.rate, requests))
    with running(ours(release, deadline=calm.percentile(0.99))) as (port, _):
        asyncio.run(closed(port, CONNECTIONS, 200))
        load = asyncio.run(opened_loop(port, 2 * full.rate, 2 * requests))
    other = [code for code in load.status if code not in (200, 429)]
    return [
        {
            "workload": "2x overload", "metric": "p99 of admitted over uncongested",
            "ours": round(load.percentile(0.99) / calm.percentile(0.99), 2),
            "uncongested": round(calm.percentile(0.99), 4), "answered": load.status.count(200),
            "refused": load.status.count(429), "without Retry-After": load.retry.count(""),
            "failed": len(other),
        }
    ]  # fmt: skip


def swaps(release: Path, requests: int) -> dict[str, object]:
    """50 changes of release while requests are answered."""
    with tempfile.TemporaryDirectory() as folder:
        releases = Path(folder) / "releases"
        for version in ("v1.0", "v1.1"):
            _copy(release, releases, version)
        with running(ours(releases / "v1.0", deadline=60)) as (port, _):
            ended, failed = threading.Event(), []

            def change() -> None:
                for number in range(SWAPS):
                    body = json.dumps({"release": f"v1.{1 - number % 2}"}).encode()
                    asked = urllib.request.Request(
                        f"http://127.0.0.1:{port}/v1/admin/release", body,
                        {"Content-Type": "application/json"},
                    )  # fmt: skip
                    with urllib.request.urlopen(asked) as reply:
                        if reply.status != 200:
                            failed.append(number)
                    ended.wait(0.05)

            changes = threading.Thread(target=change)
            changes.start()
            load = asyncio.run(closed(port, CONNECTIONS, requests))
            changes.join()
    answered = [header for header, _ in load.releases]
    return {
        "workload": f"{SWAPS} swaps in {requests} requests", "metric": "failures",
        "ours": len(failed) + len(load.status) - load.status.count(200),
        "mixed": sum(header != body for header, body in load.releases),
        "v1.0": answered.count("v1.0"), "v1.1": answered.count("v1.1"),
    }  # fmt: skip


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
