"""Keys, scopes, and changing the release while requests come in."""

from __future__ import annotations

import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.small_server import Held, Reply, loaded, release, serving
from tests.test_serving_queue import asked

from rungwise.errors import InputError, StorageError
from rungwise.progress import Silent
from rungwise.serving import api_keys
from rungwise.serving.api_keys import ApiKeys
from rungwise.serving.limits import Limits
from rungwise.workflow.serve import serve
from rungwise.workflow.workspace import Workspace


@pytest.fixture
def keys(tmp_path: Path) -> ApiKeys:
    return ApiKeys(tmp_path / ".rungwise" / "api-keys.jsonl")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_key_is_kept_as_its_hash_and_opens_only_its_scope(keys: ApiKeys, tmp_path: Path) -> None:
    with serving(Held(let=_open()), keys=keys) as client:
        body = {"input": "gone"}
        assert client.post("/v1/predict", body).status == 200  # loopback without any key
        predict, admin, review = (keys.new(scope) for scope in api_keys.SCOPES)
        statuses = [
            client.post("/v1/predict", body, headers).status
            for headers in (
                {}, bearer(predict), bearer(admin), bearer(review), bearer(predict + "x"),
                bearer("rw-00000000-a"), bearer(""), bearer("é"), {"Authorization": predict},
            )
        ]  # fmt: skip
        assert statuses == [401, 200, 200, 403, 401, 401, 401, 401, 401]
        rollback = [
            client.post("/v1/admin/rollback", {}, bearer(key)).status
            for key in (predict, review, admin)
        ]
        assert rollback == [403, 403, 409]
        assert client.send("GET", "/health/ready").status == 200
        assert client.send("GET", "/metrics").status == 401
        assert client.send("GET", "/metrics", headers=bearer(review)).status == 200
        other = {"Host": "models.example:8000"}
        assert client.send("GET", "/v1/model", headers=bearer(predict) | other).status == 200
    file = tmp_path / ".rungwise" / "api-keys.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(key.split("-", 2)[2] not in file.read_text() for key in (predict, admin, review))


def test_a_revoked_or_expired_key_opens_nothing(
    keys: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone, short = keys.new("predict"), keys.new("predict"), keys.new("predict", days=1)
    other = ApiKeys(keys._path)
    assert [other.find(key) is not None for key in (kept, gone, short)] == [True] * 3
    keys.revoke(gone.split("-")[1])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_401)
    assert [other.find(key) is not None for key in (kept, gone, short)] == [True, False, False]
    with pytest.raises(InputError, match="no API key 'ffff'"):
        keys.revoke("ffff")
    with pytest.raises(InputError, match="no scope"):
        keys.new("root")


def test_damaged_keys_let_nobody_in(keys: ApiKeys) -> None:
    with serving(Held(), keys=keys) as client:
        key = keys.new("predict")
        assert client.send("GET", "/v1/model", headers=bearer(key)).status == 200
        keys._path.write_text("{")
        reply = client.send("GET", "/v1/model", headers=bearer(key))
        assert reply.status == 503
        assert str(keys._path) not in reply.text
        keys._path.unlink()  # keys that were asked for once are not given up
        assert client.send("GET", "/v1/model").status == 401
    keys.new("admin")
    with serving(Held(), keys=keys) as client:
        keys._path.unlink()  # before the first request
        assert client.send("GET", "/v1/model").status == 401
    keys._path.write_text("[]\n")
    with pytest.raises(StorageError, match="is damaged"):
        ApiKeys(keys._path).all()


def test_others_need_a_key_to_be_let_to_the_server(tmp_path: Path) -> None:
    folder, limits = release(tmp_path / "releases"), Limits()
    space = Workspace(tmp_path, Silent())
    with pytest.raises(InputError, match="rungwise keys new"):
        serve(space, str(folder), host="0.0.0.0", port=0, limits=limits)
    ApiKeys(tmp_path / ".rungwise" / "api-keys.jsonl").new("predict")
    server = serve(space, str(folder), host="0.0.0.0", port=0, limits=limits)
    server._socket.close()


def test_no_batch_and_no_request_mixes_two_releases() -> None:
    old, new = Held("v1.0", "a" * 64), Held("v1.1", "b" * 64)
    with (
        serving(old, lambda _: new, Limits(deadline=20)) as client,
        ThreadPoolExecutor() as pool,
    ):
        running = pool.submit(client.post, "/v1/predict", {"input": "gone"})
        assert old.started.acquire(timeout=20)
        before = asked(pool, client, ["crack", "waiting"])
        changed = client.post("/v1/admin/release", {"release": "v1.1"})
        assert (changed.json["release"], changed.json["previous"]) == ("v1.1", "v1.0")
        after = asked(pool, client, ["missing"])
        _let(old, 2)
        _let(new, 1)
        replies = [each.result(20) for each in (running, before, after)]
        assert [_release(reply) for reply in replies] == ["v1.0", "v1.0", "v1.1"]
        assert (old.batches, new.batches) == ([["gone"], ["crack", "waiting"]], [["missing"]])
        back = client.post("/v1/admin/rollback", {})
        assert (back.json["release"], back.json["previous"]) == ("v1.0", "v1.1")
        _let(old, 1)
        assert _release(client.post("/v1/predict", {"input": "gone"})) == "v1.0"


def test_a_release_that_is_no_more_what_was_shipped_leaves_the_old_one_live(
    tmp_path: Path,
) -> None:
    releases = tmp_path / "releases"
    for version in ("v1.0", "v1.1", "v1.2"):
        release(releases, version)
    (releases / "v1.2" / "labels.json").write_text('["lost", "late", "broken"]')
    space = Workspace(tmp_path, Silent())
    limits = Limits()
    server = serve(space, str(releases / "v1.0"), host="127.0.0.1", port=0, limits=limits)
    server._socket.close()
    find = server.service.versions.find
    with serving(loaded(releases / "v1.0"), find) as client:
        for version, status in (("v1.2", 409), ("v9.9", 409), ("../v1.1", 400), ("v1.0", 200)):
            reply = client.post("/v1/admin/release", {"release": version})
            assert reply.status == status, reply.text
            assert str(tmp_path) not in reply.text
            assert _release(client.post("/v1/predict", {"input": "gone"})) == "v1.0"
        assert client.post("/v1/admin/rollback", {}).status == 409  # none was live before
        assert client.post("/v1/admin/release", {"release": "v1.1"}).status == 200
        assert _release(client.post("/v1/predict", {"input": "gone"})) == "v1.1"


def _open() -> threading.Semaphore:
    return threading.Semaphore(1_000)


def _let(model: Held, batches: int) -> None:
    for _ in range(batches):
        model.let.release()


def _release(reply: Reply) -> str:
    assert reply.status == 200, reply.text
    assert reply.headers["rungwise-release"] == reply.json["release"]
    return str(reply.json["release"])
