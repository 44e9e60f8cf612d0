"""A language model under instructions and examples, as the rungs `prompt` and `few_shot` fit it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from rungwise.conversation import (
    Conversation,
    Generated,
    GoesOn,
    LanguageModel,
    Message,
    as_input,
    of_input,
    with_room_to_think,
)
from rungwise.errors import ModelError
from rungwise.evaluation import json_schemas
from rungwise.models.language.kept_batches import KeptBatches
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Progress
from rungwise.protocols import RungContext
from rungwise.records import Epoch, Numbers, from_json, to_json
from rungwise.table import Inputs, Predictions
from rungwise.training.prompting import export, shots
from rungwise.training.retrieval.best import NONE
from rungwise.training.retrieval.passages import Passages

FILE = "prompt.json"
BYTES = 3
"""Of a token of prose, where nobody can count them and a guess is good enough."""


@dataclass(frozen=True)
class Asked:
    """What is asked around each question.

    Attributes:
        system: The system prompt.
        selection: How examples are chosen; None without examples.
        count: How many are shown.
        max_tokens: Longest answer, with room for thinking.
        seed: Of the choice of examples.
        schema: A JSON Schema that answers are held to, where the model can be.
        chat: Options of a local model's chat template.
        thinking: Tokens more for an answer behind an endpoint that was cut while it thought.
    """

    system: str
    selection: shots.Selection | None
    count: int
    max_tokens: int
    seed: int
    schema: Mapping[str, Any] | None = None
    chat: Mapping[str, Any] = field(default_factory=dict)
    thinking: int = 0


class Prompted:
    """Answers by asking; nothing is fitted.

    Args:
        model: What is asked.
        asked: What is asked around each question.
        examples: The rows to show, or for `nearest` the rows to choose from: `input`, `expected`.
        curve: One point an epoch, where something was trained besides.
        passages: What is put before each question, where answers are looked up.
    """

    rung: str = "few_shot"
    """Whose `serve` reads what `save` wrote; a rung that saves more names itself."""
    merged: bool = True
    """Whether `weights` hold what was trained; else `adapter/` is laid over them to serve."""
    train_metric: float | None = None
    kept: KeptBatches | None = None
    """Where answers are kept as they come, so that a killed attempt asks for the rest alone. What
    is restored has none: it is asked to show that it still answers as it did."""
    longer: int = 0
    """Tokens that answers to a few rows had before, if more than they may have now."""
    shown: Callable[[int, str], None] | None = None
    """Told each answer as it comes: its place among the inputs, and its text."""

    def __init__(
        self,
        model: LanguageModel,
        asked: Asked,
        examples: pl.DataFrame,
        curve: tuple[Epoch, ...] = (),
        passages: Passages | None = None,
    ) -> None:
        self.curve, self.passages = curve, passages
        self.model, self.asked, self.examples = model, asked, examples
        self.details: Numbers = {"max_tokens": asked.max_tokens, "system": asked.system}

    def predict(self, inputs: Inputs, progress: Progress) -> Predictions:
        """Ask each; tokens read and written are added to the details."""
        prompts = self.prompts(inputs.values)
        self._say_fewer(len(prompts), progress)
        if fewer := self.details.get("fewer_passages", 0):
            progress.say(
                f"{fewer:,} of {len(prompts):,} questions have fewer passages than asked for: "
                f"{self.model.name} reads {self.model.context:,} tokens."
            )
        told = self._told(prompts, progress)
        self._say_unanswered(told, progress)
        self.details = {
            **self.details,
            "prompt_tokens": sum(one.prompt_tokens for one in told),
            "output_tokens": sum(one.output_tokens for one in told),
            "longest": max((one.output_tokens for one in told), default=0),
            "cut": sum(one.ended == "length" for one in told),
            "unasked": sum(one.ended == "unasked" for one in told),
            **in_answers(self.model, told),
            "rows": len(told),
        }
        outputs = pl.Series("output", [one.text for one in told], dtype=pl.String)
        return Predictions(inputs.ids, outputs, None, (), _written(prompts, told))

    def told(self, inputs: pl.Series, progress: Progress) -> list[Generated]:
        """What the model writes to each input; nothing is added to the details."""
        return self._told(self.prompts(inputs), progress)

    def write(
        self, inputs: pl.Series, progress: Progress, longest: int, goes_on: GoesOn | None = None
    ) -> list[Generated]:
        """What the model writes to each input, at most `longest` tokens; for a server.

        `goes_on` is asked after each token of a local model; an endpoint answers whole.
        """
        return self._told(self.prompts(inputs), progress, longest, goes_on)

    def _told(
        self,
        prompts: list[Conversation],
        progress: Progress,
        longest: int | None = None,
        goes_on: GoesOn | None = None,
    ) -> list[Generated]:
        """Ask each; a prompt that leaves no room for an answer gets none."""
        room, schema, model = self.asked.max_tokens, self.asked.schema, self.model
        longest = room if longest is None else min(longest, room)
        if not isinstance(model, LocalLanguageModel):
            thinking = self.asked.thinking if longest == room else 0
            return with_room_to_think(
                model, prompts, progress,
                max_tokens=longest, schema=schema, room=thinking, shown=self.shown,
            )  # fmt: skip
        fits = [model.fits(prompt, room) for prompt in prompts]
        asked = [prompt for prompt, can in zip(prompts, fits, strict=True) if can]
        places = [place for place, can in enumerate(fits) if can]
        shown = self.shown
        told = iter(
            model.generate(
                asked, progress, max_tokens=longest, schema=schema, kept=self.kept,
                longer=self.longer,
                shown=None if shown is None else lambda place, text: shown(places[place], text),
                goes_on=None if goes_on is None else lambda at, told: goes_on(places[at], told),
            )
        )  # fmt: skip
        return [next(told) if can else Generated("", 0, 0, "unasked") for can in fits]

    def _say_fewer(self, asked: int, progress: Progress) -> None:
        """Count questions of `asked` that are shown fewer examples, where there are any."""
        if fewer := self.details.get("fewer_examples", 0):
            progress.say(
                f"{fewer:,} of {asked:,} questions are shown fewer examples than asked for: "
                f"{self.model.name} reads {self.model.context:,} tokens."
            )

    def _say_unanswered(self, told: Sequence[Generated], progress: Progress) -> None:
        """Count answers that were cut, and prompts that have none."""
        cut, unasked = (sum(one.ended == how for one in told) for how in ("length", "unasked"))
        local = isinstance(self.model, LocalLanguageModel)  # an endpoint has said so itself
        if local and (thought := sum(one.thinking_tokens > 0 for one in told)):
            tokens = sum(one.thinking_tokens for one in told)
            progress.say(
                f"{thought:,} of {len(told):,} answers begin with thinking, {tokens:,} tokens in "
                "all: it is paid for, and is no part of the answer."
            )
        if unasked:
            progress.say(
                f"{unasked:,} of {len(told):,} prompts leave no room for an answer in what "
                f"{self.model.name} reads: not answered."
            )
        if unanswered := sum(one.ended == "unanswered" for one in told):
            progress.say(
                f"{unanswered:,} of {len(told):,} rows have no answer of {self.model.name}: they "
                "count as wrong."
            )
        if cut:
            progress.say(
                f"{cut:,} of {len(told):,} answers had not ended after {self.asked.max_tokens:,} "
                "tokens and are cut there (`generation.max_tokens`)."
            )

    def prompts(self, asked: pl.Series) -> list[Conversation]:
        """The conversation around each question."""
        questions = [of_input(text) for text in asked]
        if self.asked.selection == "nearest":
            places = shots.nearest(self.examples, asked, self.asked.count)
            examples = [_turns(self.examples[row.tolist()]) for row in places]
        else:
            examples = [_turns(self.examples)] * len(asked)
        shown = self._with_room(questions, examples)
        if self.passages is not None:
            questions = self._with_passages(questions, shown)
        return [
            _around(question, self.asked.system, turns)
            for turns, question in zip(shown, questions, strict=True)
        ]

    def _with_room(
        self, questions: list[Conversation], examples: list[list[Conversation]]
    ) -> list[Conversation]:
        """The turns of each question's examples, the first left out until the rest leaves room.

        The nearest stand last, so what is left out is what helps least. Behind an endpoint nobody
        but the server can count.
        """
        joined = [tuple(itertools.chain(*shown)) for shown in examples]
        model, system, fewer = self.model, self.asked.system, 0
        if not isinstance(model, LocalLanguageModel) or self.examples.is_empty():
            return joined
        for place, (question, shown) in enumerate(zip(questions, examples, strict=True)):
            left, turns = list(shown), joined[place]
            while left and not model.fits(_around(question, system, turns), self.asked.max_tokens):
                left = left[1:]
                turns = tuple(itertools.chain(*left))
            fewer += len(left) < len(shown)
            joined[place] = turns
        self.details = {**self.details, "fewer_examples": fewer}
        return joined

    def _with_passages(
        self, questions: list[Conversation], shown: list[tuple[Message, ...]]
    ) -> list[Conversation]:
        """Each question below as many passages as there is room for; how many is in the details."""
        assert self.passages is not None, "asked for where there are some"
        told: list[Conversation] = []
        fewer = 0
        found = self.passages.found(questions)
        for question, turns, places in zip(questions, shown, found, strict=True):

            def fits(one: Conversation, turns: tuple[Message, ...] = turns) -> bool:
                return _fits(self.model, _around(one, self.asked.system, turns), self.asked)

            longer, count = self.passages.before(question, places, fits)
            told.append(longer)
            fewer += count < int((places != NONE).sum())
        self.details = {**self.details, "fewer_passages": fewer}
        return told

    def save(self, folder: Path) -> None:
        """Write `prompt.json`, the examples in it."""
        told = {
            "asked": asdict(self.asked),
            "examples": self.examples.to_dict(as_series=False),
            "model": self.model.name,
            "digest": self.model.digest,
            "curve": to_json(self.curve),
        }
        (folder / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
        if self.passages is not None:
            self.passages.save(folder)

    def export(self, folder: Path) -> None:
        """Write all that answers on another machine: see `training.prompting.export`."""
        self.save(folder)
        if self.passages is not None:
            self.passages.export(folder)
        self.weights(folder)
        local = export.MODEL if isinstance(self.model, LocalLanguageModel) else ""
        adapted = (folder / export.ADAPTER).is_dir()
        export.Serving(
            rung=self.rung,
            max_tokens=self.asked.max_tokens,
            base=self.model.name,
            digest=self.model.digest,
            weights=local,
            adapter=export.ADAPTER if adapted else "",
            merged=self.merged,
            request=getattr(self.model, "request", {}),
        ).write(folder)

    def weights(self, folder: Path) -> None:
        """Write `model/`, the weights that answer: the base model's; none behind an endpoint."""
        export.copied(self.model, folder)


