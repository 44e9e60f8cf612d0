"""A task folder: its file, its ledger, its stores, and what is in force now."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise import task as task_file
from rungwise.errors import TaskError
from rungwise.evaluation.own_code import CodeError, code_places
from rungwise.objects import Objects
from rungwise.plugins import kind_of
from rungwise.records import Evidence, SplitRecord
from rungwise.settings import settings
from rungwise.table import Documents, Predictions, Preferences
from rungwise.workflow.project_lock import NAME, ProjectLock

if TYPE_CHECKING:
    import polars as pl

    from rungwise.data.seal import Stored
    from rungwise.evaluation.judging.judge import Judge
    from rungwise.evaluation.metrics import Metric
    from rungwise.evaluation.own_code import Code
    from rungwise.evaluation.selection import Choice
    from rungwise.ledger.state import State
    from rungwise.ledger.store import Ledger
    from rungwise.progress import Progress
    from rungwise.workflow.fold_rows import FoldRows

TEXTS_READ = 2_000
"""Expected texts in which the scripts are looked for."""


class Workspace:
    """Everything a verb needs of one task folder.

    `task` is read once; `state` is derived from the ledger and derived again after `record`.
    `version` is the id of a data version that is taken to be in force instead of the newest.
    `choices` remembers what was selected among which attempts.
    `measures` is True inside `trust.measuring`: only then does code run that the task names.
    """

    def __init__(
        self,
        folder: Path,
        progress: Progress,
        settings: tuple[str, ...] = (),
        version: str | None = None,
        *,
        wait: bool = False,
    ) -> None:
        self.folder = folder.resolve()
        self.settings = settings
        self.version = version
        self.progress = progress
        self.hidden = self.folder / ".rungwise"
        self.objects = Objects(self.hidden / "objects")
        self.sealed = Objects(self.hidden / "sealed")
        self.cache = self.hidden / "cache"
        self.releases = self.folder / "releases"
        self.lock = ProjectLock(self.hidden / NAME, self.folder, wait=wait, say=progress.say)
        self.measures = False
        self.ask_hours: Callable[[str], float | None] | None = None  # if somebody can answer
        self.show_answers = 0  # of every attempt at generated text, as they come
        self._state: State | None = None
        self._measured: dict[str, pl.DataFrame] = {}
        self._scored: dict[str, Evidence] = {}
        self.choices: dict[str, Choice | None] = {}
        self._tokenizers: dict[str, str | None] = {}
        self._metrics: dict[str, Metric] = {}
        self._documents: dict[str, Documents | None] = {}
        self._folds: dict[str, FoldRows | None] = {}
        self._preferences: dict[str, Preferences] = {}

    @cached_property
    def task(self) -> task_file.Task:
        """The task as `rungwise.yaml` has it now, with `--set` applied on top."""
        return task_file.load(self.folder / task_file.FILE_NAME, self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of this folder, or of the team where `RUNGWISE_LEDGER` names one."""
        from rungwise.ledger.store import Ledger

        return Ledger(self.hidden, settings().ledger)

    @property
    def state(self) -> State:
        """What is in force, derived from the ledger."""
        if self._state is None:
            from rungwise.ledger.read import entries
            from rungwise.ledger.state import derive

            self._state = derive(entries(self.ledger), self.version)
        return self._state

    @contextlib.contextmanager
    def writing(self, verb: str) -> Iterator[None]:
        """Keep every other writer of this project out, and see what they have written.

        Raises:
            ProjectLocked: Another process or thread writes it, and this one does not wait.
            StorageError: The lock cannot be made.
        """
        if verb != "init" and not (self.folder / task_file.FILE_NAME).is_file():
            _ = self.task  # says that there is none, before a lock is made
        with self.lock.held(verb) as first:
            if first:
                self._state = None
                self._metrics.clear()  # the files that they read may have changed
            yield

    def record(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Append one entry to the ledger."""
        from rungwise.ledger.append import append

        with self.writing(kind):
            append(self.ledger, kind, payload)
            self._state = None

    @property
    def metric(self) -> Metric:
        """The goal's metric."""
        return self.named_metric(self.task.task.metric)

    @property
    def greater(self) -> bool:
        """Whether a larger value of the goal's metric is better.

        The record says it, and reading that needs no metric; only a file of code may say otherwise
        today.
        """
        goal, name = self.state.goal, self.task.task.metric
        if goal is None or goal.get("name") != name or code_places(self.task):
            return self.metric.greater
        return bool(goal["greater"])

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Smallest and largest value of the goal's metric, read as `greater` is."""
        goal, name = self.state.goal, self.task.task.metric
        if goal is None or goal.get("name") != name or code_places(self.task):
            return self.metric.low, self.metric.high
        return goal.get("low"), goal.get("high")

    def named_metric(self, name: str) -> Metric:
        """The metric of a name, with all that it reads.

        Raises:
            TaskError: There is none, or what it reads is absent or wrong.
        """
        from rungwise.evaluation.metrics import of_words
        from rungwise.evaluation.task_metrics import bound

        if name in self._metrics:
            return self._metrics[name]
        if name == "judge":
            from rungwise.workflow.judging import judge_metric

            self._metrics[name] = judge_metric(self)
            return self._metrics[name]
        split = self.state.split
        if name == "bleu":
            return of_words(name, self.tokenizer)
        classes = split.classes if split else None
        try:
            found = bound(name, self.task, self.folder, classes, self._permit)
        except CodeError as fault:
            if self.measures or (recorded := self._recorded(name, fault)) is None:
                raise
            return recorded
        if found.of_rows is not None:  # what it reads is read once
            self._metrics[name] = found
        return found

    def _permit(self, code: Code) -> None:
        from rungwise.workflow.trust import require_allowed

        if not self.measures:
            raise CodeError(
                f"{code.file} is code of the task, and runs only to measure",
                "Give the command that measures: `rungwise run`.",
            )
        require_allowed(self, code)

    def _recorded(self, name: str, fault: CodeError) -> Metric | None:
        """The goal's metric as the ledger knows it, so that a task without its code still opens."""
        from rungwise.evaluation.own_function import recorded_metric

        goal = self.state.goal
        if goal is None or goal.get("name") != name:
            return None
        said = [one.details["definition"] for one in self.state.attempts
                if one.goal.metric == name and "definition" in one.details]  # fmt: skip
        bounds = (float(goal["low"]), float(goal["high"]))
        return recorded_metric(name, bool(goal["greater"]), bounds, said[-1] if said else "", fault)

    @cached_property
    def judge(self) -> Judge:
        """The model that the task lets judge, under its rubric.

        Raises:
            TaskError: The task describes none.
        """
        from rungwise.workflow.judging import opened

        return opened(self)

    @property
    def beside(self) -> tuple[Metric, ...]:
        """What is measured beside the goal because the task says so."""
        from rungwise.evaluation.task_metrics import beside

        if kind_of(self.task).labels:
            return ()
        cut = ("bleu", "rouge_l")  # as the texts of this task ask
        return tuple(self.named_metric(name) for name in (*beside(self.task), *cut))

    @property
    def attempts(self) -> tuple[Evidence, ...]:
        """Attempts on the split in force that were measured with the goal's present metric.

        Where text is generated, on the rows that are measured on now as well (R65), and by the
        schema, pattern, function or rubric that the metric reads now.
        """
        found = tuple(a for a in self.state.attempts if a.goal.metric == self.task.task.metric)
        if not kind_of(self.task).sampled or not found:
            return found
        now = self.metric.definition
        found = tuple(a for a in found if a.details.get("definition", now) == now)
        rows = len(self.measured())  # a metric may leave rows out that were answered
        return tuple(
            self._scored_now(one) for one in found if one.details.get("rows", one.goal.rows) == rows
        )

    def _scored_now(self, attempt: Evidence) -> Evidence:
        from rungwise.workflow.scored_again import scored_again

        if attempt.id not in self._scored:
            try:
                self._scored[attempt.id] = scored_again(self, attempt)
            except CodeError:
                if self.measures:
                    raise
                return attempt  # verbs that run no code of the task show what is on record
        return self._scored[attempt.id]

    @property
    def tokenizer(self) -> str | None:
        """How BLEU cuts words: as the task says, else as the scripts of train ask; None: `13a`."""
        chosen, split = self.task.generation.tokenizer, self.state.split
        if chosen is not None or split is None:
            return chosen
        if split.id not in self._tokenizers:
            self._tokenizers[split.id] = self._inferred_tokenizer()
        return self._tokenizers[split.id]

    def _inferred_tokenizer(self) -> str | None:
        from rungwise.evaluation.tokenisation import inferred

        found = inferred(self.part("train")["expected"].head(TEXTS_READ))
        if found is not None:
            self.progress.say(
                f"BLEU cuts words by sacrebleu's tokenizer {found}: the expected texts are in a "
                "script without spaces (`generation.tokenizer`)."
            )
        return found

    @property
    def selected(self) -> Evidence | None:
        """The attempt that would be tested and shipped."""
        from rungwise.workflow.selecting import choice

        found = choice(self)
        return found.attempt if found else None

    def attempt(self, text: str) -> Evidence:
        """The attempt of an id, its beginning, or a name such as `few_shot nearest`.

        Raises:
            TaskError: None is meant, or several may be.
        """
        from rungwise.evaluation.attempt_names import meant

        return meant(text, self.attempts)

    @property
    def split(self) -> SplitRecord:
        """The split in force.

        Raises:
            TaskError: Nothing is split yet.
        """
        if self.state.split is None:
            raise TaskError("Nothing is split yet", "Run `rungwise split` first.")
        return self.state.split

    def part(self, name: Stored) -> pl.DataFrame:
        """Rows of a part of the data version in force; the test part comes without its labels."""
        from rungwise.data.seal import load_part

        return load_part(self.split, self.objects, name, self.cache)

    def measured(self) -> pl.DataFrame:
        """The rows that an attempt may be measured on (R65).

        Train and validation as they were divided, where rungs are measured by folds; else the
        validation rows. Where text is generated, which is slow, some that represent them (R31).
        """
        if not kind_of(self.task).sampled:
            folds = self.folds
            return self.part("validation") if folds is None else folds.answered
        from rungwise.data.representative_rows import representative_rows

        split, policy = self.split, self.task.policy
        if split.id not in self._measured:
            count, seed = policy.evaluation_rows, policy.seed
            rows = representative_rows(self.part("validation"), count, seed)
            self._measured[split.id] = rows
        return self._measured[split.id]

    @property
    def folds(self) -> FoldRows | None:
        """Rows and folds of cross-validation; None where validation alone is measured on."""
        from rungwise.workflow.fold_rows import fold_rows

        split = self.state.split
        if split is None or not split.folds:
            return None
        key = split.id
        if key not in self._folds:
            self._folds[key] = fold_rows(self)
        return self._folds[key]

    @property
    def documents(self) -> Documents | None:
        """What answers can be looked up in, read once for the data version in force."""
        if self.task.data.documents is None:
            return None
        split = self.split
        if split.id not in self._documents:
            import polars as pl

            from rungwise.workflow.documents import documents

            columns = ("id", "source", "line")
            parts = [self.part(name).select(columns) for name in ("train", "validation")]
            found = documents(self.task, self.folder, pl.concat(parts), self.progress)
            self._documents[split.id] = found
        return self._documents[split.id]

    @property
    def preferences(self) -> Preferences:
        """The answers that were not chosen, read once for the data version in force."""
        split = self.split
        if split.id not in self._preferences:
            from rungwise.workflow.preferences import preferences

            columns = ("id", "source", "line")
            parts = {
                "train": self.part("train").select(columns),
                "validation": self.part("validation").select(columns),
            }
            found = preferences(self.task, self.folder, split.sources, parts)
            self._preferences[split.id] = found
        return self._preferences[split.id]

    def keep_predictions(self, predictions: Predictions, store: Objects | None = None) -> str:
        """Store predictions row by row, in `objects` unless told otherwise; returns the digest."""
        from rungwise.workflow.stored_predictions import as_bytes

        return (store or self.objects).put(as_bytes(predictions))

    def keep_prompts(self, predictions: Predictions) -> str:
        """Store what was asked, row by row; returns the digest, "" where no text was generated."""
        from rungwise.workflow.stored_predictions import prompts_as_bytes

        content = prompts_as_bytes(predictions)
        return self.objects.put(content) if content else ""

    def predictions(self, digest: str, store: Objects | None = None) -> Predictions:
        """Read what `keep_predictions` stored."""
        from rungwise.workflow.stored_predictions import of_bytes

        split = self.state.split
        content = (store or self.objects).read(digest)
        return of_bytes(content, split.classes if split else ())

    def prompts(self, digest: str) -> pl.DataFrame:
        """Read what `keep_prompts` stored: `id`, and `prompt` as `conversation.of_input` reads."""
        import polars as pl

        return pl.read_parquet(io.BytesIO(self.objects.read(digest)))
