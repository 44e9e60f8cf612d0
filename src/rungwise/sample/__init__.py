"""The sample of production: some requests, how they were answered, and what was found out later.

    request_rows.py    the columns, and what a writer is given
    strata.py          which requests are kept, and with which probability
    redaction.py       texts and ids as they may touch the disk
    segments.py        files that are there whole or not at all, and how many may lie there
    sampler.py         the writer: behind the answer, in a thread of its own; never raises
    outcome_labels.py  true labels that came later, by id
    kept_requests.py   the reader

Servers import it, so nothing here loads a training stack.
"""

from __future__ import annotations

from rungwise.sample.kept_requests import Sample, opened, read
from rungwise.sample.request_rows import SCHEMA, Requests

__all__ = ["SCHEMA", "Requests", "Sample", "opened", "read"]