def restored(model: LanguageModel, folder: Path) -> Prompted:
    """What `save` wrote, but for passages.

    Raises:
        ModelError: The model is no longer the one that was measured.
    """
    told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if told["digest"] != model.digest:
        raise ModelError(
            f"{told['model']} is no longer the model that was measured", "Name the model of then."
        )
    return served(model, folder)


def served(model: LanguageModel, folder: Path) -> Prompted:
    """What `save` wrote, asking another model: the weights that were exported beside it.

    Raises:
        ModelError: The file is not what `save` writes.
    """
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        columns = {"input": pl.String, "expected": pl.String}
        examples = pl.DataFrame(told["examples"], columns)
        curve = tuple(from_json(Epoch, point) for point in told["curve"])
        asked = Asked(**told["asked"])
        if asked.chat and isinstance(model, LocalLanguageModel):
            model.chat_options = asked.chat
        return Prompted(model, asked, examples, curve)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{folder / FILE} does not hold what an attempt saves",
            "Get the release again, or export the attempt again.",
        ) from error


def in_answers(model: LanguageModel, told: Sequence[Generated]) -> Numbers:
    """What is on record of answers only if it occurs: none, thinking, and sampling."""
    counts = {
        "unanswered": sum(one.ended == "unanswered" for one in told),
        "thinking_tokens": sum(one.thinking_tokens for one in told),
    }
    sampled = {} if getattr(model, "greedy", True) else {"greedy": False}
    return {name: count for name, count in counts.items() if count} | sampled


