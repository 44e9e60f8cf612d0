"""Generated text goes the whole way: what is deployed is what was evaluated (R71)."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.scripted_server import Asked, Says, completion, scripted
from tests.small_language import write_language_model

from rungwise import Project, plugins
from rungwise.conversation import of_input
from rungwise.errors import GateHolds, ModelError
from rungwise.progress import Silent
from rungwise.release.opened import opened
from rungwise.release.text_predictor import TextPredictor
from rungwise.table import Examples, Inputs
from rungwise.training.language.adapter import Adapters
from rungwise.training.lora import ALPHA, RANK
from rungwise.workflow import piecewise

COLOURS = ("red", "blue", "green", "black")
THINGS = [f"{size} {thing}" for size in ("big", "small", "old", "new", "nice")
          for thing in ("car", "hat", "cup", "pen", "box", "bag")]  # fmt: skip
SECRET = "sk-of-nobody-at-all"


class Told(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def project_of(folder: Path, model: str, *settings: str, told: Told | None = None) -> Project:
    rows = [(f"{thing} in {colour} please", json.dumps({"colour": colour}))
            for thing in THINGS for colour in COLOURS]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, ["text", "answer"], orient="row").write_csv(folder / "rows.csv")
    project = Project.init(
        folder / "task",
        data=folder / "rows.csv",
        goal="Extract the colour of each request as JSON with at least 90 percent chrf",
        metric="chrf",
        columns={"input": "text", "label": "answer"},
        models=[model],
        settings=(
            "policy.evaluation_rows=12", "policy.test_share=0.3", "generation.shots=2",
            "generation.max_tokens=6", "training.epochs=4", "policy.learning_rates=1",
            "training.learning_rates=[0.01]", *settings,
        ),
        progress=told,
    )  # fmt: skip
    project.split()
    project.audit()
    return project


def passed(project: Project, verb: str, **given: Any) -> Any:
    """Take a step, with an override of each gate that holds, but of the export's."""
    for _ in range(8):
        try:
            return getattr(project, verb)(**given)
        except GateHolds as refusal:
            gate = refusal.fact.split()[1]
            if gate == "export_matches":
                raise
            project.override(gate, by="Ada", role="ml", reason="to see the way")
    raise AssertionError(f"{verb} is held again and again")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


@pytest.fixture(scope="module")
def tuned(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Told]:
    """Adapters that were trained, tested and released."""
    told = Told()
    project = project_of(tmp_path_factory.mktemp("tuned"), str(model), told=told)
    passed(project, "climb", rungs=["prompt"])
    project.audit()
    passed(project, "climb", rungs=["lora"])
    chosen = project._workspace.selected
    assert chosen is not None
    assert chosen.rung == "lora", "it has learnt something"
    passed(project, "test")
    passed(project, "ship", confirm_monitoring="Ada")
    return project, told


def evaluated(project: Project) -> tuple[Inputs, list[str]]:
    """The measured validation rows, and what the tested model answered."""
    chosen = project._workspace.selected
    assert chosen is not None
    refit = project._workspace.state.refit(chosen.id)
    told = chosen.predictions if refit is None else refit.own_answers
    answers = project._workspace.predictions(told)
    return Examples.of(project._workspace.measured()).inputs, answers.outputs.to_list()


def release_of(project: Project) -> Path:
    return project.folder / "releases" / "v1.0"


def test_the_merged_model_alone_answers_on_another_machine(
    tuned: tuple[Project, Told], tmp_path: Path
) -> None:
    project, _ = tuned
    moved = tmp_path / "moved"
    shutil.copytree(release_of(project), moved)
    rows, expected = evaluated(project)
    assert opened(moved).predict(rows, Silent()).outputs.to_list() == expected
    assert len(set(expected)) > 1, "answers that differ, or this shows nothing"


