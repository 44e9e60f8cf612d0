"""What the command line says of itself, and what it says when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.small_task import GOAL, write
from typer.testing import CliRunner

from rungwise import Project, __version__
from rungwise.cli import main
from rungwise.cli.application import application

# A background job of a shell ignores SIGINT, and so would what it starts.
CLI = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from rungwise.cli import main
main()
"""
COMMANDS = typer.main.get_command(application).commands  # type: ignore[attr-defined]


def test_the_version_is_printed() -> None:
    said = CliRunner().invoke(application, ["--version"])
    assert (said.exit_code, said.output) == (0, f"rungwise {__version__}\n")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_help_lists_every_command_once_with_its_whole_sentence(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    said = CliRunner().invoke(application, ["--help"], terminal_width=width).output
    words = " ".join(said.split())
    assert "..." not in words.replace("[ARGS]...", "")
    for name, command in COMMANDS.items():
        sentence = " ".join(command.help.split("\n\n")[0].split())
        assert f" {name} {sentence}" in words
        assert sum(line.startswith(f"  {name} ") for line in said.splitlines()) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_cuts_no_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = CliRunner().invoke(application, [name, "--help"]).output
    words = " ".join(said.split())
    for parameter in COMMANDS[name].params:
        assert " ".join((parameter.help or "").split()) in words
    assert max(map(len, said.splitlines())) <= 80


def test_commands_stand_under_headings_and_the_shell_can_complete_them() -> None:
    said = CliRunner().invoke(application, ["--help"]).output
    headings = [line for line in said.splitlines() if line.endswith(":") and line[:1].isupper()]
    assert len(headings) >= 5
    assert "Others:" not in headings, "a command stands in no group"
    environment = {"_RUNGWISE_COMPLETE": "complete_bash", "COMP_WORDS": "rungwise pre"}
    completed = CliRunner().invoke(
        application, [], prog_name="rungwise", env=environment | {"COMP_CWORD": "1"}
    )
    assert completed.output.split() == ["predict"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, typer.Abort])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["curate"], "The same command goes on where it was."),
        (["run"], "The same command goes on where it was."),
        (["predict", "rows.csv"], "run the same command again."),
    ],
)
def test_an_interruption_ends_in_one_sentence(
    arguments: list[str],
    sentence: str,
    end: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise end

    monkeypatch.setattr("rungwise.workflow.project.Project.__init__", ends)
    monkeypatch.setattr(sys, "argv", ["rungwise", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 130
    assert said.startswith("rungwise: Interrupted. ") and said.endswith(f"{sentence}\n")


def interrupt(
    command: list[str], when: Callable[[str], bool], by: signal.Signals = signal.SIGINT
) -> tuple[int, str]:
    """Send a signal, SIGINT as Ctrl-C does, once a line of standard error says so."""
    running = subprocess.Popen(
        [sys.executable, "-c", CLI, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = ""
    for line in running.stderr:
        said += line
        if when(line):
            os.kill(running.pid, by)
            break
    said += running.stderr.read()
    running.stderr.close()
    return running.wait(60), said


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_ctrl_c_says_what_the_documentation_promises(tmp_path: Path, encoder: str) -> None:
    folder = tmp_path / "task"
    project = Project.init(
        folder, data=write(tmp_path / "requests.csv"), goal=GOAL, models=[encoder]
    )
    project.split()
    project.audit()
    command = ["climb", "--all", "--rung", "majority", "--rung", "frozen", "-C", str(folder)]
    code, said = interrupt(command, lambda line: "Trying frozen" in line)
    assert (code, said.splitlines()[-1]) == (
        130, "rungwise: Interrupted. The same command goes on where it was."
    )  # fmt: skip
    assert [attempt.rung for attempt in Project(folder).attempts()] == ["majority"]
    with project.writing("the test"):
        for by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            code, said = interrupt([*command, "--wait"], lambda line: bool(line.strip()), by)
            assert code == 128 + by
            assert said.splitlines()[-1].startswith("rungwise: Interrupted. The same command")
    again = Project(folder)
    again.climb(rungs=("majority", "frozen"), everything=True)
    rungs = [attempt.rung for attempt in again.attempts()]
    assert rungs.count("majority") == 1 and "frozen" in rungs


# The pseudo-terminal becomes the one that Ctrl-C is typed at.
AT_TERMINAL = (
    """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
"""
    + CLI
)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("by", ["Ctrl-C", signal.SIGTERM])
def test_an_interrupted_question_ends_in_the_sentence(tmp_path: Path, by: Any) -> None:
    import pty

    from tests.small_language import write_language_model

    (tmp_path / "rows.jsonl").write_text(
        "\n".join(json.dumps({"input": f"room {n}", "output": f"{n}"}) for n in range(60))
    )
    model = write_language_model(tmp_path / "model")
    folder = Project.init(
        tmp_path / "task",
        data=tmp_path / "rows.jsonl",
        goal="Answer with the number of the room at 80 percent exact match",
        metric="exact_match",
        minimum=0.8,
        models=[str(model)],
        columns={"input": "input", "label": "output"},
    ).folder
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "run", "-C", str(folder)],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = ""
    while "What is wrong with answers" not in said:
        said += os.read(ours, 4096).decode()
    if by == "Ctrl-C":
        os.write(ours, b"\x03")
    else:
        os.kill(running.pid, by)
    assert running.wait(60) == (130 if by == "Ctrl-C" else 143)
    while "where it was." not in said:
        said += os.read(ours, 4096).decode()
    os.close(ours)
    assert said.splitlines()[-1] == "rungwise: Interrupted. The same command goes on where it was."
