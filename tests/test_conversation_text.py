"""A conversation is the text of a table's input, and comes back from it as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.conversation import ROLES, Message, as_input, of_input
from rungwise.errors import DataError

CONTENTS = st.text(st.characters(codec="utf-8"))
MESSAGES = st.builds(Message, st.sampled_from(ROLES), CONTENTS)
CODED = st.sampled_from(['[{"role":', '[{"role": "user", "content": "x"}]', "[]", "{"])


@given(st.lists(MESSAGES, min_size=1, max_size=5))
def test_a_conversation_survives_as_text(messages: list[Message]) -> None:
    assert of_input(as_input(messages)) == tuple(messages)


@given(CODED, CONTENTS)
def test_a_question_that_looks_like_a_conversation_survives(start: str, rest: str) -> None:
    question = (Message("user", start + rest),)
    assert of_input(as_input(question)) == question


def test_a_text_that_only_looks_like_a_conversation_is_named() -> None:
    for text in ('[{"role": "user"}]', '[{"role":' + "[" * 100_000, '[{"role": []}]'):
        with pytest.raises(DataError, match="is no conversation"):
            of_input(text)
