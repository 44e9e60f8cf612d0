"""One server over HTTP: a request is sent until it is answered, or until there is no hope."""

from __future__ import annotations

import contextlib
import functools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rungwise.errors import ModelError
from rungwise.models.endpoint.address import Address
from rungwise.models.endpoint.key import Key, is_loopback, is_openai, key_for
from rungwise.models.endpoint.limits import EndpointLimits
from rungwise.models.endpoint.pace import Pace
from rungwise.models.endpoint.spending import Spending, reported_tokens
from rungwise.models.endpoint.troubles import Reader, Trouble, Unanswered

if TYPE_CHECKING:
    import ssl

    import httpx2
    from openai import OpenAI

LONGEST_BACKOFF_S = 60.0
LARGEST_BODY = 64 << 20
"""Bytes; no answer is so long, but a broken server can send without end."""

SENT = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-type", "content-length",
     "transfer-encoding", "user-agent", "x-stainless-raw-response"}
)  # fmt: skip
"""The last is how the client tells itself to hand over the bytes as they come."""
OPENAI_SENT = frozenset({"openai-organization", "openai-project"})
"""Sent to OpenAI alone: the environment names them for nobody else."""

SHORTEST_KEY = 12
"""Characters; what is shorter is a placeholder ("none"), and a word that answers may hold."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, what it cost, and whether the most probable tokens were asked for."""

    content: Body
    spend_usd: float
    greedy: bool = True


class NoAnswer(Exception):
    """A row got no answer; `error` is what to tell the user if the work cannot go on."""

    def __init__(self, why: Unanswered, model: str, error: ModelError, spend_usd: float) -> None:
        super().__init__(error.fact)
        self.why: Unanswered = why
        self.model = model
        self.error = error
        self.spend_usd = spend_usd


