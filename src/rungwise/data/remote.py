"""Data that lies elsewhere: refused, with the command that gets it."""

from __future__ import annotations

import re
from pathlib import Path

from rungwise.errors import DataError

ADDRESS = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):/+(.*)$")
HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")


def refuse_remote(name: str, path: Path) -> None:
    """Refuse an address, and the id of a data set of the Hugging Face hub.

    Args:
        name: As the user wrote it.
        path: Where a file of that name would lie.

    Raises:
        DataError: It names something that is not on this machine.
    """
    if found := ADDRESS.match(name):
        scheme, rest = found[1].lower(), found[2]
        raise DataError(
            f"{scheme}://{rest} is an address, and data is read from this machine alone",
            f"Get it first: `{_command(scheme, rest)}`.",
        )
    if HUB_ID.match(name) and not path.exists() and not path.parent.exists() and not _is_file(name):
        raise DataError(
            f"There is no file {path}, and a data set of the Hugging Face hub is not fetched",
            f"If {name} is one, get it first: `{_of_hub(name)}`.",
        )


def _is_file(name: str) -> bool:
    return bool(re.search(r"\.(csv|tsv|tab|json|jsonl|ndjson|parquet|pq|xlsx?|ods|gz|txt)$", name))


def _command(scheme: str, rest: str) -> str:
    last = rest.rstrip("/").rpartition("/")[2].partition("?")[0] or "data"
    if scheme == "s3":
        return f"aws s3 cp s3://{rest} ."
    if scheme in ("gs", "gcs"):
        return f"gcloud storage cp gs://{rest} ."
    if scheme == "hf" or (
        scheme in ("http", "https") and rest.startswith("huggingface.co/datasets")
    ):
        parts = rest.removeprefix("huggingface.co/").removeprefix("datasets/").split("/")
        return _of_hub("/".join(parts[:2]))
    if scheme == "file":
        return f"cp /{rest.lstrip('/')} ."
    if scheme in ("http", "https", "ftp"):
        return f"curl -L -o {last} '{scheme}://{rest}'"
    return f"fsspec or your storage's own client, to a file such as {last}"


def _of_hub(name: str) -> str:
    last = name.rpartition("/")[2]
    return f"hf download --repo-type dataset {name} --local-dir {last}"
