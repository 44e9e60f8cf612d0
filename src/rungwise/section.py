"""The base of every part of `rungwise.yaml`: frozen, strict about keys and about yes and no."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationInfo, field_validator

LATER: dict[str, JsonValue] = {"later": True}
"""Marks a setting that came after attempts were first identified by their settings: at its
default it is no part of an attempt's identity, so that earlier attempts still count."""


class Section(BaseModel):
    """Part of the file. An unknown key is an error, and `yes` is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    @field_validator("*", mode="before")
    @classmethod
    def _yes_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML reads `yes`, `on` and `true` as a truth value, and pydantic that as 1.0."""
        field = cls.model_fields[str(info.field_name)]
        values = value if isinstance(value, list | tuple) else (value,)
        takes_truth = field.annotation is bool or bool in get_args(field.annotation)
        if not takes_truth and any(isinstance(one, bool) for one in values):
            raise ValueError("yes, no, true and false are no value here")
        return value

    def identifying(self, exclude: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What the section adds to an attempt's identity, as JSON types."""
        later = {
            name
            for name, field in type(self).model_fields.items()
            if field.json_schema_extra == LATER and getattr(self, name) == field.default
        }
        return self.model_dump(mode="json", exclude=set(exclude) | later)
