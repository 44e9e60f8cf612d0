"""What a server hands to the sample of production, behind an answer that was written.

Nothing here can fail a request: the sampler takes what it is offered at once, works in a thread
of its own and counts what goes wrong.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask

from rungwise.sample.request_rows import Requests
from rungwise.serving.problem import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from rungwise.conversation import Generated
    from rungwise.protocols import Writer
    from rungwise.serving.service import Answer, Service

HEADER = "X-Request-Id"
NAMED = re.compile(r"[\x21-\x7e]{1,128}")
LONGEST = 200
"""Characters of an id."""


def request_ids(
    request: Request, count: int, given: Sequence[str] | None = None, made: str = ""
) -> list[str]:
    """The id of each text of a request: as given, else by the header, else made.

    Args:
        request: Its header `X-Request-Id` names it, if it has one.
        count: Texts of the request.
        given: An id for each text.
        made: The id of a request without one; a random one unless given.

    Raises:
        Problem: Ids are not as many as texts, empty, too long, or one occurs twice.
    """
    if given is not None:
        if len(given) != count or len(set(given)) != count:
            raise Problem(
                400, f"`ids` has {len(set(given))} different ids for {count} texts. Send one each.",
                "ids",
            )  # fmt: skip
        if not all(each.strip() and len(each) <= LONGEST for each in given):
            raise Problem(
                400, f"`ids` has an id that is empty or over {LONGEST} characters.", "ids"
            )
        return list(given)
    header = request.headers.get(HEADER, "")
    name = header if NAMED.fullmatch(header) else made or uuid.uuid4().hex
    return [name] if count == 1 else [f"{name}-{place}" for place in range(count)]


def labels_kept(
    service: Service, answer: Answer, texts: Sequence[str], ids: Sequence[str]
) -> BackgroundTask | None:
    """Offers labelled texts to the sample once the answer was sent; None without a sample."""
    if service.sample is None:
        return None
    model, decided = answer.model, answer.decided
    requests = Requests(
        version=model.version,
        source="serve",
        texts=texts,
        answers=[model.classes[label] for label in decided.labels],
        sizes=answer.sizes,
        ids=ids,
        confidence=decided.confidence,
        review=decided.review,
        probabilities=decided.probabilities,
        embeddings=decided.embeddings,
        classes=model.classes,
    )
    return BackgroundTask(_offer, service, requests)


def texts_kept(
    service: Service,
    model: Writer,
    values: Sequence[str],
    ids: Sequence[str],
    answers: Sequence[Generated | None],
) -> BackgroundTask | None:
    """Offers generated texts to the sample once they were sent; None without a sample.

    `answers` may be filled while they are sent: what has no answer then is left out.
    """
    if service.sample is None:
        return None
    return BackgroundTask(_offer_texts, service, model, values, ids, answers)


async def _offer_texts(
    service: Service,
    model: Writer,
    values: Sequence[str],
    ids: Sequence[str],
    answers: Sequence[Generated | None],
) -> None:
    told = [
        (value, name, answer)
        for value, name, answer in zip(values, ids, answers, strict=True)
        if answer is not None
    ]
    if not told:
        return
    requests = Requests(
        version=model.version,
        source="serve",
        texts=[value for value, _, _ in told],
        answers=[answer.text for _, _, answer in told],
        sizes=model.sizes,
        ids=[name for _, name, _ in told],
        cut=[answer.ended == "length" for _, _, answer in told],
    )
    await _offer(service, requests)


async def _offer(service: Service, requests: Requests) -> None:
    assert service.sample is not None, "asked for where there is one"
    if service.day is not None:
        moment = datetime.combine(service.day, datetime.now(UTC).timetz())
        requests = replace(requests, times=[moment] * len(requests))
    service.sample.offer(requests)
