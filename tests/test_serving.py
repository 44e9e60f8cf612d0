"""A release behind HTTP: what is answered, what is refused, and in which words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.small_export import CLASSES, probabilities
from tests.small_server import Client, Reply, loaded, release, serving

from rungwise.release.build import digest
from rungwise.serving.limits import Limits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    limits = Limits(body=20_000, rows=5, characters=3_000, tokens=2_000, deadline=20)
    with serving(loaded(folder), limits=limits) as client:
        yield client


def refused(reply: Reply, status: int, says: str, param: str | None = None) -> None:
    """The one shape of an error, without a path or a traceback."""
    assert reply.status == status, reply.text
    assert set(reply.json) == {"error"}
    error = reply.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert says in error["message"]
    assert (error["param"], error["code"]) == (param, status)
    assert "Traceback" not in reply.text
    assert ".py" not in reply.text


def test_one_text_and_many_get_the_probabilities_of_the_model(client: Client, folder: Path) -> None:
    reply = client.post("/v1/predict", {"input": "gone missing"})
    assert reply.status == 200
    answer = reply.json
    assert (answer["release"], answer["digest"]) == ("v1.0", digest(folder))
    assert reply.headers["rungwise-release"] == "v1.0"
    assert reply.headers["rungwise-digest"] == digest(folder)
    expected = dict(zip(CLASSES, probabilities("gone missing"), strict=True))
    (one,) = answer["answers"]
    assert one["probabilities"] == pytest.approx(expected, abs=2e-6)
    assert (one["label"], one["confidence"]) == ("lost", one["probabilities"]["lost"])
    assert one["review"] is None
    texts = ["crack", "still waiting", "gone"]
    many = client.post("/v1/predict", {"input": texts}).json["answers"]
    assert [each["label"] for each in many] == ["broken", "late", "lost"]


def test_the_release_says_what_it_is(client: Client, folder: Path) -> None:
    assert client.send("GET", "/v1/model").json == {
        "release": "v1.0",
        "digest": digest(folder),
        "classes": list(CLASSES),
        "previous": None,
        "thresholds": {
            "temperature": 1.0,
            "label": "",
            "least": None,
            "review": None,
            "distance": None,
        },
    }
    assert client.send("GET", "/health/live").json == {"status": "live"}
    assert client.send("GET", "/health/ready").json == {"status": "ready", "release": "v1.0"}


def test_the_description_loads_nothing_from_another_host(client: Client) -> None:
    reply = client.send("GET", "/docs")
    assert reply.status == 200
    assert "POST /v1/predict" in reply.text
    assert "//" not in reply.text
    described = client.send("GET", "/openapi.json").json
    assert {"/v1/predict", "/v1/model", "/metrics"} <= set(described["paths"])


@pytest.mark.parametrize(
    ("body", "status", "says", "param"),
    [
        (b"{", 400, "not JSON", None),
        (b"", 400, "The body", None),
        (b"\xff\xfe", 400, "body", None),
        (b"[" * 5_000, 400, "body", None),
        (b'{"input": NaN}', 400, "`input`", "input"),
        ({"inputs": "gone"}, 400, "`input`: Field required", "input"),
        ({"input": "gone", "model": 1}, 400, "`model`: Extra inputs", "model"),
        ({"input": 7}, 400, "valid string", "input"),
        ({"input": []}, 400, "no text", "input"),
        ({"input": ["gone", None]}, 400, "valid string", "input.1"),
        ({"input": "  "}, 400, "`input` is empty", "input"),
        ({"input": ["gone", "\u3000\n"]}, 400, "`input.1` is empty", "input.1"),
        (b'{"input": "a \\ud800 b"}', 400, "surrogate", "input"),
        ({"input": ["gone"] * 6}, 413, "6 texts, and the limit is 5", "input"),
        ({"input": "gone " * 1_000}, 413, "5,000 characters", "input"),
        ({"input": "gone " * 10_000}, 413, "longer than 20,000 bytes", None),
        ({"input": ["gone"], "deep": [[[[]]]]}, 400, "`deep`", "deep"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_by_name(
    client: Client, body: Any, status: int, says: str, param: str | None
) -> None:
    refused(client.post("/v1/predict", body), status, says, param)


def test_a_body_without_a_length_is_bounded_too(client: Client) -> None:
    connection = client.connection()
    connection.putrequest("POST", "/v1/predict")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for chunk in (b'{"input": "', b"gone " * 4_000):
        connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    answer = connection.getresponse()  # although the body has not ended
    assert answer.status == 413
    assert "20,000 bytes" in json.loads(answer.read())["error"]["message"]
    connection.close()


def test_other_paths_methods_and_types_have_the_same_shape(client: Client) -> None:
    refused(client.send("GET", "/v1/predict"), 405, "Method Not Allowed")
    refused(client.send("GET", "/etc/passwd"), 404, "Not Found")
    plain = {"Content-Type": "text/plain"}  # what a page in a browser may send anywhere
    assert client.post("/v1/predict", {"input": "gone"}, plain).status == 415
    named = client.send("GET", "/v1/model", headers={"Host": "evil.example"})
    refused(named, 403, "loopback only")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.one_of(JSON.map(lambda v: {"input": v}), JSON, st.binary(max_size=20)))
@examples(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_gets_an_answer_or_the_shape_of_an_error(
    client: Client, body: Any
) -> None:
    reply = client.post("/v1/predict", body)
    assert reply.status == 200 or 400 <= reply.status < 500
    assert set(reply.json) in ({"error"}, {"release", "digest", "answers"})


def test_counters_are_in_the_format_of_prometheus(folder: Path) -> None:
    with serving(loaded(folder)) as client:
        client.post("/v1/predict", {"input": ["gone", "missing", "crack"]})
        client.post("/v1/predict", b"{")
        client.send("GET", "/nowhere")
        reply = client.send("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    lines = set(reply.text.splitlines())
    assert {
        'rungwise_requests_total{path="/v1/predict",status="200"} 1.0',
        'rungwise_requests_total{path="/v1/predict",status="400"} 1.0',
        'rungwise_requests_total{path="other",status="404"} 1.0',
        'rungwise_answers_total{label="lost",release="v1.0"} 2.0',
        'rungwise_answers_total{label="broken",release="v1.0"} 1.0',
        "rungwise_batch_rows_sum 3.0",
        "rungwise_queued_rows 0.0",
        f'rungwise_release{{digest="{digest(folder)}",release="v1.0"}} 1.0',
    } <= lines


def test_no_training_stack_is_in_the_process(folder: Path) -> None:
    code = (
        "import sys, threading, urllib.request\n"
        "from pathlib import Path\n"
        "from rungwise.progress import Silent\n"
        "from rungwise.serving.limits import Limits\n"
        "from rungwise.workflow.serve import serve\n"
        "from rungwise.workflow.workspace import Workspace\n"
        "space = Workspace(Path(sys.argv[2]), Silent())\n"
        "server = serve(space, sys.argv[1], host='127.0.0.1', port=0, limits=Limits())\n"
        "thread = threading.Thread(target=server.serve_until_ended)\n"
        "thread.start()\n"
        "url = 'http://%s:%d/v1/predict' % server.address\n"
        'sent = urllib.request.Request(url, b\'{"input": "gone"}\', '
        "{'Content-Type': 'application/json'})\n"
        "print(urllib.request.urlopen(sent).status)\n"
        "server.end()\n"
        "thread.join()\n"
        "heavy = {'torch', 'transformers', 'peft', 'sklearn', 'onnx', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(folder.parent)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["200", "[]"]
