"""`POST /v1/decisions`, as `client.decisions.create` of the `openai` package sends it.

A question of kind `choice` whose options are labels of the release is answered with its
probabilities, normalised over these options. Whoever asks a hosted decision model changes the base
URL. The release has learnt its task from rows: instructions, descriptions of options and messages
of the system or the developer are accepted and change nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from rungwise.serving.predictions import DIGITS, headers
from rungwise.serving.problem import Problem
from rungwise.serving.sampled_answers import HEADER, labels_kept, request_ids

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rungwise.serving.service import Answer, Service

QUESTIONS = 400
CHOICES = (2, 255)
"""Bounds of the protocol."""
UNHEARD = ("system", "developer")


class Part(BaseModel):
    """A part of a message."""

    type: str
    text: StrictStr | None = None


class Message(BaseModel):
    """A message, or a call or an output of a tool, which the release cannot read."""

    role: str | None = None
    type: str | None = None
    content: StrictStr | list[Part] | None = None


class Choice(BaseModel):
    """An option: a label of the release."""

    value: StrictStr | StrictBool
    description: str | None = None


class Question(BaseModel):
    """A question about the input."""

    type: str = Field(description="Only `choice` is answered.")
    instructions: Any
    name: StrictStr | None = None
    choices: list[Choice] | None = None


class DecisionRequest(BaseModel):
    """An input, and what is asked about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "v1.0",
                    "input": "Where is my card?",
                    "questions": [
                        {
                            "type": "choice",
                            "instructions": "Which team?",
                            "choices": [{"value": "cards"}, {"value": "payments"}],
                        }
                    ],
                }
            ]
        }
    )
    input: StrictStr | list[Message]
    model: str = Field(description="Any name: the release that is live answers.")
    questions: list[Question]


class DecisionAnswer(BaseModel):
    """Answers in the order of the questions."""

    answers: list[dict[str, Any]]
    model: str
    usage: dict[str, Any]


def install(app: FastAPI, service: Service) -> None:
    """Add the route."""

    @app.post("/v1/decisions", response_model=DecisionAnswer, tags=["answers"])
    async def decisions(asked: DecisionRequest, request: Request) -> Response:
        """Answer questions of kind `choice` about one input."""
        text = _text(asked.input)
        # `answer` takes the live release before it waits for anything: it has these classes.
        classes = service.versions.live.classes
        if not classes:
            version = service.versions.live.version
            raise Problem(400, f"Release {version} generates text. Ask `/v1/chat/completions`.")
        options = [
            _options(question, f"questions.{place}", classes)
            for place, question in enumerate(_bounded(asked.questions))
        ]
        answer = await service.answer([text], request)
        answers = [
            _answer(question, places, answer)
            for question, places in zip(asked.questions, options, strict=True)
        ]
        body = {
            "answers": answers,
            "model": answer.model.version,
            "usage": {
                "input_tokens": answer.tokens,
                "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
                "output_tokens": 0,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": answer.tokens,
            },
        }
        ids = request_ids(request, 1)
        told = {**headers(answer.model), HEADER: ids[0]}
        behind = labels_kept(service, answer, [text], ids)
        return Response(json.dumps(body), 200, told, "application/json", behind)


def _answer(question: Question, places: list[int], answer: Answer) -> dict[str, Any]:
    """The probabilities among the options, and the option that the release's thresholds choose.

    `review` is no part of the protocol, whose client keeps what it does not know.
    """
    model, decided = answer.model, answer.decided
    probabilities = decided.probabilities[:1, places]
    labels = [model.classes[place] for place in places]
    shares = probabilities[0].astype(np.float64)
    total = float(shares.sum())
    if not total:  # every option is so improbable that its share has no number
        return {"type": "refusal", "name": question.name}
    among = np.round(shares / total, DIGITS).tolist()
    best = int(model.rule.labels(probabilities, labels)[0])
    review = {} if decided.review is None else {"review": bool(decided.review[0])}
    return {
        "type": "choice",
        "name": question.name,
        "choice": labels[best],
        "confidence": among[best],
        "probabilities": [
            {"value": label, "probability": share}
            for label, share in zip(labels, among, strict=True)
        ],
        **review,
    }


def _text(given: str | list[Message]) -> str:
    """The one text that the release is asked about.

    Raises:
        Problem: There is none, more than one, or something that is no text.
    """
    if isinstance(given, str):
        return given
    texts = []
    for place, message in enumerate(given):
        name = f"input.{place}"
        if message.role in UNHEARD:
            continue
        if message.role != "user":
            kind = message.role or message.type or "nothing that is known"
            raise Problem(
                400, f"`{name}` is {kind[:40]!r}, and the release reads one user message.", name
            )
        if isinstance(message.content, str):
            texts.append(message.content)
            continue
        for part, each in enumerate(message.content or ()):
            if each.type != "input_text" or each.text is None:
                at = f"{name}.content.{part}"
                raise Problem(
                    400, f"`{at}` is {each.type[:40]!r}, and the release reads texts.", at
                )
        texts.append("\n".join(each.text or "" for each in message.content or ()))
    if len(texts) != 1:
        raise Problem(
            400, f"`input` has {len(texts)} user messages, and the release reads one.", "input"
        )
    return texts[0]


def _bounded(questions: list[Question]) -> list[Question]:
    if not 1 <= len(questions) <= QUESTIONS:
        raise Problem(400, f"`questions` has {len(questions)}. Ask 1 to {QUESTIONS}.", "questions")
    return questions


def _options(question: Question, name: str, classes: tuple[str, ...]) -> list[int]:
    """The place of each option among the classes.

    Raises:
        Problem: The question is of another kind, has too few or too many options, one twice, or
            one that is no label of the release.
    """
    if question.type != "choice":
        at = f"{name}.type"
        raise Problem(400, f"`{at}` is {question.type[:40]!r}, and only 'choice' is answered.", at)
    choices, at = question.choices or [], f"{name}.choices"
    low, high = CHOICES
    if not low <= len(choices) <= high:
        raise Problem(400, f"`{at}` has {len(choices)} options. Give {low} to {high}.", at)
    known = {label: place for place, label in enumerate(classes)}
    places: dict[int, None] = {}
    for number, choice in enumerate(choices):
        one, value = f"{at}.{number}", choice.value
        if isinstance(value, bool) or value not in known:
            shown = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
            raise Problem(
                400, f"`{one}` is {str(value)[:80]!r}, no label of the release: {shown}.", one
            )
        if known[value] in places:
            raise Problem(400, f"`{one}` is {value[:80]!r} a second time.", one)
        places[known[value]] = None
    return list(places)
