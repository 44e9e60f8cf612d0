"""Names by which attempts of one rung are told apart, such as `few_shot, 16 nearest`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rungwise.errors import TaskError
from rungwise.records import Evidence, Numbers

SHORT = 8
"""Characters of an id that are shown."""
LISTED = 12
"""Attempts that are named where none, or several, can be meant; the latest."""
VERSION = 4
"""Characters of the digest of a system prompt, by which versions of it are told apart."""
NOTHING: Numbers = {}
SEARCHED = {"lexical": "by words", "dense": "by meaning", "fused": "by words and meaning"}


def attempt_name(attempt: Evidence) -> str:
    """The rung and what sets this attempt apart from others of it.

    Such as `prompt, form`, `few_shot, 16 nearest`, `rag, by words, 3 passages`,
    `lora, rate 0.0004, dora` and `unfreeze, rate 0.0001, 2 layers`.
    """
    return name_of(attempt.rung, attempt.configuration, attempt.details)


def name_of(rung: str, configuration: Numbers, details: Numbers = NOTHING) -> str:
    """The same of an attempt that is about to be made, and has no details yet."""
    return ", ".join([rung, *_settings(rung, configuration, details)])


def named(attempt: Evidence) -> str:
    """The same within a sentence: `few_shot (16 nearest)`."""
    rung, *settings = attempt_name(attempt).split(", ")
    return f"{rung} ({', '.join(settings)})" if settings else rung


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
    version = hashlib.sha256(str(details["system"]).encode()).hexdigest()[:VERSION]
    prompt = f"{details['name']} ({version})" if details.get("name") else version
    sampling = "greedy" if details.get("greedy", True) else "sampled"
    return f"prompt {prompt}, at most {details['max_tokens']:,} tokens, {sampling}"


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
    part = [one for one in attempts if wanted and {*wanted} <= {*_words(attempt_name(one))}]
    return whole or part


def meant(text: str, attempts: Sequence[Evidence]) -> Evidence:
    """The one attempt that a person means; see `matching`.

    Raises:
        TaskError: There is none, or there are several.
    """
    found = matching(text, attempts)
    if len(found) == 1:
        return found[0]
    candidates = found or attempts
    listed = "; ".join(f"{short(one.id)} {attempt_name(one)}" for one in candidates[-LISTED:])
    if len(candidates) > LISTED:
        listed += f"; `rungwise status` shows all {len(candidates):,}"
    raise TaskError(
        f"{len(found)} attempts can be meant by {text!r}",
        f"Name one by its id or its whole name: {listed}."
        if listed
        else "`rungwise run` tries some.",
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s,()]+", text.lower())


def _settings(rung: str, configuration: Numbers, details: Numbers) -> list[str]:
    left: dict[str, Any] = {key: value for key, value in configuration.items() if value is not None}
    told = []
    prompt = left.pop("prompt", None)
    if rung == "prompt" and prompt is not None:
        told.append(str(details.get("name", f"number {prompt + 1}")))
    if "name" in left:
        told.append(str(left.pop("name")))
    if "search" in left:
        told.append(SEARCHED.get(str(left["search"]), str(left["search"])))
        left.pop("search")
    if (count := left.pop("chunks", None)) is not None:
        told.append(f"{count} passage{'' if count == 1 else 's'}")
    if shots := left.pop("shots", 0):
        beside = "" if rung == "few_shot" else " examples"
        told.append(f"{shots} {left.get('selection', 'random')}{beside}")
    left.pop("selection", None)
    if (rate := left.pop("learning_rate", None)) is not None:
        told.append(f"rate {rate:g}")
    if (layers := left.pop("layers", None)) is not None:
        told.append(f"{layers} layer{'' if layers == 1 else 's'}")
    if (adapter := left.pop("adapter", None)) is not None and adapter != rung:
        told.append(str(adapter))
    return told + [_other(key, value) for key, value in left.items()]


def _other(key: str, value: Any) -> str:
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):  # of another attempt
        value = short(value)
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {inside}" for name, inside in value.items())
    return f"{key.replace('_', ' ')} {value}"
