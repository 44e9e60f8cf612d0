"""A JSON Schema that answers are held to: read, checked, and applied.

Draft 2020-12 unless the schema names another (json-schema.org). A reference to another document is
refused: nothing is fetched.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rungwise.errors import TaskError
from rungwise.evaluation.patterns import compiled, found
from rungwise.objects import digest_json
from rungwise.unique_keys import read_json

CORRECT = "Correct the schema that `generation.schema` names."


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema with its validator.

    Attributes:
        content: Its JSON.
        digest: Of that.
    """

    content: Any
    digest: str
    _validator: Any

    def fault(self, text: str) -> str | None:
        """What is wrong with a text in a few words, None where it satisfies the schema.

        Raises:
            TaskError: The schema refers to what is not in it.
        """
        from referencing.exceptions import Unresolvable

        try:
            value = json.loads(text, parse_constant=_refused)
        except (ValueError, RecursionError):
            return "it is no JSON"
        try:
            error = next(self._validator.iter_errors(value), None)
        except Unresolvable as unknown:
            raise _unresolvable(unknown) from None
        except RecursionError:
            return "it nests too deeply"
        if error is None:
            return None
        place = "/".join(str(part) for part in error.absolute_path)
        return f"{place or 'the whole'} breaks `{error.validator}`"


def load(folder: Path, path: str) -> Schema:
    """Read a schema; its path is relative to the task.

    Raises:
        TaskError: It is absent, no JSON, or no schema.
    """
    place = Path(os.path.normpath(folder.resolve() / path))  # a new task's folder is not there yet
    try:
        text = place.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise TaskError(f"The schema {path} {reason}", "Correct `generation.schema`.") from None
    except UnicodeDecodeError as error:
        raise TaskError(f"The schema {path} is not JSON: {error}", CORRECT) from None
    return schema(read_json(text, f"The schema {path}"), path)


def schema(content: Any, name: str = "the schema") -> Schema:
    """Check what a schema's file holds; raises as `load` does."""
    from jsonschema import exceptions, validators
    from referencing import Registry

    if not isinstance(content, dict | bool):
        raise TaskError(f"{name} is no JSON Schema: it is neither an object nor a truth", CORRECT)
    kind = validators.validator_for(content, validators.Draft202012Validator)
    try:
        kind.check_schema(content)
    except exceptions.SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path)
        at = f" at {place}" if place else ""
        raise TaskError(f"{name} is no JSON Schema{at}: {error.message[:200]}", CORRECT) from None
    timed = validators.extend(kind, {"pattern": _pattern})
    return Schema(content, digest_json({"schema": content}), timed(content, registry=Registry()))


def _pattern(validator: Any, pattern: str, instance: Any, _: Any) -> Any:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(instance, "string") and not found(compiled(pattern), instance):
        yield ValidationError(f"does not match {pattern!r}")


def _unresolvable(error: Any) -> TaskError:
    return TaskError(
        f"The schema refers to {str(error.ref)!r}, which is not in it and is not fetched",
        "Write it under `$defs` in the same file.",
    )


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
