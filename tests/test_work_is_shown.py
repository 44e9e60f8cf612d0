"""What a person sees of long work: epochs, rates, counts, a first import, and the model opened."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.small_task import GOAL, rows, write
from typer.testing import CliRunner

from rungwise import Project
from rungwise.cli.application import application
from rungwise.cli.heartbeat import Heartbeat, asking
from rungwise.errors import ModelError
from rungwise.progress import Bars, Item, Lines, Silent, Tally, Titled, clock
from rungwise.records import Epoch
from rungwise.training.epoch_line import epoch_line


class Seen(Silent):
    """Keeps what is said, and the titles of what is counted."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.titles: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)

    def over(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        self.titles.append(title)
        yield from items

    @contextlib.contextmanager
    def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
        self.titles.append(title)
        yield Tally(rows, tokens)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00"), (59.6, "1:00"), (65, "1:05"), (3_725, "1:02:05")]
)
def test_a_time_reads_like_a_clock(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


def test_an_epoch_in_a_line_says_at_most_how_long() -> None:
    curve = [
        Epoch(number=1, train_loss=0.5, validation_loss=0.6, validation_metric=0.8, seconds=10.0),
        Epoch(number=2, train_loss=0.25, validation_loss=0.5, validation_metric=0.9, seconds=20.0),
    ]
    said = epoch_line(curve, 6, "macro_f1")  # four epochs of 15 s are left
    assert said.strip() == (
        "epoch 2 of 6: loss 0.2500 in training, 0.5000 on validation, macro_f1 90.0 %, 20.0 s, "
        "at most 1:00 left"
    )
    assert "left" not in epoch_line(curve, 2, "macro_f1")


@pytest.mark.parametrize(
    ("total", "expected"), [(4, "rows: 2/4, 0:04 left"), (None, "rows: 2 in 0:04")]
)
def test_lines_say_how_long_also_without_a_total(
    total: int | None,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    moments = iter([0.0, 1.0, 1.5, 4.0, 5.0])
    monkeypatch.setattr("rungwise.progress.time.monotonic", lambda: next(moments))
    assert list(Lines().over(range(4), "rows", total)) == [0, 1, 2, 3]
    assert capsys.readouterr().err.strip() == expected


def test_lines_count_rows_and_tokens_and_say_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moments = iter([0.0, 1.0, 4.0])
    monkeypatch.setattr("rungwise.progress.time.monotonic", lambda: next(moments))
    with Titled(Lines(), "few_shot").tally("answering", 150, 12_000) as tally:
        tally.skip(50, 4_000)  # what was kept takes no time
        tally.add(20, 2_000)  # 2,000 of 8,000 tokens in 4 s: 12 s are left
    said = capsys.readouterr().err.strip()
    assert said == "few_shot: answering: 70/150 rows, 2,000 tokens, 0:12 left"


def test_a_bar_shows_rows_and_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    with Heartbeat(Bars(), "rungwise run") as shown, shown.tally("answering", 4, 100) as tally:
        tally.add(4, 90)
        assert (tally.rows, tally.tokens) == (4, 90)


def test_an_answer_counts_its_tokens_as_they_are_written(tmp_path: Path) -> None:
    from tests.small_language import write_language_model

    from rungwise.conversation import Message
    from rungwise.models.language import Language, decoding

    seen: list[tuple[int, int]] = []

    class Counting(Silent):
        @contextlib.contextmanager
        def tally(self, title: str, rows: int, tokens: float) -> Iterator[Tally]:
            yield Tally(rows, tokens, lambda tally: seen.append((tally.rows, tally.tokens)))

    model = Language().open(str(write_language_model(tmp_path / "model")), tmp_path)
    prompts = [(Message("user", f"room {n}"),) for n in range(3)]  # one batch
    told = model.generate(prompts, Counting(), max_tokens=5)
    assert len(seen) > 3, "a batch is shown token by token"
    assert seen[-1][0] == 3 and [rows for rows, _ in seen] == sorted(rows for rows, _ in seen)
    ids = [model.tokens(prompt) for prompt in prompts]
    own = sum(map(len, ids)) - len(ids) * decoding.shared_prefix(ids)
    assert seen[-1][1] == own + sum(one.output_tokens for one in told)
    layers = len(model.network.model.layers)
    assert [tokens for _, tokens in seen[: layers + 1]] == [
        own * layer // layers for layer in range(layers + 1)
    ], "what is read is shown layer by layer"


@pytest.mark.parametrize("total", [3, None])
def test_bars_yield_everything_and_say_above(
    total: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    bars, seen = Bars(), []
    for item in bars.over(range(3), "recall[toxic]", total):
        bars.say(f"item {item} [of three]")
        seen.append(item)
    said = capsys.readouterr().err
    assert seen == [0, 1, 2]
    assert all(f"item {item} [of three]" in said for item in seen)


def still(seen: Seen) -> list[str]:
    return [one for one in seen.said if "still at it" in one]


def waited(seen: Seen, count: int) -> bool:
    """Whether that many signs of life come within a generous time."""
    deadline = time.monotonic() + 20
    while len(still(seen)) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(still(seen)) >= count


def test_silent_work_gives_a_sign_of_life() -> None:
    seen = Seen()
    with Heartbeat(seen, "rungwise audit", interval=0.05) as shown:
        assert waited(seen, 2)
        assert still(seen)[0] == "  rungwise audit: still at it, 0:00"
        shown.say("Trying linear …")
        said = len(still(seen))
        assert waited(seen, said + 1) and "  Trying linear: still" in still(seen)[-1]
        for _ in shown.over([1], "reading rows.csv"):  # an item of unknown length
            said = len(still(seen))
            assert waited(seen, said + 1) and "  reading rows.csv: still" in still(seen)[-1]
    said = len(still(seen))
    time.sleep(0.2)
    assert len(still(seen)) == said, "it goes on after the end"


def test_a_question_is_not_talked_into() -> None:
    seen = Seen()
    with Heartbeat(seen, "rungwise run", interval=0.05), asking():
        time.sleep(0.3)
        assert still(seen) == []


def test_work_that_speaks_needs_no_sign_of_life() -> None:
    seen = Seen()
    with Heartbeat(seen, "rungwise run", interval=60) as shown:
        assert list(shown.over(range(3), "rows", 3)) == [0, 1, 2]
    assert seen.said == [] and seen.titles == ["rows"]


def test_a_title_stands_before_another() -> None:
    seen = Seen()
    assert list(Titled(seen, "lora, rate 2 of 3").over([1, 2], "epoch 1 of 4", 2)) == [1, 2]
    assert seen.titles == ["lora, rate 2 of 3: epoch 1 of 4"]


def test_training_shows_rung_rate_and_epoch(tmp_path: Path, encoder: str) -> None:
    seen = Seen()
    project = Project.init(
        tmp_path / "task",
        data=write(tmp_path / "requests.csv", rows()[:150]),
        goal=GOAL,
        models=[encoder],
        settings=("training.epochs=2",),
        progress=seen,
    )
    project.split()
    project.audit()
    for rung in ("majority", "zero_shot", "nearest", "frozen"):
        project.climb(rungs=(rung,), everything=True)
    context = [one for one in seen.said if one.startswith("Trying frozen")]
    assert context and ", rate" not in context[0]
    project.state_need(wrong=["style"], calls_per_month=1000, knowledge_changes="never")
    for gate in ("data_audited", "tuning_earned"):
        project.override(gate, by="Dana Reyes", role="business", reason="to see it train")
    project.climb(rungs=("unfreeze",), everything=True)
    tried = [one for one in seen.said if one.startswith("Trying unfreeze")]
    assert ", rate 1 of 3 …" in tried[0] and ", rate 2 of 3 …" in tried[1]
    titles = [title for title in seen.titles if "epoch" in title]
    assert titles[:2] == [f"unfreeze, rate 1 of 3: epoch {n} of 2" for n in (1, 2)]
    lines = [one.strip() for one in seen.said if one.strip().startswith("epoch ")]
    assert lines[0].startswith("epoch 1 of 2: loss ") and "accuracy" in lines[0]
    assert "left" in lines[0] and "left" not in lines[1]


FIRST_IMPORT = """
import sys
from rungwise.cost.measure import Meter
enter, there = Meter.__enter__, []
def entered(meter):
    there.append("torch" in sys.modules)
    return enter(meter)
Meter.__enter__ = entered
from rungwise import Project
from rungwise.progress import Lines
Project(sys.argv[1], progress=Lines()).climb(rungs=("majority", "nearest"), everything=True)
print(there)
"""


def test_loading_torch_is_said_and_booked_to_no_attempt(tmp_path: Path, encoder: str) -> None:
    project = Project.init(
        tmp_path / "task", data=write(tmp_path / "requests.csv"), goal=GOAL, models=[encoder]
    )
    project.split()
    project.audit()
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_IMPORT, str(project.folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.split("\n")[0] == "[False, True]", "a meter ran while torch was loaded"
    assert ran.stderr.count("loading PyTorch") == 1
    assert ran.stderr.index("Trying nearest") < ran.stderr.index("loading PyTorch")


def test_check_opens_the_model(tmp_path: Path, encoder: str) -> None:
    project = Project.init(
        tmp_path / "task", data=write(tmp_path / "requests.csv"), goal=GOAL, models=[encoder]
    )
    (told,) = project.check()["models"]
    assert told.startswith(f"{encoder} opens: bert, 6 layers, 384 wide, 512 positions")
    said = CliRunner().invoke(application, ["check", "-C", str(project.folder)])
    assert told in said.output
    before = sorted(tmp_path.rglob("*"))
    project.check()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("damage", ["tokenizer.json", "config.json"])
def test_check_says_what_of_a_model_cannot_be_opened(
    damage: str, tmp_path: Path, encoder: str
) -> None:
    import shutil

    from rungwise.checkpoints import find

    shutil.copytree(find(encoder, tmp_path, "text").folder, tmp_path / "model")
    project = Project.init(
        tmp_path / "task",
        data=write(tmp_path / "requests.csv"),
        goal=GOAL,
        models=[str(tmp_path / "model")],
    )
    assert " opens: " in project.check()["models"][0]
    (tmp_path / "model" / damage).write_text("{")
    with pytest.raises(ModelError) as refused:
        project.check()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["endpoint:gpt@https://example.org/v1", "someone/some-model"])
def test_check_reaches_no_network(name: str, tmp_path: Path) -> None:
    from rungwise.workflow.opened_models import opened_models

    project = Project.init(
        tmp_path / "task", data=write(tmp_path / "requests.csv"), goal=GOAL, models=[]
    )
    task = project._workspace.task.model_copy(update={"models": (name,)})
    (told,) = opened_models(task, project.folder)
    assert told.startswith(f"{name} is ")
