"""Names by which attempts of one rung are told apart, such as `few_shot, 16 nearest`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rungwise.records import Evidence

SHORT = 8
"""Characters of an id that are shown."""
SEARCHED = {"lexical": "by words", "dense": "by meaning", "fused": "by words and meaning"}


def attempt_name(attempt: Evidence) -> str:
    """The rung and what sets this attempt apart from others of it.

    Such as `prompt, form`, `few_shot, 16 nearest`, `rag, by words, 3 passages`,
    `lora, rate 0.0004, dora` and `unfreeze, rate 0.0001, 2 layers`.
    """
    return ", ".join([attempt.rung, *_settings(attempt)])


def name_among(attempt: Evidence, attempts: Iterable[Evidence]) -> str:
    """The rung alone if no other of `attempts` is of it; else the whole name."""
    others = any(one.rung == attempt.rung and one.id != attempt.id for one in attempts)
    return attempt_name(attempt) if others else attempt.rung


def short(identity: str) -> str:
    """The beginning of an id, which commands take for the whole."""
    return identity[:SHORT]


def way_of_asking(attempt: Evidence) -> str:
    """How a language model was asked: its prompt and version, the longest answer, the sampling.

    Such as `prompt form (7f3a), at most 101 tokens, greedy`; "" where none was asked.
    """
    details = attempt.details
    if "system" not in details or "max_tokens" not in details:
        return ""
    version = hashlib.sha256(str(details["system"]).encode()).hexdigest()[:4]
    name = details.get("name", "")
    sampling = "greedy" if details.get("greedy", True) else "sampled"
    return (
        f"prompt {name} ({version})" if name else f"prompt {version}"
    ) + f", at most {details['max_tokens']:,} tokens, {sampling}"


def matching(text: str, attempts: Sequence[Evidence]) -> list[Evidence]:
    """The attempts that a person may mean by an id, its beginning, or words of a name.

    An id wins over a name, and a whole name over a part of one: `few_shot` is every attempt of
    that rung, `few_shot nearest` those chosen so.
    """
    by_id = [one for one in attempts if one.id.startswith(text)] if text else []
    if by_id:
        return by_id
    wanted = _words(text)
    whole = [one for one in attempts if _words(attempt_name(one)) == wanted]
    return whole or [one for one in attempts if wanted and set(wanted) <= {*_words(attempt_name(one))}]


def _words(text: str) -> list[str]:
    return text.lower().replace(",", " ").split()


def _settings(attempt: Evidence) -> list[str]:
    left: dict[str, Any] = {
        key: value for key, value in attempt.configuration.items() if value is not None
    }
    told = []
    prompt = left.pop("prompt", None)
    if attempt.rung == "prompt" and prompt is not None:
        told.append(str(attempt.details.get("name", f"prompt {prompt}")))
    if "name" in left:
        told.append(str(left.pop("name")))
    if "search" in left:
        told.append(SEARCHED.get(str(left["search"]), str(left["search"])))
        left.pop("search")
    if (count := left.pop("chunks", None)) is not None:
        told.append(f"{count} passage{'' if count == 1 else 's'}")
    if shots := left.pop("shots", 0):
        told.append(f"{shots} {left.get('selection', 'examples')}")
    left.pop("selection", None)
    if (rate := left.pop("learning_rate", None)) is not None:
        told.append(f"rate {rate:g}")
    if (layers := left.pop("layers", None)) is not None:
        told.append(f"{layers} layer{'' if layers == 1 else 's'}")
    if (adapter := left.pop("adapter", None)) is not None and adapter != attempt.rung:
        told.append(str(adapter))
    return told + [_other(key, value) for key, value in left.items()]


def _other(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {inside}" for name, inside in value.items())
    return f"{key.replace('_', ' ')} {value}"
