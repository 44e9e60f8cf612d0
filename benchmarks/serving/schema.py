"""Schemathesis against our own description.

It makes requests from `/openapi.json`, valid ones and others; what the server answered is counted
by the server (`/metrics`).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path

from benchmarks.serving.load import ours, running

REQUESTS = re.compile(r'rungwise_requests_total\{path="([^"]*)",status="(\d+)"\} (\S+)')


def measure(release: Path, cases: int, seed: int = 0) -> dict[str, object]:
    """Cases, and answers by status."""
    counts: Counter[str] = Counter()
    with running(ours(release)) as (port, _):
        url = f"http://127.0.0.1:{port}"
        while sum(counts.values()) < cases:
            with urllib.request.urlopen(f"{url}/openapi.json") as reply:
                methods = [m for path in json.load(reply)["paths"].values() for m in path]
            each = max(10, (cases - sum(counts.values())) // len(methods) + 1)
            command = [
                str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json",
                "--checks", "not_a_server_error", "--max-examples", str(each), "--seed", str(seed),
                "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
            ]  # fmt: skip
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                print(done.stdout[-3000:], file=sys.stderr)
            before, counts = counts, _answered(url)
            seed += 1
            if counts == before:
                break
    failed = sum(count for status, count in counts.items() if status.startswith("5"))
    return {"workload": "schemathesis", "metric": "answers of 5xx", "ours": failed,
            "cases": sum(counts.values()), "by status": dict(sorted(counts.items()))}  # fmt: skip


def _answered(url: str) -> Counter[str]:
    with urllib.request.urlopen(f"{url}/metrics") as reply:
        found = REQUESTS.findall(reply.read().decode())
    counts: Counter[str] = Counter()
    for path, status, count in found:
        if path not in ("/health/ready", "/metrics", "/openapi.json"):
            counts[status] += int(float(count))
    return counts
