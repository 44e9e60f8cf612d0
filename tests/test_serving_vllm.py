"""vLLM's command for a release, with the release's prompt as a chat template; and a Dockerfile."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.small_export import facts
from tests.small_language import write_language_model
from tests.small_server import release
from tests.test_serving_texts import text_release

from rungwise import plugins
from rungwise.errors import InputError, ModelError
from rungwise.progress import Silent
from rungwise.release.build import build
from rungwise.release.vllm import chat_template
from rungwise.training.prompting.prompted import Asked, Prompted
from rungwise.workflow.serve import dockerfile_of, vllm_command
from rungwise.workflow.workspace import Workspace

TOLD = 'Name "it" in {{ one }} word.\n\\n is no line; nor is é or 🙂.'


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language_model(tmp_path_factory.mktemp("language") / "small")


def of(weights: Path, selection: Any = "random", system: str = TOLD) -> Prompted:
    model = plugins.load("models", "language").open(str(weights), weights)
    examples = pl.DataFrame({"input": ["big 'hat'"], "expected": ["hat\n"]})
    return Prompted(model, Asked(system, selection, 1, 8, 0), examples)


def rendered(weights: Path, template: str, *turns: tuple[str, str]) -> str:
    """As vLLM renders it: by the tokenizer of the folder."""
    from transformers import AutoTokenizer

    shown = [{"role": role, "content": text} for role, text in turns]
    text = AutoTokenizer.from_pretrained(weights).apply_chat_template(
        shown, chat_template=template, tokenize=False, add_generation_prompt=True
    )
    assert isinstance(text, str)
    return text


def test_the_template_puts_the_prompt_of_the_release_around_a_conversation(weights: Path) -> None:
    prompted = of(weights)
    template = chat_template(prompted, prompted.model)  # type: ignore[arg-type]
    # The model's own template writes <s>, <u> or <a> before a text and a new line behind it.
    assert rendered(weights, template, ("user", "old cup")) == (
        f"<s>{TOLD}\n<u>big 'hat'\n<a>hat\n\n<u>old cup\n<a>"
    )
    told = ("system", "Be short."), ("user", "a"), ("assistant", "b"), ("user", "c")
    assert rendered(weights, template, *told) == (
        f"<s>{TOLD}\n\nBe short.\n<u>big 'hat'\n<a>hat\n\n<u>a\n<a>b\n<u>c\n<a>"
    )


def test_a_template_without_a_place_for_a_system_prompt_has_it_in_the_first_turn(
    weights: Path, tmp_path: Path
) -> None:
    own = (
        "{% for message in messages %}{% if message['role'] == 'system' %}"
        "{{ raise_exception('no system') }}{% endif %}<{{ message['role'][0] }}>"
        "{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}"
    )
    folder = tmp_path / "folded"
    folder.mkdir()
    for path in weights.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "chat_template.jinja").write_text(own)
    prompted = of(folder, selection=None, system="Name it.")
    prompted.examples = prompted.examples.clear()
    template = chat_template(prompted, prompted.model)  # type: ignore[arg-type]
    assert rendered(folder, template, ("user", "cup")) == "<u>Name it.\n\ncup<a>"


def test_a_template_that_renders_otherwise_is_refused(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for path in weights.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    odd = "{% if messages is string %}{% endif %}{{ messages[0]['content'] }}{{ told is defined }}"
    odd += "{% for message in messages[1:] %}{{ message['content'] }}{% endfor %}"
    (folder / "chat_template.jinja").write_text(odd)
    prompted = of(folder)
    with pytest.raises(InputError, match="does not fit into the chat template"):
        chat_template(prompted, prompted.model)  # type: ignore[arg-type]


def test_the_command_is_printed_and_started(weights: Path, tmp_path: Path) -> None:
    folder = text_release(tmp_path, plugins.load("models", "language").open(str(weights), weights))
    command = [sys.executable, "-m", "rungwise", "serve", "--engine", "vllm", "-C", str(tmp_path),
               "--release", str(folder), "--port", "9000"]  # fmt: skip
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    missing = subprocess.run(
        command,
        check=False,
        env=os.environ | {"PATH": str(nowhere)},
        capture_output=True,
        text=True,
    )
    assert missing.returncode == 1
    assert "vllm is not installed here" in missing.stderr
    assert "Traceback" not in missing.stderr
    words = shlex.split(missing.stdout)
    assert words[:3] == ["vllm", "serve", str(folder / "model")]
    given = dict(zip(words[3::2], words[4::2], strict=True))
    assert given["--served-model-name"] == "v1.0"
    assert (given["--host"], given["--port"]) == ("127.0.0.1", "9000")
    assert given["--max-model-len"] == "512"
    assert json.loads(given["--override-generation-config"]) == {
        "temperature": 0, "max_new_tokens": 10,
    }  # fmt: skip
    shown = rendered(weights, Path(given["--chat-template"]).read_text(), ("user", "old cup"))
    assert shown == "<s>Name the thing.\n<u>big hat\n<a>hat\n<u>old cup\n<a>"
    theirs = nowhere / "vllm"
    theirs.write_text("#!/bin/sh\necho started $#\nexit 7\n")
    theirs.chmod(theirs.stat().st_mode | stat.S_IXUSR)
    started = subprocess.run(
        command, check=False, env=os.environ | {"PATH": f"{nowhere}:/usr/bin:/bin"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert started.returncode == 7, "the engine is what runs"
    assert started.stdout.splitlines()[-1] == f"started {len(words) - 1}"


def test_what_vllm_cannot_answer_is_named(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(tmp_path, Silent())
    labels = str(release(tmp_path / "labels"))
    with pytest.raises(InputError, match="answers with labels"):
        vllm_command(space, labels, host="127.0.0.1", port=1)
    nearest = of(weights, "nearest")
    about = facts()
    looked_up = build(tmp_path / "nearest", about, nearest.export, "# Things\n")
    with pytest.raises(InputError, match="chooses among labels"):
        vllm_command(space, str(looked_up), host="127.0.0.1", port=1)
    endpoint = plugins.load("models", "endpoint").open("endpoint:m@http://127.0.0.1:1/v1")
    with pytest.raises(InputError, match="no weights"):
        vllm_command(space, str(text_release(tmp_path, endpoint)), host="127.0.0.1", port=1)
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    with pytest.raises(InputError, match=r"Others could reach 0\.0\.0\.0"):
        vllm_command(space, labels, host="0.0.0.0", port=1)
    (Path(labels) / "model.onnx").write_bytes(b"torn")
    changed = r"model\.onnx of release v1\.0 has changed"
    with pytest.raises(ModelError, match=changed):
        vllm_command(space, labels, host="127.0.0.1", port=1)
    with pytest.raises(ModelError, match=changed):
        dockerfile_of(space, labels)


def test_examples_that_are_looked_up_are_refused(weights: Path, tmp_path: Path) -> None:
    import dataclasses

    about = dataclasses.replace(facts(), classes=())
    folder = build(tmp_path / "releases", about, of(weights, "nearest").export, "# Things\n")
    with pytest.raises(InputError, match="looks examples up for each question"):
        vllm_command(Workspace(tmp_path, Silent()), str(folder), host="127.0.0.1", port=1)


def test_a_dockerfile_copies_the_release_and_no_key(tmp_path: Path) -> None:
    folder = release(tmp_path / "releases")
    text = dockerfile_of(Workspace(tmp_path, Silent()), str(folder))
    lines = text.splitlines()
    assert "COPY releases/v1.0 /srv/task/releases/v1.0" in lines
    assert "USER rungwise" in lines
    entry = next(line for line in lines if line.startswith("ENTRYPOINT "))
    command = json.loads(entry.removeprefix("ENTRYPOINT "))
    assert command[:2] == ["rungwise", "serve"]
    assert command[command.index("--release") + 1] == "/srv/task/releases/v1.0"
    health = next(line for line in lines if line.startswith("HEALTHCHECK "))
    compile(json.loads(health.partition("CMD ")[2])[-1], "health", "exec")
    assert "'rungwise[serve]==" in text
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "release.json", "README.md", "labels.json", "model.onnx", "serving.json",
        "tokenizer.json",
    }, "nothing is written into the release"  # fmt: skip
    with pytest.raises(InputError, match="lies outside"):
        dockerfile_of(Workspace(tmp_path / "elsewhere", Silent()), str(folder))