def test_peft_lays_the_adapter_over_the_base_model(
    tuned: tuple[Project, Told], model: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    project, _ = tuned
    rows, expected = evaluated(project)
    base = AutoModelForCausalLM.from_pretrained(model, dtype="float32")
    with warnings.catch_warnings():  # PEFT asks transformers by a name that is going away
        warnings.simplefilter("ignore", FutureWarning)
        whole = PeftModel.from_pretrained(base, release_of(project) / "adapter").eval()
    tokenizer = AutoTokenizer.from_pretrained(release_of(project) / "model")
    chosen = project._workspace.selected
    assert chosen is not None
    asked = project._workspace.prompts(chosen.prompts)
    assert asked["id"].equals(rows.ids)
    for prompt, answer in zip(asked["prompt"], expected, strict=True):
        turns = [{"role": one.role, "content": one.content} for one in of_input(prompt)]
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)
        with torch.no_grad():
            made = whole.generate(**ids, max_new_tokens=6, do_sample=False)
        told = tokenizer.decode(made[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        assert told.strip() == answer


def test_every_form_was_asked_before_the_release(tuned: tuple[Project, Told]) -> None:
    project, told = tuned
    verdict = project._workspace.state.verdicts["export_matches"]
    assert verdict.verdict == "pass"
    assert verdict.numbers["rows"] == 12
    assert all(rows == [] for rows in verdict.numbers["differing"].values())
    forms = {form.rpartition(" ")[2] for form in verdict.numbers["differing"]}
    assert forms == {"model/", "adapter/"}
    size = sum(path.stat().st_size for path in (release_of(project) / "model").iterdir())
    assert any(f"{size / 1e6:,.1f} MB" in line for line in told.said)
    assert any("36 rows of the test part" in line for line in told.said)


def test_the_card_speaks_of_text(tuned: tuple[Project, Told]) -> None:
    card = (release_of(tuned[0]) / "README.md").read_text(encoding="utf-8")
    assert "pipeline_tag: text-generation" in card
    assert "PEFT folder" in card
    assert "labels" not in card


def test_the_checklist_asks_for_no_classes(tuned: tuple[Project, Told]) -> None:
    told = tuned[0].checklist()
    assert "what a right answer is" in told
    assert "Frozen features" not in told
    assert "tuned so far: lora" in told


def test_each_rows_prompt_tokens_and_end_are_kept(tuned: tuple[Project, Told]) -> None:
    project, _ = tuned
    chosen = project._workspace.selected
    assert chosen is not None
    for record, rows in ((chosen, 12), (project._workspace.state.test, 36)):
        assert record is not None
        frame = pl.read_parquet(project._workspace.objects.path(record.predictions))
        assert frame.columns == ["id", "output", "prompt_tokens", "output_tokens", "ended"]
        assert len(frame) == rows
        assert set(frame["ended"]) <= {"stop", "length"}
        assert frame["output_tokens"].max() == 6
        prompts = project._workspace.prompts(record.prompts)
        assert prompts["id"].equals(frame["id"])
    project.verify()


def test_predict_answers_every_row_in_its_place(
    tuned: tuple[Project, Told], tmp_path: Path
) -> None:
    project, _ = tuned
    long = "x" * 600
    rows = [{"text": "big red car"}, {"text": ""}, {"text": long}, {"text": "a <b> hat"}]
    new = tmp_path / "new.jsonl"
    new.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert project.predict(new, output=tmp_path / "out.jsonl") == 4
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [set(one) for one in answers] == [
        {"text", "output", "confidence", "review", "release", "id"}
        | (set() if place in (0, 3) else {"error", "line"})
        for place in range(4)
    ]
    assert [one["text"] for one in answers] == [row["text"] for row in rows]
    assert [one["output"] is None for one in answers] == [False, True, True, False]
    assert [one["line"] for one in answers[1:3]] == [2, 3]
    assert "no room" in answers[2]["error"]


def test_the_report_shows_raw_texts_escaped(tuned: tuple[Project, Told]) -> None:
    page = tuned[0].report().read_text(encoding="utf-8")
    assert "Wrong texts" in page
    assert "tokens to ask" in page
    assert "What is taken for what" not in page


@pytest.mark.parametrize(
    "name", ["model/model.safetensors", "adapter/adapter_model.safetensors", "prompt.json"]
)
def test_a_torn_file_is_refused(tuned: tuple[Project, Told], name: str, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(release_of(tuned[0]), moved)
    content = (moved / name).read_bytes()
    (moved / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=f"{name} of release v1.0 has changed"):
        opened(moved)


def test_torn_files_of_an_export_are_refused_too(
    tuned: tuple[Project, Told], model: Path, tmp_path: Path
) -> None:
    for name in ("model/model.safetensors", "adapter/adapter_model.safetensors", "prompt.json",
                 "serving.json"):  # fmt: skip
        moved = tmp_path / name.replace("/", "-")
        shutil.copytree(release_of(tuned[0]), moved)
        content = (moved / name).read_bytes()
        (moved / name).write_bytes(content[: len(content) // 2])
        base = plugins.load("models", "language").open(str(model), model)
        row = Inputs(pl.Series(["1"]), pl.Series(["red"]))
        with pytest.raises(ModelError):
            if name.startswith("adapter"):
                TextPredictor(moved, exported=True, base=base).predict(row, Silent())
            else:
                opened(moved, exported=True).predict(row, Silent())


def test_merging_leaves_the_network_as_it_was(model: Path) -> None:
    import torch

    opened_model = plugins.load("models", "language").open(str(model), model)
    network, method = opened_model.network, Adapters(2)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with method.attached(opened_model):
        fresh = {name: one for name, one in network.state_dict().items() if ".lora_" in name}
    tensors = {name: torch.randn_like(one) for name, one in fresh.items()}
    name = "model.layers.3.mlp.up_proj"
    with method.merged(opened_model, tensors):
        held = network.state_dict()[f"{name}.weight"].clone()
        assert network.state_dict().keys() == before.keys()
    up, down = (tensors[f"{name}.lora_{side}.default.weight"].double() for side in "BA")
    exact = before[f"{name}.weight"].double() + up @ down * (ALPHA / RANK)
    assert torch.equal(held, exact.float()), "one rounding, at the end"
    after = network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], one) for name, one in before.items())


def test_examples_and_the_pool_they_come_from_are_in_the_release(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rungwise.training.prompting import shots

    monkeypatch.setattr(shots, "SELECTIONS", ("nearest",))
    told = Told()
    project = project_of(tmp_path, str(model), told=told)
    passed(project, "climb", rungs=["few_shot"])
    passed(project, "test")
    passed(project, "ship", confirm_monitoring="Ada")
    rows, expected = evaluated(project)
    alone = Inputs(rows.ids[3:4], rows.values[3:4])
    predictor = opened(release_of(project))
    assert predictor.predict(rows, Silent()).outputs.to_list() == expected
    assert predictor.predict(alone, Silent()).outputs.to_list() == expected[3:4]
    held = json.loads((release_of(project) / "prompt.json").read_text(encoding="utf-8"))
    pool = project._workspace.part("train")["input"].to_list()
    assert sorted(held["examples"]["input"]) == sorted(pool)
    assert any(f"{len(pool)} training rows are in the release" in line for line in told.said)
    assert not (release_of(project) / "adapter").exists()


def test_an_interrupted_test_goes_on_where_it_was(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piecewise, "PIECE", 10)
    told = Told()
    project = project_of(tmp_path, str(model), told=told)
    passed(project, "climb", rungs=["prompt"])
    calls: list[int] = []
    from rungwise.training.prompting.prompted import Prompted

    once = Prompted.predict

    def stopped(self: Prompted, inputs: Inputs, progress: Any) -> Any:
        calls.append(len(inputs))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return once(self, inputs, progress)

    monkeypatch.setattr(Prompted, "predict", stopped)
    with pytest.raises(KeyboardInterrupt):
        passed(project, "test")
    assert calls == [12, 10, 10, 10], "validation, then pieces of the test"
    calls[:] = [0] * 4
    result = passed(project, "test")
    assert calls[4:] == [12, 10, 6], "the two pieces that were done are not asked again"
    assert result.unseal == 1
    assert result.goal.rows == 36
    assert any("20 of 36 rows were answered before" in line for line in told.said)
    assert not list((project.folder / ".rungwise" / "cache" / "test").iterdir())


def test_an_endpoint_is_released_by_name_and_without_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", SECRET)
    with scripted() as server:
        told = Told()
        project = project_of(tmp_path, server.name, told=told)
        passed(project, "climb", rungs=["few_shot"])
        passed(project, "test")
        server.script = _other
        with pytest.raises(GateHolds, match="the endpoint: row"):
            passed(project, "ship", confirm_monitoring="Ada")
        server.script = lambda asked: Says(completion(f"re: {asked.last}"))
        passed(project, "ship", confirm_monitoring="Ada")
        rows, expected = evaluated(project)
        answered = opened(release_of(project)).predict(rows, Silent())
        assert answered.outputs.to_list() == expected
    assert any("weights are not in the release" in line for line in told.said)
    card = (release_of(project) / "README.md").read_text(encoding="utf-8")
    assert "The weights are not in this release" in card
    held = sorted(path.name for path in release_of(project).rglob("*"))
    assert held == [
        "README.md", "RUNBOOK.md", "manifest.json", "prompt.json", "reference.json",
        "reference.safetensors", "release.json", "serving.json",
    ]  # fmt: skip
    manifest = json.loads((release_of(project) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["model"]["name"] == server.name
    for path in project.folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def _other(asked: Asked) -> Says:
    """Another answer to one of the questions."""
    return Says(completion("no" if "red" in asked.last else f"re: {asked.last}"))
