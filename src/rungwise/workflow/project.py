"""The documented Python API: the same verbs as the command line, returning the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rungwise.data_section import Depth
from rungwise.progress import Progress, for_library
from rungwise.records import Finding, ReleaseRecord, SplitRecord, TestResult
from rungwise.workflow.guarded_project import Trust, writes
from rungwise.workflow.operated_project import OperatedProject
from rungwise.workflow.workspace import Workspace

if TYPE_CHECKING:
    from rungwise.data.curation.record import Curation
    from rungwise.decisions.direction import Direction
    from rungwise.evaluation.paired import Comparison
    from rungwise.go_decision import Go
    from rungwise.ledger.kinds import Rescored
    from rungwise.workflow.climb import Climb
    from rungwise.workflow.judge_pairs import Preferred
    from rungwise.workflow.plan import Planned
    from rungwise.workflow.quality import Quality
    from rungwise.workflow.review import Review
    from rungwise.workflow.run import Run


class Project(OperatedProject):
    """A task folder and its verbs.

    Every verb may raise a `rungwise.errors.RungwiseError`, whose message is one line: the
    fact and the next step. `GateHolds` among them means that a gate says no.

    Args:
        folder: The folder with `rungwise.yaml`.
        settings: Keys to override for this project object, such as `training.epochs=3`.
        progress: Where long work reports; unless given, shown in a notebook and at a prompt of
            Python, and silent elsewhere.
        wait: Whether verbs that write wait while another process or thread writes the project,
            instead of raising `ProjectLocked`.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        settings: tuple[str, ...] = (),
        progress: Progress | None = None,
        wait: bool = False,
    ) -> None:
        self._workspace = Workspace(Path(folder), progress or for_library(), settings, wait=wait)

    @classmethod
    def init(
        cls,
        folder: str | Path,
        *,
        data: Any,
        goal: str,
        metric: str | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        precision: float | None = None,
        columns: Mapping[str, str | Sequence[str] | None] | None = None,
        validation: Any = None,
        test: Any = None,
        documents: str | Path | None = None,
        models: Sequence[str] = (),
        settings: tuple[str, ...] = (),
        progress: Progress | None = None,
        wait: bool = False,
    ) -> Project:
        """Make a task folder from one sentence and a labelled file (R1, R2).

        Args:
            folder: The folder to make.
            data: The labelled rows: a path relative to the working directory, or a polars or
                pandas frame, an Arrow table or a `datasets.Dataset`, which is kept as a Parquet
                file in the task folder.
            goal: One sentence that says what is predicted, and how well.
            metric: The number that defines success, unless the sentence says it.
            minimum: The target, where higher is better.
            maximum: The target, where lower is better.
            precision: With a goal of recall: what the class must have besides, from 0 to 1.
            columns: Names for `input`, `label`, `id`, `group`, `time`, `annotator`. Several
                for `input` are joined, each under its name.
            validation: Your own validation part, given as `data` is.
            test: Your own test part.
            documents: What answers can be looked up in: a file, or a folder of texts.
            models: Base models: hub ids or local folders.
            settings: Further keys, such as `policy.improvement=0.2`.
            progress: Where long work reports; unless given, shown in a notebook and at a prompt of
            Python, and silent elsewhere.
            wait: Whether to wait while another process makes or writes this folder.
        """
        from rungwise.workflow.define import define
        from rungwise.workflow.kept_frames import kept

        told = progress or for_library()
        with kept(Path(folder), told, data=data, validation=validation, test=test) as files:
            define(
                Path(folder),
                data=files["data"] or Path(),
                goal=goal,
                progress=told,
                metric=metric,
                minimum=minimum,
                maximum=maximum,
                precision=precision,
                columns=columns,
                validation=files["validation"],
                test=files["test"],
                documents=Path(documents) if documents is not None else None,
                models=models,
                settings=settings,
                wait=wait,
            )
        return cls(folder, progress=progress, wait=wait)

    def watch(
        self, *, hours: Callable[[str], float | None] | None = None, answers: int = 0
    ) -> None:
        """Follow a climb: be asked how long it may take, and see some answers as they come.

        Args:
            hours: Called with what takes long, above `policy.ask_above_minutes`; returns
                `budget.hours`, or None for no limit, which is written into `rungwise.yaml`.
            answers: Answers of every attempt at generated text that are shown.
        """
        self._workspace.ask_hours, self._workspace.show_answers = hours, answers

    @writes
    def plan(self) -> tuple[Planned, ...]:
        """Forecast every rung of the ladder that is left, without trying any."""
        from rungwise.workflow.plan import plan

        return plan(self._workspace)

    @writes
    def split(self) -> SplitRecord:
        """Make the three parts and seal the test part (R9, R10)."""
        from rungwise.workflow.split import split

        return split(self._workspace)

    @writes
    def add(self, path: str | Path) -> SplitRecord:
        """Join the labelled rows of a file to the data; every old row keeps its part (R68).

        If the test part was opened, rows of the file are a new one.
        """
        from rungwise.workflow.add import add

        return add(self._workspace, Path(path))

    @writes
    def audit(self, *, depth: Depth | None = None, rows: bool = True) -> tuple[Finding, ...]:
        """Put every audit to the data (R20).

        Args:
            depth: How hard to look for near copies.
            rows: Give every row of every finding; else only the first few where there are many.
        """
        from rungwise.workflow.audit import audit
        from rungwise.workflow.finding_rows import whole

        found = audit(self._workspace, depth=depth)
        return tuple(whole(one, self._workspace.objects) for one in found) if rows else found

    @writes
    def curate(
        self,
        *,
        decisions: str | Path | None = None,
        reviewed: bool = False,
        accept: Sequence[str] = (),
    ) -> Curation:
        """Apply decisions to the training part, as a new data version (R15, R19).

        Args:
            decisions: A file of decisions: `id`, `action`, `reason`, and `label`, `text`, `by`.
            reviewed: Apply what people decided in review files and no version has yet.
            accept: Codes of findings whose training rows are dropped, or `CODE=redact`, or
                `CODE=relabel` where the finding suggests labels.
        """
        from rungwise.workflow.curate import curate

        file = Path(decisions) if decisions is not None else None
        return curate(self._workspace, decisions=file, reviewed=reviewed, accept=accept)

    @writes
    def undo_curation(self) -> Curation:
        """Take the last curation back; it stays on record."""
        from rungwise.workflow.curate import undo

        return undo(self._workspace)

    @writes
    def compare_curation(self, *, trust: Trust = ()) -> Quality:
        """The frozen rung on raw and on curated rows, paired (R15)."""
        from rungwise.workflow.quality import quality

        with self.measuring(trust):
            return quality(self._workspace)

    @writes
    def review(self, path: str | Path, *, blind: bool = False) -> Review:
        """Write rows whose label is in doubt to a file, or read decisions back from it (R14).

        Args:
            path: The file, .csv or .jsonl; if it exists it is read back.
            blind: Write a random sample to be labelled without the labels in use.
        """
        from rungwise.workflow.review import review

        return review(self._workspace, Path(path), blind=blind)

    @writes
    def climb(
        self, *, rungs: Sequence[str] = (), everything: bool = False, trust: Trust = ()
    ) -> Climb:
        """Up the ladder until the target is reached, or on for comparison (R43).

        `trust` allows files of code that the task names to run, as they are now; so in all verbs
        that measure.
        """
        from rungwise.workflow.climb import climb

        with self.measuring(trust):
            return climb(self._workspace, rungs=rungs, everything=everything)

    @writes
    def import_predictions(self, path: str | Path, name: str) -> None:
        """Bring in the answers of the system in use today, as rung `current` (C2)."""
        from rungwise.workflow.climb import import_predictions

        import_predictions(self._workspace, Path(path), name)

    def state_need(self, **answers: Any) -> None:
        """Write keys under `need:` in `rungwise.yaml`: what is wrong, how many calls (R34–R40)."""
        from rungwise.workflow.state_need import state_need

        with self.writing("state_need"):
            state_need(self._workspace, answers)

    @writes
    def run(self, *, everything: bool = False, trust: Trust = ()) -> Run:
        """Split, audit and climb, as far as the gates allow; `trust` is that of `climb`."""
        from rungwise.workflow.run import run

        with self.measuring(trust):
            return run(self._workspace, everything=everything)

    def compare(self, first: str, second: str, *, trust: Trust = ()) -> Comparison:
        """Two attempts on the same rows, paired (R65), by ids, their beginnings or names."""
        from rungwise.workflow.compare import compare

        with self.measuring(trust):
            return compare(self._workspace, first, second)

    @writes
    def decide(self) -> str:
        """Stop, go on, go or no-go, back to the data, or change the base; with the reason."""
        from rungwise.decisions.direction import line

        return line(self.direction())

    @writes
    def direction(self) -> Direction:
        """The same as a record: the move, the reason, the next command, the ways on (R57–R70)."""
        from rungwise.workflow.decide import decide

        return decide(self._workspace)

    @writes
    def test(self, *, trust: Trust = ()) -> TestResult:
        """Open the seal, once (R68)."""
        from rungwise.workflow.test import test

        with self.measuring(trust):
            return test(self._workspace)

    @writes
    def ship(self, *, confirm_monitoring: str = "", trust: Trust = ()) -> ReleaseRecord:
        """Freeze what was tested as a versioned release (R71, R72).

        Args:
            confirm_monitoring: Who in operations confirms the section `monitoring:` (R75, R78);
                needed once for a plan.
            trust: Code of the task that may run.
        """
        from rungwise.workflow.ship import ship

        with self.measuring(trust):
            return ship(self._workspace, confirm_monitoring)

    def monitoring_to_confirm(self) -> str:
        """What operations has still to confirm before a release, in a sentence; "" if nothing."""
        from rungwise.workflow.monitoring_plan import to_confirm

        return to_confirm(self._workspace)

    def predict(
        self,
        file: str | Path | None = None,
        *,
        texts: Sequence[str] = (),
        release: str | None = None,
        output: str | Path | None = None,
        written: Mapping[str, str | None] | None = None,
        sample: bool = True,
    ) -> int:
        """Answer every row of a file, or texts, with a release; returns the number of rows.

        The answers go to `output`, as CSV, TSV, Parquet or JSONL by its name, or as JSONL to
        standard output: your columns, then `label` (or `output`), `confidence`, `review` and
        `release`; JSONL adds `id` and `probabilities`. `written` says the `encoding`, `delimiter`
        and `quote` of the file where they are not found. Some rows join the sample of production
        (R76) unless `sample` is False.
        """
        from rungwise.workflow.predict import predict

        return predict(
            self._workspace,
            Path(file) if file is not None else None,
            release,
            Path(output) if output is not None else None,
            texts,
            written or {},
            sample=sample,
        )

    @writes
    def rescore(self, metric: str, attempts: Sequence[str] = (), *, trust: Trust = ()) -> Rescored:
        """Measure kept outputs by another metric, without a new run (R65).

        Args:
            metric: Its name.
            attempts: Ids or names, such as `few_shot nearest`; all attempts if left out.
            trust: Code of the task that may run.
        """
        from rungwise.workflow.rescore import rescore

        with self.measuring(trust):
            return rescore(self._workspace, metric, attempts)

    @writes
    def judge_pairs(self, first: str, second: str) -> Preferred:
        """Ask the task's judge which of two attempts answers better, in both orders (R65)."""
        from rungwise.workflow.judge_pairs import judge_pairs

        return judge_pairs(self._workspace, first, second)

    @writes
    def go(
        self,
        *,
        by: str,
        role: str,
        reason: str,
        down_to: float | str = "",
        up_to: float | str = "",
    ) -> Go:
        """Accept in a person's name what the test left open, so that `ship` releases it (R70, C9).

        Args:
            by: Who has read the evaluation and accepts it.
            role: In which role.
            reason: Why.
            down_to: The low end of the test's interval, as it is printed.
            up_to: The high end instead, if smaller values of the metric are better.
        """
        from rungwise.workflow.go import go

        return go(
            self._workspace,
            by=by,
            role=role,
            reason=reason,
            down_to=str(down_to),
            up_to=str(up_to),
        )

    @writes
    def override(self, gate: str, *, by: str, role: str, reason: str) -> None:
        """Let a gate pass in a person's name; on record for ever (R4, C7)."""
        from rungwise.workflow.judge import override

        override(self._workspace, gate, by=by, role=role, reason=reason)
