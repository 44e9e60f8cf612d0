"""What an encoder wants before its inputs: `query: ` of E5, and sentence-transformers' prompts.

An encoder that learnt with a prefix embeds worse without it (Wang et al. 2022, "Text Embeddings by
Weakly-Supervised Contrastive Pre-training"). What is inferred is said aloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rungwise.checkpoints import Checkpoint, model_folder
from rungwise.errors import ModelError

Role = Literal["input", "query", "document"]
FILE = "config_sentence_transformers.json"
E5 = re.compile(r"(^|[^a-z0-9])e5([^a-z0-9]|$)")
NO_E5 = ("instruct", "mistral")
"""Kin of E5 that want an instruction instead."""
NAMES: Mapping[Role, tuple[str, ...]] = {
    "input": ("classification",),
    "query": ("query", "search_query"),
    "document": ("document", "passage", "corpus", "search_document"),
}
"""What sentence-transformers folders call the prompts of each use."""


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Texts that are put before what is embedded, each "" if there is none.

    Attributes:
        input: Before texts to classify, and names of labels.
        query: Before questions that look for documents.
        document: Before what is looked for.
        notes: What was inferred, to be said aloud.
    """

    input: str = ""
    query: str = ""
    document: str = ""
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, str]:
        """What enters the digest of a model; empty if nothing is put before anything."""
        told = {"input": self.input, "query": self.query, "document": self.document}
        return told if any(told.values()) else {}

    def before(self, role: Role) -> str:
        """The prefix of a use."""
        return {"input": self.input, "query": self.query, "document": self.document}[role]


def describe(checkpoint: Checkpoint) -> Prefixes:
    """Read the prompts of a folder, or infer those of E5 from its name.

    Raises:
        ModelError: The prompts are no mapping of texts, or the default names none of them.
    """
    path = checkpoint.folder / FILE
    content = model_folder.read_mapping(path)
    prompts, default = content.get("prompts") or {}, content.get("default_prompt_name")
    if not isinstance(prompts, dict) or not all(isinstance(one, str) for one in prompts.values()):
        raise ModelError(f"`prompts` in {path} is no mapping of names to texts", "Correct it.")
    if default is not None and default not in prompts:
        raise ModelError(
            f"`default_prompt_name` in {path} is {default!r}, which `prompts` does not hold",
            f"It holds {', '.join(prompts) or 'nothing'}.",
        )
    if any(prompts.values()):
        return _of_prompts(checkpoint.name, prompts, default)
    return _of_e5(checkpoint) if _is_e5(checkpoint) else Prefixes()


def write(backbone: object, folder: Path) -> None:
    """Write what was inferred from a model's name beside a copy of it, which has another name."""
    told = getattr(backbone, "prefixes", Prefixes())
    content = dict(model_folder.read_mapping(folder / FILE))
    if told.identity and not any((content.get("prompts") or {}).values()):
        prompts = {"query": told.query, "document": told.document, "input": told.input}
        content |= {"prompts": prompts, "default_prompt_name": "input"}
        (folder / FILE).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def _of_prompts(name: str, prompts: Mapping[str, str], default: str | None) -> Prefixes:
    known = {one.lower(): text for one, text in prompts.items()}
    of_role = {
        role: next((known[one] for one in names if one in known), None)
        for role, names in NAMES.items()
    }
    usual = prompts[default] if default is not None else ""
    own = usual if default is not None else of_role["input"] or ""
    query, document = (usual if of_role[one] is None else of_role[one] for one in _SEARCH)
    if own:
        note = f"{name} asks for {own!r} before every input ({FILE}): it is put there."
    else:
        names = ", ".join(repr(one) for one in prompts)
        note = f"{name} has prompts ({names}) and none for inputs to classify: none is put there."
    return Prefixes(own, query or "", document or "", (note,))


_SEARCH: tuple[Role, Role] = ("query", "document")


def _is_e5(checkpoint: Checkpoint) -> bool:
    named = [checkpoint.name, str(checkpoint.configuration.get("_name_or_path", ""))]
    if checkpoint.folder.parent.name == "snapshots":  # as the hub's cache keeps a model
        named.append(checkpoint.folder.parents[1].name)
    lower = [one.lower().rstrip("/").rpartition("/")[2] for one in named]
    return any(E5.search(one) and not any(other in one for other in NO_E5) for one in lower)


def _of_e5(checkpoint: Checkpoint) -> Prefixes:
    note = (
        f"{checkpoint.name} is an E5 encoder by its name: 'query: ' is put before every input, "
        "as it was trained."
    )
    return Prefixes("query: ", "query: ", "passage: ", (note,))
