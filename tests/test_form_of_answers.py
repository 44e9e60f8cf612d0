"""What an answer says is known again in another form; another field's value is not (R34)."""

from __future__ import annotations

import pytest

from rungwise.evaluation.final_values import same_number
from rungwise.evaluation.text_mistakes import Answer, says_what_is_right

FLIGHTS = frozenset({"/slots/fromloc/city_name", "/slots/toloc/city_name"})
LEAVING = '{"slots": {"fromloc": {"city_name": ["atlanta"]}}}'


@pytest.mark.parametrize(
    ("expected", "output", "right"),
    [
        ('{"on": "2024-05-01"}', '{"on": "May 1st, 2024"}', True),
        ('{"on": "2024-05-01"}', '{"on": "01/05/2024"}', True),
        ('{"on": "2024-05-01"}', '{"on": "2 May 2024"}', False),
        ('{"at": "17:45"}', '{"at": "5.45 pm"}', True),
        ('{"at": "17:45"}', '{"at": "7:45 pm"}', False),
        ('{"at": "17:45"}', '{"at": "5:45"}', False),
        ('{"ok": true}', '{"ok": "yes"}', True),
        ('{"ok": true}', '{"ok": "no"}', False),
        ('{"do": "play_music"}', '{"do": "PlayMusic"}', True),
        ("play_music", "Play Music", True),
        ("2024-05-01", "Wednesday, 1 May 2024", True),
        ("12:00", "12 p.m.", True),
        ("12:00", "2 pm", False),
        ("red, blue", "- red\n- blue", True),
        ("red; blue", "red and blue", True),
        ("red, blue", "red, green", False),
        ("SELECT a FROM t", "```sql\nselect a from t;\n```", True),
        ("SELECT a FROM t", "```sql\nselect b from t;\n```", False),
    ],
)
def test_a_value_is_known_again_in_another_form(expected: str, output: str, right: bool) -> None:
    assert says_what_is_right(Answer(expected, output)) == right


@pytest.mark.parametrize(
    ("output", "right"),
    [
        ('{"toloc": "atlanta"}', False),
        ('{"toLoc": {"city": "atlanta"}}', False),
        ('{"slots.toloc.city_name": "atlanta"}', False),
        ('{"fromloc": "atlanta"}', True),
        ('{"fromloc.city_name": ["atlanta"]}', True),
        ('{"trip": {"fromloc": {"city_name": "atlanta"}}}', True),
        ('{"departure": "atlanta"}', True),
    ],
)
def test_a_value_under_the_words_of_another_field_is_wrong(output: str, right: bool) -> None:
    answer = Answer(LEAVING, output, "flights leaving atlanta", known=FLIGHTS)
    assert says_what_is_right(answer) == right


@pytest.mark.parametrize(
    ("asked", "output", "right"),
    [
        ("What is the capital of France?", "The capital of France is Paris.", True),
        ("What is the capital of France?", "The capital of France is Lyon.", False),
        ("What is the capital of France?", "The capital of France is not Paris.", False),
        ("Is Paris the capital of France?", "Paris the capital of France", False),
    ],
)
def test_a_question_that_is_taken_up_is_no_copy_of_it(asked: str, output: str, right: bool) -> None:
    assert says_what_is_right(Answer("Paris", output, asked)) == right


@pytest.mark.parametrize(
    ("expected", "output", "same"),
    [
        ("42", "The answer is not 41, but 42.", True),
        ("42", "The answer is 42 and not 41.", True),
        ("42", "It is $42 rather than $40.50.", True),
        ("42", "The answer is not 42, but 41.", False),
        ("1 234", "1234", True),
        ("1,234", "1 234", True),
        ("234", "1 234", False),
    ],
)
def test_a_number_that_is_turned_down_is_not_the_final_one(
    expected: str, output: str, same: bool
) -> None:
    assert same_number(expected, output) == same
