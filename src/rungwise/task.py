"""`rungwise.yaml` as frozen models: one file for the whole way.

Unknown keys are errors that name the nearest known key. Paths are relative to the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator

from rungwise.data_section import Data
from rungwise.errors import StorageError, TaskError
from rungwise.files import write_text
from rungwise.monitoring_section import Monitoring
from rungwise.need import Cost, Need
from rungwise.policy import Policy
from rungwise.section import LATER, Section
from rungwise.settings import check_variable
from rungwise.unique_keys import read_yaml

FILE_NAME = "rungwise.yaml"
SIGNS = ("data.delimiter", "data.quote")
"""Keys whose values mean something else in YAML: `|`, `"`, `,`."""


class Goal(Section):
    """What is predicted, and the one number that defines success (R1, R2)."""

    goal: str
    kind: str = "classify"
    modality: str = "text"
    metric: str
    target: float = Field(allow_inf_nan=False)
    precision: float | None = Field(
        None,
        gt=0,
        le=1,
        json_schema_extra=LATER,
        description="Of the class whose recall is the goal: what it must have besides (R54).",
    )


class Training(Section):
    """How rungs that train are trained; the defaults suit a small text encoder."""

    epochs: int | None = Field(
        None, ge=1, description="At most; stopped early (R46). None: what the number of rows asks."
    )
    batch_size: int = Field(64, ge=1)
    patience: int | None = Field(
        None, ge=1, description="Epochs without improvement before stopping. None: half of them."
    )
    learning_rates: tuple[float, ...] = Field(
        (1e-4, 2e-4, 5e-5),
        description="As written, if stated (R48). Else those of layers; adapters learn faster.",
    )
    general_share: float = Field(
        0.0, ge=0, lt=1, description="General examples in what a language model learns (R53)."
    )
    max_tokens: int = Field(256, ge=8, description="Longer inputs are cut, and counted.")
    weight_decay: float = Field(
        0.01, ge=0, json_schema_extra=LATER, description="AdamW's, of matrices (R58)."
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        json_schema_extra=LATER,
        description="Share of activations that a training step drops (R58).",
    )
    refit: bool = Field(
        True,
        json_schema_extra=LATER,
        description="Fit the selected attempt to train and validation before it is tested.",
    )

    @property
    def states_rates(self) -> bool:
        """Whether the task states its learning rates, be they the default ones."""
        return "learning_rates" in self.model_fields_set


class Generation(Section):
    """How a language model is asked, where the task generates text."""

    prompts: tuple[str, ...] = Field((), description="System prompts to try. None: the goal's.")
    proposals: int = Field(
        0, ge=0, description="System prompts that the model proposes from training rows (R30)."
    )
    shots: int = Field(16, ge=1, description="Examples that are shown (R30: 10 to 20).")
    max_tokens: int | None = Field(
        None,
        ge=1,
        description="Longest answer. None: by what the model, or once tuned the data, writes.",
    )
    thinking_tokens: int | None = Field(
        None,
        ge=0,
        description="Room for thinking beside the longest answer. None: if the model thinks.",
        json_schema_extra=LATER,
    )
    chat_template: dict[str, str | bool | int | float] = Field(
        {},
        description="Options of a local model's chat template, such as enable_thinking: false.",
        json_schema_extra=LATER,
    )
    schema_file: str | None = Field(
        None, alias="schema", description="A JSON Schema that every answer should satisfy (R5)."
    )
    pattern: str | None = Field(None, description="What the metric `regex` looks for.")
    tokenizer: Literal["13a", "intl", "zh", "char", "ja-mecab", "ko-mecab"] | None = Field(
        None,
        description="How BLEU and ROUGE-L cut words, by sacrebleu's name. None: by the script.",
        json_schema_extra=LATER,
    )
    metrics: tuple[str, ...] = Field(
        (), description="Measured beside the goal: regex[…], or functions of your own."
    )


class Asking(Section):
    """How a model behind an endpoint is asked, and what it may take; None: the default."""

    timeout_s: float | None = Field(None, gt=0, description="Seconds that one answer may take.")
    attempts: int | None = Field(None, ge=1, description="How often one request is sent.")
    backoff_s: float | None = Field(
        None, ge=0, description="Seconds before the second attempt; they double."
    )
    concurrency: int | None = Field(None, ge=1, description="Requests at once.")
    requests_per_minute: float | None = Field(None, gt=0, description="Retries included.")
    spend_cap_usd: float | None = Field(None, ge=0, description="Money that may be spent.")
    price_in: float | None = Field(None, ge=0, description="US dollars per million tokens read.")
    price_out: float | None = Field(None, ge=0, description="The same per million written.")
    context: int | None = Field(None, ge=1, description="Positions of prompt and answer.")
    key_variable: str | None = Field(
        None, description="The environment variable that holds the key for this server."
    )

    answers_as: str | None = Field(
        None, description="The model that the server's answers name, if not the one asked for."
    )
    extra_body: dict[str, Any] | None = Field(
        None, description="Parameters of every request, such as {top_p: 0.9}."
    )
    reasoning_effort: str | None = Field(
        None, description="How long a model thinks, in the words of its server."
    )
    unanswered_in_a_row: int | None = Field(
        None, ge=1, description="So many replies in a row that are no answers end the work."
    )

    @field_validator("key_variable")
    @classmethod
    def _is_no_key(cls, variable: str | None) -> str | None:
        if variable is not None:
            check_variable(variable)  # not a ValueError: pydantic would show a key that is here
        return variable


class JudgeSection(Section):
    """A model that scores outputs by a rubric, and how it is compared with people (R14)."""

    model: str = Field(description="`endpoint:MODEL@URL`, or a language model on this machine.")
    rubric: str = Field(description="What is good: a text, or a .md or .txt file.")
    scale: str = Field("1-5", description="`pass/fail`, or whole numbers from worst to best.")
    reference: bool = Field(True, description="Whether the expected output is shown.")
    calibration: str | None = Field(
        None, description="Outputs that people have judged: input, output, expected, label."
    )
    pairs: str | None = Field(
        None, description="Pairs that people have judged: input, first, second, label."
    )
    endpoint: Asking = Asking()


class Retrieval(Section):
    """How documents are cut, searched and shown, where `data.documents` names some."""

    encoder: str | None = Field(
        "all-MiniLM-L6-v2", description="Searches by meaning; none: by words alone."
    )
    words: int = Field(150, ge=8, description="Most words of a chunk.")
    overlap: int = Field(30, ge=0, description="Most words that a chunk repeats of the one before.")
    chunks: int = Field(3, ge=1, description="Chunks that are shown with a question.")
    title: Literal["given", "first_sentence", "none"] = Field(
        "given",
        json_schema_extra=LATER,
        description="What stands above each chunk: the document's title, its first sentence, none.",
    )
    query: Literal["asked", "keywords", "expanded"] = Field(
        "asked",
        json_schema_extra=LATER,
        description="What is searched for: the question, its rarer words, or words of the first "
        "chunks found besides.",
    )


class Owners(Section):
    """Who answers for what (R81)."""

    business: str | None = None
    prompt: str | None = None
    data: str | None = None
    ml: str | None = None
    operations: str | None = None


class Value(Section):
    """What success is worth, in the words of the business owner."""

    full_tuning: str | None = Field(None, description="Why the last step is worth it (R64).")


class BudgetSection(Section):
    """What all attempts together may take."""

    hours: float | None = Field(
        None, gt=0, description="No attempt is begun that would take them all past it."
    )


class Task(Section):
    """The whole file."""

    task: Goal
    data: Data
    models: tuple[str, ...] = ("all-MiniLM-L6-v2",)
    language_model: str | None = Field(
        None, description="A language model that a classifier's labels are asked of (R29)."
    )
    training: Training = Training()
    generation: Generation = Generation()
    endpoint: Asking = Asking()
    need: Need = Need()
    cost: Cost = Cost()
    judge: JudgeSection | None = None
    retrieval: Retrieval = Retrieval()
    monitoring: Monitoring | None = Field(
        None, description="How a release is watched; `ship` asks for it (R78)."
    )
    owners: Owners = Owners()
    value: Value = Value()
    budget: BudgetSection = BudgetSection()
    policy: Policy = Policy()


def load(path: Path, settings: tuple[str, ...] = ()) -> Task:
    """Read and check `rungwise.yaml`, with `--set key=value` applied on top.

    Raises:
        TaskError: The file is absent, is not YAML, or holds an unknown key or a wrong value.
    """
    if not path.is_file():
        raise TaskError(f"There is no {path.name} in {path.parent}", "Start with `rungwise init`.")
    try:
        content = read_yaml(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise TaskError(f"{path} is not UTF-8", "Save it as UTF-8.") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}", "Free it.") from error
    if settings and isinstance(content, Mapping):
        content = with_settings(content, settings)
    return parse(content, path.name)


def parse(content: Any, name: str = FILE_NAME) -> Task:
    """Check what a YAML file held.

    Raises:
        TaskError: A key is unknown or a value cannot be used; the message names the key.
    """
    if not isinstance(content, Mapping):
        raise TaskError(f"{name} is not a mapping of keys", "See `rungwise init --help`.")
    try:
        return Task.model_validate(content)
    except ValidationError as error:
        # What is missing may be there under a misspelt key, which tells more.
        problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        problem = problems[0]
        raise _explain(
            problem["type"], problem["loc"], problem["msg"], problem["input"], name
        ) from error


def _explain(
    kind: str, loc: tuple[int | str, ...], message: str, value: Any, name: str
) -> TaskError:
    key = ".".join(str(part) for part in loc)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, known_keys(), n=1, cutoff=0.4)
        hint = f"Did you mean `{near[0]}`?" if near else "Remove it."
        return TaskError(f"Unknown key `{key}` in {name}", hint)
    if kind == "missing":
        return TaskError(f"`{key}` is missing in {name}", "Add it.")
    fact = message.lower().removeprefix("value error, ")  # ours, as pydantic quotes it
    told = "" if isinstance(value, Mapping) else f" is {value!r}"  # a section's rule tells enough
    return TaskError(f"`{key}` in {name}{told}: {fact}", "Correct the value.")


def known_keys(model: type[BaseModel] = Task, prefix: str = "") -> list[str]:
    """Every key of the file in dotted form."""
    return list(_walk(model, prefix))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield prefix + (info.alias or name)
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _walk(kind, f"{prefix}{name}.")


def with_settings(content: Mapping[str, Any], assignments: tuple[str, ...]) -> dict[str, Any]:
    """Apply `--set training.epochs=3` to what a YAML file held; values are read as YAML.

    Raises:
        TaskError: An assignment has no `=`, its key is unknown or is assigned twice, or its
            value holds a key twice.
    """
    result: dict[str, Any] = {key: _copy(value) for key, value in content.items()}
    assigned: dict[str, str] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise TaskError(f"`--set {assignment}` has no `=`", "Write it as `--set key=value`.")
        if key not in known_keys():
            raise _explain("extra_forbidden", (key,), "", text, "--set")
        if assigned.setdefault(key, text) != text:
            fact = f"`--set {key}` is given twice, as {assigned[key]} and as {text}"
            raise TaskError(fact, "Give it once.")
        section = result
        *parents, last = key.split(".")
        for parent in parents:
            section = section.setdefault(parent, {})
        as_it_is = key in SIGNS and not text.startswith("{")
        section[last] = text if as_it_is else read_yaml(text, f"`--set {key}`")
    return result


def _copy(value: Any) -> Any:
    return (
        {key: _copy(item) for key, item in value.items()} if isinstance(value, Mapping) else value
    )


def save(task: Task, path: Path) -> None:
    """Write the file; keys that hold their default are left out, so it stays readable.

    Raises:
        StorageError: The folder cannot be written.
    """
    content = task.model_dump(mode="json", exclude_defaults=True)
    if task.monitoring:  # a plan is confirmed as it is written, so all of it is
        content["monitoring"] = task.monitoring.model_dump(mode="json", exclude_none=True)
    if task.training.states_rates:  # they are taken as written, also if they are the default ones
        content.setdefault("training", {})["learning_rates"] = [*task.training.learning_rates]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    try:
        write_text(path, text)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", "Free it.") from error
