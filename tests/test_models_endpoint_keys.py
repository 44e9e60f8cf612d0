"""Prompts and keys reach the server that the user named, and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.scripted_server import MODEL, Asked, Says, Scripted, completion, echo, scripted

from rungwise import task
from rungwise.conversation import Message
from rungwise.errors import InputError, ModelError
from rungwise.models.endpoint import Endpoint, EndpointLimits, parse
from rungwise.models.endpoint.key import key_for
from rungwise.progress import Silent

OURS, OPENAI, ACME = "canary-ours-7f3a9c", "canary-openai-51be", "canary-acme-c0ffee"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNGWISE_ENDPOINT_KEY", "OPENAI_API_KEY", "ACME_KEY"):
        monkeypatch.delenv(name, raising=False)


def ask(name: str, answers: Path | None = None, **limits: Any) -> list[str]:
    given = EndpointLimits(**{"backoff_s": 0.001, "attempts": 3, **limits})
    model = Endpoint().open(name, limits=given, answers=answers)
    return [one.text for one in model.generate([(Message("user", "hi"),)], Silent(), max_tokens=8)]


# ── redirects ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_and_its_target_is_named(
    status: int, server: Scripted, tmp_path: Path
) -> None:
    with scripted(lambda asked: Says(completion("another host's words"))) as other:
        place = f"127.0.0.1:{other.server.server_port}"
        target = f"http://name:canary@{place}/v1/chat/completions?key=canary#canary"
        server.script = lambda asked: Says({}, status=status, headers={"location": target})
        with pytest.raises(ModelError) as caught:
            ask(server.name, tmp_path / "answers.jsonl")
    assert other.asked == []
    assert len(server.asked) == 1
    assert f"redirects to http://{place}/v1/chat/completions with status {status}" in str(
        caught.value
    )
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "answers.jsonl").exists()


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/elsewhere", "/elsewhere"),
        ("", "no address"),
        ("http://[::1", "[::1"),
        ("//evil/x", "evil"),
    ],
)
def test_a_strange_target_is_one_line_too(location: str, shown: str, server: Scripted) -> None:
    server.script = lambda asked: Says({}, status=307, headers={"location": location})
    with pytest.raises(ModelError, match="redirects to") as caught:
        ask(server.name)
    assert shown in caught.value.fact


def test_a_redirect_of_a_look_up_is_not_followed_either(server: Scripted) -> None:
    with scripted() as other:
        target = f"http://127.0.0.1:{other.server.server_port}/v1/models"
        server.script = lambda asked: Says({}, status=302, headers={"location": target})
        with pytest.raises(ModelError, match="redirects to"):
            _ = Endpoint().open(server.name).context
    assert other.asked == []


# ── which key goes where ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://api.openai.com/v1", OPENAI),
        ("https://API.OpenAI.com:443/v1", OPENAI),
        ("https://api.openai.com:8443/v1", OURS),
        ("https://api.openai.com.evil.com/v1", OURS),
        ("https://evil-api.openai.com/v1", OURS),
        ("https://eu.api.openai.com/v1", OURS),
        ("https://openai.com/v1", OURS),
        ("https://api.openai.com./v1", OURS),
        ("https://gateway.example/api.openai.com/v1", OURS),
        ("http://127.0.0.1:8080/v1", OURS),
        ("http://127.9.9.9/v1", OURS),
        ("http://localhost/v1", OURS),
        ("http://LOCALHOST:1/v1", OURS),
        ("http://[::1]:8080/v1", OURS),
    ],
)
def test_each_key_goes_to_one_place(url: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", OURS)
    assert key_for(parse(f"endpoint:m@{url}")).value == key


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openai.com/v1",
        "http://gpu-box:8000/v1",
        "http://192.168.1.7/v1",
        "http://localhost.evil.com/v1",
        "http://127.0.0.1.evil.com/v1",
        "http://0.0.0.0/v1",
        "http://[2001:db8::1]/v1",
        "http://localhost@evil.com/v1",
        "http://api.openai.com@evil.com/v1",
        "http://evil.com\\@127.0.0.1/v1",
    ],
)
def test_no_key_travels_unencrypted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", OURS)
    with pytest.raises(InputError) as caught:
        key_for(parse(f"endpoint:m@{url}"))
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_open_line_without_a_key_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    assert key_for(parse("endpoint:m@http://gpu-box:8000/v1")).value is None
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", "")
    assert key_for(parse("endpoint:m@http://gpu-box:8000/v1")).value is None


def test_a_task_names_the_variable_of_its_server(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", OURS)
    with pytest.raises(InputError, match=r"ACME_KEY, which `key_variable` names .* is not set"):
        ask(server.name, key_variable="ACME_KEY")
    assert server.asked == []
    monkeypatch.setenv("ACME_KEY", ACME)
    ask(server.name, key_variable="ACME_KEY")
    monkeypatch.setenv("ACME_KEY", "")
    ask(server.name, key_variable="ACME_KEY")
    assert [one.headers.get("authorization") for one in server.asked] == [f"Bearer {ACME}", None]


class Heard(Silent):
    """Keeps what is said, and how many requests the server had by then."""

    def __init__(self, server: Scripted) -> None:
        super().__init__()
        self.server, self.lines = server, list[tuple[int, str]]()

    def say(self, message: str) -> None:
        self.lines.append((len(self.server.asked), message))


@pytest.mark.parametrize("variable", ["ACME_KEY", None])
def test_which_key_goes_where_is_said_once_before_the_first_request(
    variable: str | None, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = variable or "RUNGWISE_ENDPOINT_KEY"
    monkeypatch.setenv(name, ACME)
    model = Endpoint().open(server.name, limits=EndpointLimits(key_variable=variable))
    heard = Heard(server)
    for words in ("hi", "there"):
        model.generate([(Message("user", words),)], heard, max_tokens=8)
    ((asked, line),) = [one for one in heard.lines if name in one[1]]
    assert asked == 0 and len(server.asked) == 2
    assert f"127.0.0.1:{server.server.server_port}" in line
    assert ACME not in line


def test_without_a_key_nothing_is_said_of_one(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", "")
    heard = Heard(server)
    model = Endpoint().open(server.name, limits=EndpointLimits(key_variable="ACME_KEY"))
    model.generate([(Message("user", "hi"),)], heard, max_tokens=8)
    assert not [line for _, line in heard.lines if "key" in line]


def test_the_key_for_openai_cannot_be_named_for_another(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    with pytest.raises(InputError, match=r"OPENAI_API_KEY goes to api\.openai\.com alone"):
        ask(server.name, key_variable="OPENAI_API_KEY")
    assert server.asked == []


@pytest.mark.parametrize("section", ["endpoint", "judge"])
@pytest.mark.parametrize("pasted", ["sk-canary-123", "canary0123456789abcdef", "A B", ""])
def test_a_key_in_place_of_its_variable_is_refused_and_not_shown(pasted: str, section: str) -> None:
    told: dict[str, object] = {"key_variable": pasted}
    if section == "judge":
        told = {"model": "endpoint:m@https://host/v1", "rubric": "x", "endpoint": told}
    goal = {"goal": "g", "metric": "accuracy", "target": 0.9}
    content = {"task": goal, "data": {"source": "x.csv"}, section: told}
    with pytest.raises(InputError, match="never the key itself") as caught:
        task.parse(content)
    assert "canary" not in str(caught.value)


def test_a_server_that_wants_a_key_is_told_which_variable_is_meant(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
    server.script = lambda asked: Says({"error": "who?"}, status=401)
    with pytest.raises(ModelError, match="wants a key and none is set") as caught:
        ask(server.name)
    assert "Set RUNGWISE_ENDPOINT_KEY" in caught.value.next_step
    assert "OPENAI_API_KEY goes to api.openai.com alone" in caught.value.next_step
    monkeypatch.setenv("ACME_KEY", ACME)
    with pytest.raises(ModelError, match="refuses the key") as caught:
        ask(server.name, key_variable="ACME_KEY")
    assert "Correct ACME_KEY" in caught.value.next_step


# ── what the environment holds for others ────────────────────────────────────────────────
def test_headers_and_proxies_of_the_environment_stay_out(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted() as proxy:
        place = f"http://127.0.0.1:{proxy.server.server_port}"
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, place)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("OPENAI_API_KEY", OPENAI)
        monkeypatch.setenv("OPENAI_ADMIN_KEY", OPENAI)
        monkeypatch.setenv("OPENAI_ORG_ID", OPENAI)
        monkeypatch.setenv("OPENAI_PROJECT_ID", OPENAI)
        monkeypatch.setenv("OPENAI_BASE_URL", place)
        headers = f"X-Gateway: {OPENAI}\nAuthorization: Bearer {OPENAI}"
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", headers)
        assert ask(server.name) == ["re: hi"]
        model = Endpoint().open(server.name)
        server.script = lambda asked: Says({"data": []})
        assert model.context == 8192
    assert proxy.asked == []
    assert [one.route for one in server.asked] == ["/v1/chat/completions", "/v1/models"]
    assert "canary" not in str([one.headers for one in server.asked])


@pytest.mark.parametrize("escaped", ["", "+", "-/", "cny"])
def test_a_key_that_an_answer_repeats_is_kept_nowhere(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, escaped: str
) -> None:
    """JSON may write any character as an escape: some servers do so with + and /, or with all."""
    key = f"{OURS}+/="

    def tell(asked: Asked) -> Says:
        told = completion(f"I got {asked.headers['authorization']}")
        written = json.dumps(told).replace(key, "".join(
            f"\\u{ord(one):04x}" if one in escaped else one for one in key
        ))  # fmt: skip
        return Says(written.encode())

    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", key)
    server.script = tell
    path = tmp_path / "answers.jsonl"
    assert ask(server.name, path) == ["I got Bearer <KEY>"]
    assert OURS not in path.read_text()
    monkeypatch.setenv("RUNGWISE_ENDPOINT_KEY", "re")  # as short as a placeholder is
    server.script = echo
    assert ask(server.name.replace(f":{MODEL}@", f":{MODEL}:latest@")) == ["re: hi"]