def answer_schema(context: RungContext) -> Mapping[str, Any] | None:
    """What the task holds its answers to, if anything.

    Raises:
        TaskError: It cannot be read.
    """
    path = context.task.generation.schema_file
    content = json_schemas.load(context.folder, path).content if path is not None else None
    return content if isinstance(content, dict) else None


def _fits(model: LanguageModel, prompt: Conversation, asked: Asked) -> bool:
    if isinstance(model, LocalLanguageModel):
        return model.fits(prompt, asked.max_tokens)
    size = sum(len(one.content.encode()) for one in prompt)
    return size // BYTES + asked.max_tokens <= model.context


def _written(prompts: list[Conversation], told: list[Generated]) -> pl.DataFrame:
    """What was asked of each row, and how its answer came about."""
    return pl.DataFrame(
        {
            "prompt": [as_input(prompt) for prompt in prompts],
            "prompt_tokens": [one.prompt_tokens for one in told],
            "output_tokens": [one.output_tokens for one in told],
            "ended": [one.ended for one in told],
        },
        {
            "prompt": pl.String,
            "prompt_tokens": pl.Int64,
            "output_tokens": pl.Int64,
            "ended": pl.String,
        },
    )


def _around(asked: Conversation, system: str, shown: tuple[Message, ...]) -> Conversation:
    """The question below the system prompt and the examples; its own instruction is kept."""
    own = [one.content for one in asked if one.role == "system"]
    told = Message("system", "\n\n".join([system, *own]))
    return (told, *shown, *(one for one in asked if one.role != "system"))


def _turns(rows: pl.DataFrame) -> list[Conversation]:
    """The turns of each example, its answer last."""
    return [
        (*(one for one in of_input(asked) if one.role != "system"), Message("assistant", expected))
        for asked, expected in rows.select("input", "expected").iter_rows()
    ]