class Server:
    """A connection that is open; made by `connected`."""

    def __init__(
        self,
        client: OpenAI,
        address: Address,
        limits: EndpointLimits,
        spending: Spending,
        key: Key,
        stop: threading.Event,
    ) -> None:
        self._client = client
        self._key = key
        self._limits = limits
        self._spending = spending
        self._reader = Reader(address, key, limits)
        self._pace = Pace(limits.requests_per_minute, stop)
        self._length_name = "max_tokens"
        self._refused_names: frozenset[str] = frozenset()
        self.address = address

    def chat(
        self, body: Body, max_tokens: int, most: tuple[int, int], check: Check
    ) -> Reply | None:
        """Ask for the next message; `check` reads the answer and complains by `Trouble`.

        A model that refuses `max_tokens` gets the newer name of it, and one that refuses
        `temperature: 0` none: `Reply.greedy` says so.

        Returns:
            The answer; None where the server says that the prompt leaves no room for one.

        Raises:
            NoAnswer: What came is no answer to this row; others may get one.
            ModelError: There is no answer; the message says why.
        """
        try:
            return self._negotiated(body, max_tokens, most, check)
        except _Refused as refused:
            trouble = refused.trouble
            if trouble.too_long:
                return None
            if trouble.unanswered:
                raise NoAnswer(
                    trouble.unanswered, trouble.model, refused.error, refused.spend_usd
                ) from None
            raise refused.error from None

    def check_name(self, body: Body, most: int, check: Check) -> None:
        """Ask for one token, so that an answer of another model is refused before others are paid.

        Raises:
            ModelError: Another model answers, or the server cannot be asked at all.
        """
        try:
            self._negotiated(body, 1, (most, 1), check)
        except _Refused as refused:
            trouble = refused.trouble
            # One token is too little for some models, and one row may be too long.
            one_row = trouble.unanswered and not trouble.absent
            if not (trouble.too_long or one_row or trouble.rejected):
                raise refused.error from None

    def _negotiated(
        self, body: Body, max_tokens: int, most: tuple[int, int], check: Check
    ) -> Reply:
        """Ask, and ask again without a parameter of ours that the model does not take."""
        length, refused_names = self._length_name, self._refused_names
        sent = {name: value for name, value in body.items() if name not in refused_names}
        try:
            reply = self._until_answered(
                lambda: self._chat({**sent, length: max_tokens}), most, check
            )
            return replace(reply, greedy="temperature" in sent and self._limits.greedy)
        except _Refused as refused:
            name = refused.trouble.unknown_parameter
            if name == length == "max_tokens":
                self._length_name = "max_completion_tokens"  # what models that think call it
            elif name == "temperature" and self._is_ours(sent):
                self._refused_names = refused_names | {"temperature"}
            else:
                raise
        return self._negotiated(body, max_tokens, most, check)

    def _is_ours(self, sent: Body) -> bool:
        """Whether the temperature that was refused is our own, and not the user's."""
        return "temperature" in sent and "temperature" not in self._limits.parameters

    def find(
        self,
        route: str,
        body: Body | None = None,
        most: tuple[int, int] = (0, 0),
        check: Check = lambda content, reader: None,
    ) -> Reply | None:
        """POST to any route, or GET where there is no body; None where the server has no such.

        A route that begins with a slash lies beside the protocol's, not below the base URL.

        Raises:
            ModelError: There is no answer; the message says why.
        """
        try:
            return self._until_answered(lambda: self._plain(route, body), most, check)
        except _Refused as refused:
            if refused.trouble.absent:
                return None
            raise refused.error from None

    def _until_answered(
        self, send: Callable[[], Body], most: tuple[int, int], check: Check
    ) -> Reply:
        most_usd, spent = self._limits.price(*most), 0.0
        for attempt in range(1, self._limits.attempts + 1):
            try:
                reply = self._once(send, most_usd, most, check)
                return replace(reply, spend_usd=reply.spend_usd + spent)
            except Trouble as trouble:
                spent += trouble.spend_usd
                last = attempt == self._limits.attempts
                if not trouble.passing or last:
                    tried = f", {attempt} times in a row" if attempt > 1 else ""
                    error = ModelError(f"{self._reader.told(trouble)}{tried}", trouble.next_step)
                    raise _Refused(trouble, error, spent) from None
                if trouble.wait_s is not None:
                    self._pace.silence(trouble.wait_s)
                else:
                    self._pace.sleep(self._backoff(attempt))
        raise AssertionError("unreachable: attempts is at least 1")

    def _once(
        self, send: Callable[[], Body], most_usd: float, most: tuple[int, int], check: Check
    ) -> Reply:
        self._spending.hold(most_usd)
        used, usd = (0, 0), 0.0
        try:
            self._pace.wait()
            self._spending.sent()
            content = send()
            reported = reported_tokens(content)
            # Without a report, the most that it can have cost: a cap must not be passed unseen.
            used, usd = reported or (0, 0), self._limits.price(*(reported or most))
            check(content, self._reader)
            return Reply(content, usd)
        except Trouble as trouble:
            trouble.spend_usd = usd
            raise
        finally:
            self._spending.settle(most_usd, *used, usd)

    def _backoff(self, attempt: int) -> float:
        longest = min(LONGEST_BACKOFF_S, self._limits.backoff_s * 2.0 ** (attempt - 1))
        return longest * random.uniform(0.5, 1.0)  # so that threads do not come back together

    def _chat(self, body: Body) -> Body:
        # As extra parameters: the client refuses names that it does not know, servers have more.
        named = ("model", "messages")
        more = {name: value for name, value in body.items() if name not in named}
        with (
            self._told(),
            self._client.chat.completions.with_streaming_response.create(
                model=body["model"], messages=body["messages"], extra_body=more
            ) as response,
        ):
            return self._decoded(response.headers.get("content-type", ""), response.iter_bytes())

    def _plain(self, route: str, body: Body | None) -> Body:
        import httpx2

        beside = self.address.base_url.removesuffix("/v1")
        url = beside + route if route.startswith("/") else route
        with self._told():
            if body is None:
                response = self._client.get(url, cast_to=httpx2.Response)
            else:
                response = self._client.post(url, body=dict(body), cast_to=httpx2.Response)
            return self._decoded(response.headers.get("content-type", ""), iter([response.content]))

    def _decoded(self, kind: str, pieces: Iterator[bytes]) -> Body:
        deadline = time.monotonic() + self._limits.timeout_s
        content = bytearray()
        for piece in pieces:
            content += piece
            if time.monotonic() > deadline:  # the client's own limit is between two pieces
                raise self._reader.too_slow()
            if len(content) > LARGEST_BODY:
                raise self._reader.not_json(kind, bytes(content))
        try:
            value = self._without_key(json.loads(bytes(content)))
        except (ValueError, RecursionError):
            raise self._reader.not_json(kind, bytes(content)) from None
        if not isinstance(value, dict):
            raise self._reader.not_json(kind, bytes(content))
        return value

    def _without_key(self, value: Any) -> Any:
        """What came, without the key: a server may repeat it, and answers are kept on disk.

        Looked for in what was parsed, as JSON can write any character in several ways.
        """
        key = self._key.value or ""
        if len(key) < SHORTEST_KEY:
            return value
        if isinstance(value, str):
            return value.replace(key, "<KEY>")
        if isinstance(value, list):
            return [self._without_key(one) for one in value]
        if isinstance(value, dict):
            return {self._without_key(name): self._without_key(one) for name, one in value.items()}
        return value

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the client raises into `Trouble`."""
        import httpx2
        import openai

        try:
            yield
        except openai.APITimeoutError:
            raise self._reader.too_slow() from None
        except openai.APIConnectionError as error:
            raise self._reader.unreachable(error) from None
        except openai.APIStatusError as error:
            if 300 <= error.status_code < 400:
                raise self._reader.redirected(
                    error.status_code, error.response.headers.get("location", "")
                ) from None
            raise self._reader.of_status(
                error.status_code, error.body, error.response.headers
            ) from None
        except httpx2.TimeoutException:  # raised while the body is read, beyond the client's reach
            raise self._reader.too_slow() from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise self._reader.unreachable(error) from None
        except (openai.OpenAIError, httpx2.InvalidURL) as error:
            raise Trouble(
                f"{self.address.base_url} cannot be asked",
                "Correct the URL after `@`.",
                passing=False,
                said=str(error),
            ) from None


Check = Callable[[Body, Reader], None]
"""Complains by raising `Trouble` where an answer cannot be used."""


class _Refused(Exception):
    """No answer will come; `error` is what to tell the user where nothing else helps."""

    def __init__(self, trouble: Trouble, error: ModelError, spend_usd: float) -> None:
        super().__init__(trouble.fact)
        self.trouble = trouble
        self.error = error
        self.spend_usd = spend_usd


@contextlib.contextmanager
def connected(
    address: Address, limits: EndpointLimits, spending: Spending, stop: threading.Event
) -> Iterator[Server]:
    """Open a client for as long as the block lasts; the key is read from the environment.

    Raises:
        ModelError: The client is not installed.
        InputError: There is no key where one is named, or it may not be sent there.
    """
    try:
        import openai
    except ImportError as error:
        raise ModelError(
            f"{address.name} needs the package openai, which is not installed",
            "Install it with `pip install 'rungwise[generate]'`.",
        ) from error
    key = key_for(address, limits.key_variable)
    http = openai.DefaultHttpx2Client(
        verify=_certificates(),
        follow_redirects=False,  # another host is not the one that the user named
        trust_env=_may_use_proxies(address),
        event_hooks={"request": [_headers_of_ours(address, key)]},
    )
    with openai.OpenAI(
        api_key=key.value or "none",
        base_url=address.base_url,
        timeout=limits.timeout_s,
        http_client=http,
        max_retries=0,  # ours count against the pace and the cap, and stop on Ctrl-C
    ) as client:
        yield Server(client, address, limits, spending, key, stop)


def _may_use_proxies(address: Address) -> bool:
    """Whether proxies of the environment are used: only if they see no more than a tunnel."""
    return urlsplit(address.base_url).scheme == "https" and not is_loopback(address)


def _headers_of_ours(address: Address, key: Key) -> Callable[[httpx2.Request], None]:
    """Make a hook that sends our headers alone: the client adds those of `OPENAI_*` variables."""
    kept = SENT | (OPENAI_SENT if is_openai(address) else set())

    def keep(request: httpx2.Request) -> None:
        for name in set(request.headers.keys()) - kept:
            del request.headers[name]
        if key.value:
            request.headers["authorization"] = f"Bearer {key.value}"

    return keep


@functools.cache  # reading them takes longer than asking for a short answer
def _certificates() -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()
