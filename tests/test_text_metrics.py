"""Metrics of generated texts, against arithmetic and against the libraries that define them."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rungwise.errors import TaskError
from rungwise.evaluation.intervals import measure, measure_all
from rungwise.evaluation.json_fields import fields
from rungwise.evaluation.metrics import TEXTS, find, of_words
from rungwise.evaluation.text_mistakes import Answer, mistake
from rungwise.evaluation.tokenisation import inferred
from rungwise.policy import Policy
from rungwise.table import Predictions

POLICY = Policy(resamples=200)
CAT = "the cat sat on the mat"


def answered(outputs: list[str | None]) -> Predictions:
    ids = pl.Series("id", [str(place) for place in range(len(outputs))])
    return Predictions(ids, pl.Series("output", outputs, dtype=pl.String), None, ())


def value(name: str, expected: list[str], outputs: list[str | None]) -> float:
    return find(name).value(pl.Series(expected), answered(outputs))


@pytest.mark.parametrize(
    ("name", "expected", "output", "by_hand"),
    [
        ("exact_match", "Paris", " Paris\n", 1),
        ("exact_match", "Paris", "paris", 0),
        ("normalised_match", "The Eiffel Tower!", "eiffel tower", 1),
        ("answer_f1", "the Eiffel Tower", "Eiffel Tower in Paris", 2 * 2 / (2 + 4)),
        ("rouge_l", CAT, "the cat lay on a mat", 2 * 4 / 12),
        ("json_valid", "{}", '{"a": 1', 0),
        ("json_valid", "{}", "[1, NaN]", 0),
        ("json_f1", '{"a": 1, "b": 2}', '{"a": 1, "c": 2}', 0.5),
        ("json_precision", '{"a": 1, "b": 2}', '{"a": 1}', 1),
        ("json_recall", '{"a": 1, "b": 2}', '{"a": 1}', 0.5),
        ("json_f1", '{"a": ["x", "y"]}', '{"a": ["y", "x"]}', 1),
        ("json_f1", '{"a": 1}', "sorry", 0),
    ],
)
def test_one_row_by_hand(name: str, expected: str, output: str, by_hand: float) -> None:
    assert value(name, [expected], [output]) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("expected", "output", "by_hand"),
    [
        # Items of lists are paired one to one: two of four fields agree at best.
        ('[{"n":"A","q":1},{"n":"B","q":2}]', '[{"n":"A","q":2},{"n":"B","q":1}]', 0.5),
        ('[{"n":"A","q":1},{"n":"B","q":2}]', '[{"n":"B","q":2},{"n":"A","q":1}]', 1),
        ('[{"n":"A","q":1}]', '[{"n":"A","q":1},{"n":"A","q":1}]', 2 * 2 / (2 + 4)),
        ('{"x":[{"a":[1,2]},{"a":[3,4]}]}', '{"x":[{"a":[4,3]},{"a":[2,9]}]}', 0.75),
        ('[[1,2],[3,4]]', '[[3,4],[1,2]]', 1),
        ('[[1,2],[3,4]]', '[[1,3],[2,4]]', 0.5),
        ('[1,2,2]', '[2,1,1]', 2 / 3),
        ('[{"a":1},{"a":1,"b":2}]', '[{"a":1,"b":2}]', 2 * 2 / (3 + 2)),
        # Numbers are equal by value, and no number is a text or a truth.
        ('{"a":1}', '{"a":1.0}', 1),
        ('{"a":1e2}', '{"a":100}', 1),
        ('{"a":0.10}', '{"a":1e-1}', 1),
        ('{"a":-0}', '{"a":0.0}', 1),
        ('{"a":1}', '{"a":true}', 0),
        ('{"a":0}', '{"a":false}', 0),
        ('{"a":1}', '{"a":"1"}', 0),
        ('{"a":null}', '{"a":"null"}', 0),
        ('{"a":9007199254740993}', '{"a":9007199254740992}', 0),
        ('{"a":9007199254740993}', '{"a":9007199254740993.0}', 1),
        ('{"a":1e400}', '{"a":1e401}', 0),
        ('{"a":1}', '{"a":NaN}', 0),
        # A key is a key, whatever stands in it.
        ('{"a/b":1}', '{"a":{"b":1}}', 0),
        ('{"a~1b":1}', '{"a/b":1}', 0),
        ('{"*":1}', "[1]", 0),
        ('{"":1}', "1", 0),
        ("[]", "{}", 0),
        ("[[]]", "[[]]", 1),
        ('{"a":[]}', '{"a":{}}', 0),
        ('{"a":1,"a":2}', '{"a":2}', 1),
    ],
)  # fmt: skip
def test_json_is_compared_by_items_values_and_keys(
    expected: str, output: str, by_hand: float
) -> None:
    assert value("json_f1", [expected], [output]) == pytest.approx(by_hand)
    assert value("json_f1", [output], [expected]) == pytest.approx(by_hand)
    assert (mistake(Answer(expected, output)) == "") == (by_hand == 1)


def test_a_thousand_digits_are_a_number() -> None:
    digits = "7" * 5_000
    assert value("json_f1", [digits], [f"{digits}.0"]) == 1
    assert value("json_f1", [digits], [f"{digits[:-1]}8"]) == 0


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("-3", "+3"), ("-3 degrees", "3 degrees"), ("Balance: -3 EUR", "balance: +3 EUR"),
        ("in C", "in C++"), ("in C++", "in C#"), ("<5", ">5"), ("≤5", "<5"), ("3.5", "35"),
        (".5", "5"), ("1,000", "1.000"), ("10:30", "1030"), ("1/2", "12"), ("3-4", "34"),
        ("5 %", "5 $"), ("A+", "A-"), ("A", "A+"), ("a = b", "a b"), ("x²", "x2"), ("n/a", "na"),
        ("@rome", "rome"), ("#1", "1"), ("2*3", "23"), ("कि", "की"), ("2 * 3", "2 3"), ("5!", "5"),
        ("x != y", "x = y"), ("!ready", "ready"), ("-€3", "€3"), ("- 3", "3"), ("- EUR 3", "EUR 3"),
        ("-x", "x"), ("1;2", "12"), ("10;30", "1030"), ("f(2)", "f2"), ("x[1]", "x1"),
        ("x_1", "x1"), ("1…2", "12"), ("5'", '5"'), ("5'", "5"), ("a, b", "b"),
        ("vitamin A", "vitamin"), ("3。5", "35"), ("a → b", "a b"), ("≠", "="), ("😀", "😡"),
        ("20°", "20"), ("Maße", "Masse"), ("007", "7"),
    ],
)  # fmt: skip
def test_signs_tell_answers_apart(expected: str, output: str) -> None:
    assert value("normalised_match", [expected], [output]) == 0
    for one, other in ((expected, output), (output, expected)):
        named = mistake(Answer(f"It is {one}", f"It is {other}"))
        assert named != "another spelling: case, punctuation or articles"
        assert named


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        ("The Eiffel Tower!", "eiffel tower"), ("well-known", "Wellknown"), ("- item", "item."),
        ('"42"', "42"), ("**Paris**", "paris"), ("−" + "3", "-3"), ("Café", "café"),
        ("3.5.", "3.5"), ("U.S.", "us"), ("an apple , a day", "apple day"),
        ('the "Beatles"', "beatles"), ("'5'", "5"), ("(5)", "5"), ("- 3", "-3"),
        ("Is it?", "is it"), ("“A dog”", "dog"),
    ],
)  # fmt: skip
def test_case_articles_and_punctuation_do_not(expected: str, output: str) -> None:
    assert value("normalised_match", [expected], [output]) == 1


@pytest.mark.parametrize(
    ("expected", "output"), [(":)", ":("), (":)", ""), ("?", "!"), ("...", "")]
)
def test_punctuation_alone_is_compared_as_it_is(expected: str, output: str) -> None:
    assert value("normalised_match", [expected], [output]) == 0
    assert value("normalised_match", [expected], [f" {expected}\n"]) == 1


@pytest.mark.parametrize(
    ("expected", "output", "by_hand"),
    [
        ("我喜欢猫", "我喜欢狗", 3 / 4),  # four characters, three of them in order
        ("今日は晴れです", "今日は雨です", 2 * 5 / (7 + 6)),
        ("แมว", "แมว", 1),
        ("सुन्दर है", "सुन्दर था", 1 / 2),  # Hindi has spaces, and vowels that are marks
        ("我喜欢 Python 语言", "我喜欢 Java 语言", 5 / 6),
        (CAT, "the cat lay on a mat", 2 * 4 / 12),
    ],
)
def test_rouge_counts_characters_in_scripts_without_spaces(
    expected: str, output: str, by_hand: float
) -> None:
    assert value("rouge_l", [expected], [output]) == pytest.approx(by_hand)


def test_answer_f1_of_chinese_shares_characters() -> None:
    assert value("answer_f1", ["北京大学"], ["北京"]) == pytest.approx(2 * 2 / (4 + 2))


@pytest.mark.parametrize(
    ("texts", "tokenizer"),
    [
        (["the cat", None], None), (["我喜欢猫"], "zh"), (["今日は晴れ"], "char"),
        (["แมวดำ"], "char"),
        (["안녕하세요 여러분"], None), (["привет"], None), ([], None),
        (["a long English answer that names 北 once"], None),
    ],
)  # fmt: skip
def test_the_tokenizer_follows_the_script(texts: list[str | None], tokenizer: str | None) -> None:
    assert inferred(texts) == tokenizer


@pytest.mark.parametrize("tokenizer", ["13a", "intl", "zh", "char"])
def test_bleu_by_a_tokenizer_is_that_of_sacrebleu(tokenizer: str) -> None:
    from sacrebleu.metrics.bleu import BLEU

    expected = ["我非常喜欢学习自然语言处理", "今天天气很好,我们去公园吧"]
    outputs = ["我很喜欢学习自然语言处理", "今天天气很好,我们去学校吧"]
    peer = BLEU(tokenize=tokenizer).corpus_score(outputs, [expected]).score / 100
    metric = of_words("bleu", tokenizer)
    assert metric.value(pl.Series(expected), answered([*outputs])) == pytest.approx(peer)


def test_a_tokenizer_that_is_not_there_is_one_line() -> None:
    with pytest.raises(TaskError, match="Choose one of 13a"):
        of_words("bleu", "french")
    if importlib.util.find_spec("MeCab") is None:
        with pytest.raises(TaskError, match=r"pip install 'sacrebleu\[ja\]'"):
            of_words("rouge_l", "ja-mecab")


def test_field_f1_adds_up_over_rows() -> None:
    """2 of 2 fields, then 0 of 2 answered where 1 was expected: 2·2 / (4 + 3)."""
    expected = ['{"a": 1, "b": 2}', '{"a": 1}']
    outputs: list[str | None] = ['{"a": 1, "b": 2}', '{"x": 1, "y": 2}']
    assert value("json_f1", expected, outputs) == pytest.approx(4 / 7)


TEXT = st.text(st.sampled_from("abc de.,"), min_size=1, max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_bleu_and_chrf_are_those_of_sacrebleu(rows: list[tuple[str, str]]) -> None:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    expected, outputs = [right for right, _ in rows], [told for _, told in rows]
    bleu = BLEU().corpus_score(outputs, [expected]).score / 100
    assert value("bleu", expected, list(outputs)) == pytest.approx(bleu)
    chrf = np.mean([CHRF().sentence_score(told, [right]).score for right, told in rows]) / 100
    assert value("chrf", expected, list(outputs)) == pytest.approx(chrf)


@pytest.mark.parametrize("name", sorted(TEXTS))
@given(st.lists(st.tuples(TEXT, st.none() | TEXT), min_size=1, max_size=12))
def test_every_metric_lies_in_its_range_within_its_interval(
    name: str, rows: list[tuple[str, str | None]]
) -> None:
    expected = pl.Series([right for right, _ in rows])
    told = measure(find(name), expected, answered([out for _, out in rows]), "validation", POLICY)
    assert told.low is not None and told.high is not None
    assert 0 <= told.value <= 1 and -1e-9 <= told.low <= told.high <= 1 + 1e-9


def test_all_metrics_of_texts_are_measured_beside_the_goal() -> None:
    expected = pl.Series(["a b", "c"])
    goal, others, by_class = measure_all(
        find("rouge_l"), expected, answered(["a b", "d"]), "validation", POLICY
    )
    assert (goal.metric, goal.value) == ("rouge_l", 0.5)
    ends = {"final_number", "final_answer"}
    assert {one.metric for one in others} == set(TEXTS) - {"rouge_l"} - ends
    assert by_class == ()
    sums = pl.Series(["12", "4 + 5 is 9. The answer is 9"])
    _, others, _ = measure_all(
        find("exact_match"), sums, answered(["12", "9"]), "validation", POLICY
    )
    assert {one.metric: one.value for one in others if one.metric in ends} == {
        "final_number": 1, "final_answer": 1,
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from("abc")), inner),
    max_leaves=8,
)


@given(JSON)
def test_any_json_value_equals_itself_however_it_is_written(found: object) -> None:
    plain, spaced = json.dumps(found), json.dumps(found, indent=2, ensure_ascii=False)
    assert fields(plain) == fields(spaced) is not None
    assert mistake(Answer(plain, spaced)) == "" or not plain.startswith(("{", "["))


def test_a_text_that_nests_too_deeply_is_no_json() -> None:
    assert fields("[" * 100_000 + "]" * 100_000) is None


@pytest.mark.parametrize(
    ("expected", "output", "number", "answer"),
    [
        ("56", "5 * 12 = 60, and 60 - 4 = 56.", 1, 0),
        ("56", "56 of them are left, that is 60 - 4 = 57.", 0, 0),
        ("56", "The answer is 56, because 60 - 4 is 56, and 3 + 4 is 7.", 1, 1),
        ("56", "The answer is 56. Each box has 12.", 1, 1),
        ("56", "Answer: 55\nAnswer: 56", 1, 1),
        ("1234.5", "It costs $1,234.50", 1, 0),
        ("0.75", "#### 3/4", 1, 0),
        ("1,160,000", "It was 1,160,000 square miles (3,000,000 km2) in size.", 1, 0),
        ("-3", "So x = -3", 1, 0),
        ("3", "10-3", 1, 0),
        ("-3", "10-3", 0, 0),
        ("She has 4 + 5 eggs.\n#### 9", "4 + 5 = 9\n#### 9", 1, 1),
        ("12", "twelve", 1, 0),
        ("1234.5", "1.234,5", 1, 0),
        ("1234567", "1.234.567", 1, 0),
        ("1234567", "1'234'567", 1, 0),
        ("0.125", "0,125", 1, 0),
        ("-3", "minus 3", 1, 0),
        ("-3", "–3", 1, 1),
        ("5", "10 minus 5", 1, 0),
        ("1.75", "1 3/4 cups", 1, 0),
        ("-1/2", r"So $\boxed{-\frac{1}{2}}$.", 1, 0),
        ("1234", r"\boxed{1{,}234}", 1, 1),
        ("0.5", "½", 1, 0),
        ("1500000", "$1.5 million", 1, 0),
        ("1.5 million", "1.5 billion", 0, 0),
        ("1500", "1.5 × 10^3", 1, 0),
        ("205", "two hundred and five", 1, 0),
        ("1", "one hundred", 0, 0),
        ("2", "one and two", 1, 0),
        ("12", "答案是12", 1, 0),
        ("2024-05-03", "2023-04-03", 0, 0),
        ("3:2", "5:2", 0, 0),
        ("3:2", "The answer is 3:2.", 1, 1),
        ("10:30", "9:30", 0, 0),
        ("1.2.3", "2.2.3", 0, 0),
        ("7", "7" * 9000, 0, 0),
        ("12", "I do not know.", 0, 0),
        ("the Seine", "Answer: **Seine**.", 0, 1),
        ("the Seine", "The Seine", 1, 1),
        ("the Seine", "The Seine, or the answer is the Loire.", 0, 0),
    ],
)
def test_the_end_of_a_text_is_compared(
    expected: str, output: str, number: float, answer: float
) -> None:
    assert value("final_number", [expected], [output]) == number
    assert value("final_answer", [expected], [output]) == answer
