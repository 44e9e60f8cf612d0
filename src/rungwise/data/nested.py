"""Lists and objects as the text of a cell."""

from __future__ import annotations

import json
from typing import Any


def as_json(value: Any) -> str | None:
    """A value of JSONL or Parquet as JSON on one line; None stays None.

    Letters are written as they are; half a surrogate pair, which no UTF-8 can hold, as its escape.
    """
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if is_writable(text) else json.dumps(value, default=str)


def is_writable(text: str) -> bool:
    """Whether UTF-8 can hold a text: half a surrogate pair cannot be written."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
