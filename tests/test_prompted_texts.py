"""What is asked around a question: as much as there is room for, and answers that are not cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from tests.constructed import attempt, measured
from tests.scripted_server import Says, completion, scripted
from tests.small_encoder import context, examples
from tests.small_language import write_language_model

from rungwise import plugins
from rungwise.errors import ModelError
from rungwise.goal import wish
from rungwise.models.endpoint import Endpoint
from rungwise.models.language.local import LocalLanguageModel
from rungwise.progress import Silent
from rungwise.protocols import Rung, RungContext
from rungwise.records import Evidence
from rungwise.table import Inputs
from rungwise.training.prompting.models import language_model
from rungwise.training.prompting.prompted import Asked, Prompted
from rungwise.training.prompting.room import longest_answer

ROWS = examples(0, 24)
DENSE = '{"iban": "DE89370400440532013000", "day": "2026-11-25"}'
PROSE = "it is said that the house which stands by the river is " * 2


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> RungContext:
    folder = tmp_path_factory.mktemp("asked")
    write_language_model(folder / "language")
    found = context(folder, "language", kind="generate")
    free = found.task.generation.model_copy(update={"max_tokens": None})
    return replace(found, task=found.task.model_copy(update={"generation": free}))


class Heard(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def test_behind_an_endpoint_no_right_answer_is_cut(about: RungContext) -> None:
    """A token may be a single byte: digits, other scripts."""
    with scripted() as server:
        model = Endpoint().open(server.name)
        for answer in (DENSE, PROSE, "東京都千代田区丸の内一丁目"):
            longest = longest_answer(about, pl.Series([answer, "no"]), model)
            assert longest >= len(answer.encode()), answer


def test_the_longest_answer_is_the_one_of_most_tokens(about: RungContext) -> None:
    model = language_model(about)
    assert isinstance(model, LocalLanguageModel)
    longest = longest_answer(about, pl.Series([DENSE, PROSE]), model)
    assert longest >= max(model.count(DENSE), model.count(PROSE))


def asking(about: RungContext, shots: int, max_tokens: int = 4) -> Prompted:
    rows = [(f"what is {n} times {n}, please?", str(n * n)) for n in range(40)]
    examples = pl.DataFrame(rows, ["input", "expected"], orient="row").head(shots)
    return Prompted(
        language_model(about), Asked("Say it.", "random", shots, max_tokens, 0), examples
    )


def test_examples_that_leave_no_room_are_left_out_and_counted(about: RungContext) -> None:
    few, many = asking(about, 2), asking(about, 40)
    question = pl.Series(["what is 3 times 7, please?"])
    assert len(few.prompts(question)[0]) == 2 + 2 * 2
    shown = many.prompts(question)[0]
    assert 2 < len(shown) < 2 + 2 * 40 and len(shown) % 2 == 0
    assert shown[-2].content == "1521", "the last example, which stands nearest to the question"
    assert isinstance(many.model, LocalLanguageModel) and many.model.fits(shown, 4)
    heard = Heard()
    many.predict(Inputs(pl.Series(["1"]), question), heard)
    assert many.details["fewer_examples"] == 1 and many.details["unasked"] == 0
    assert any("1 of 1 questions are shown fewer examples" in one for one in heard.said)


def test_what_was_not_asked_was_not_read(about: RungContext) -> None:
    one = asking(about, 2)
    told = one.predict(Inputs(pl.Series(["1"]), pl.Series(["x" * 2000])), Silent())
    assert (one.details["unasked"], one.details["prompt_tokens"]) == (1, 0)
    assert told.outputs.to_list() == [""]


def test_what_the_model_proposes_competes_with_the_other_prompts(about: RungContext) -> None:
    """Asked for once, from training rows; every rung above finds it on record."""

    def script(asked: Any) -> Says:
        proposing = "Write the instruction" in asked.last
        return Says(completion("Say the team in one word." if proposing else "money"))

    with scripted(script) as server:
        generation = about.task.generation.model_copy(update={"proposals": 1})
        changed = {"generation": generation, "models": (server.name,)}
        here = replace(about, task=about.task.model_copy(update=changed))
        rung: Rung = plugins.load("rungs", "prompt")
        done: list[Evidence] = []
        while (configuration := rung.propose(here, done)) is not None:
            fitted = rung.fit(configuration, 5, ROWS, ROWS, here)
            one = attempt("majority", measured(0.5), configuration=dict(configuration))
            done.append(replace(one, rung="prompt", details=dict(fitted.details)))
        assert [one.details["name"] for one in done][-1] == "proposed 1"
        assert done[-1].details["system"] == "Say the team in one word."
        (asked,) = [one for one in server.asked if "Write the instruction" in one.last]
        assert asked.last.count("Output: ") == 8
        shown = plugins.load("rungs", "few_shot").fit(
            {"prompt": len(done) - 1, "selection": "random", "shots": 2},
            5, ROWS, ROWS, replace(here, attempts=tuple(done)),
        )  # fmt: skip
        assert shown.details["system"] == "Say the team in one word."


def test_a_model_that_proposes_nothing_is_told(about: RungContext) -> None:
    with scripted(lambda asked: Says(completion(""))) as server:
        generation = about.task.generation.model_copy(update={"proposals": 1, "prompts": ("a",)})
        changed = {"generation": generation, "models": (server.name,)}
        here = replace(about, task=about.task.model_copy(update=changed))
        with pytest.raises(ModelError, match="proposes no system prompt"):
            plugins.load("rungs", "prompt").fit({"prompt": 1}, 5, ROWS, ROWS, here)


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        ("Extract bookings as JSON with at least 80 percent field F1", "Extract bookings as JSON"),
        (
            "Write titles with a ROUGE-L of at least 0.3",
            "Write titles with a ROUGE-L of at least 0.3",
        ),
        ("Sort mails with 90 % accuracy.", "Sort mails."),
        ("Answer in at least 20 words", "Answer in at least 20 words"),
    ],
)
def test_the_model_is_not_told_how_good_it_must_be(goal: str, told: str) -> None:
    assert wish(goal) == told
